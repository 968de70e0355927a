"""A page follows the run that it asked for last, and a double click is one press."""

from visualprm_ui.pages.run_subscriptions import REPEATED_PRESS_SECONDS, RunSubscriptions


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


def test_the_same_form_again_within_a_moment_is_one_press():
    now = 0.0
    subscriptions = RunSubscriptions(clock=lambda: now)
    assert subscriptions.is_repeated_press("page", ("q", 1)) is False
    now = 0.3
    assert subscriptions.is_repeated_press("page", ("q", 1)) is True
    assert subscriptions.is_repeated_press("other", ("q", 1)) is False
    assert subscriptions.is_repeated_press("page", ("q", 2)) is False
    now += REPEATED_PRESS_SECONDS
    assert subscriptions.is_repeated_press("page", ("q", 2)) is False
    for _ in range(4):  # a key held down
        now += 0.5 * REPEATED_PRESS_SECONDS
        assert subscriptions.is_repeated_press("page", ("q", 2)) is True
