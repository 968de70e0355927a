"""A page follows the run that it asked for last."""

from visualprm_ui.pages.run_subscriptions import RunSubscriptions


def test_one_page_follows_to_the_end():
    subscriptions = RunSubscriptions()
    assert list(subscriptions.follow("page", iter("abc"))) == ["a", "b", "c"]
    assert list(subscriptions.follow("page", iter(()))) == []


def test_a_new_run_ends_the_following_of_the_one_before_and_not_that_of_other_pages():
    """After a reload and a press, two streams changed the board to and fro."""
    subscriptions = RunSubscriptions()
    first, elsewhere = subscriptions.follow("page", iter("abc")), subscriptions.follow("other", iter("xyz"))
    assert [next(first), next(elsewhere)] == ["a", "x"]
    second = subscriptions.follow("page", iter("de"))
    assert next(second) == "d"
    assert list(first) == []
    assert [*second, *elsewhere] == ["e", "y", "z"]


def test_a_follower_that_was_left_and_ends_late_takes_nothing_from_the_newer_one():
    subscriptions = RunSubscriptions()
    first = subscriptions.follow("page", iter("abc"))
    next(first)
    second = subscriptions.follow("page", iter("def"))
    next(second)
    first.close()
    assert list(second) == ["e", "f"]
