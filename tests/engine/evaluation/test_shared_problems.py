"""Two sets share a problem where question and pictures are the same, however the question is spaced."""

import pytest

from engine.evaluation.shared_problems import find_shared


def shared(dev, tested):
    return find_shared(dev, tested, lambda item: item[0], lambda item: item[1])


@pytest.mark.parametrize(
    ("dev", "tested", "found"),
    [
        ([("How many?", "a")], [("How many?", "a")], 1),
        ([("  How <image 1>\nmany?", "a")], [("<image>How many?", "a")], 1),
        ([("How many?", "a")], [("How many?", "b")], 0),
        ([("How many?", "a")], [("How much?", "a")], 0),
        ([("How many?", "a"), ("Which?", "a"), ("How many?", "a")], [("How many?", "b"), ("How many?", "a")], 2),
        ([("", "a")], [("<image>", "a")], 1),
        ([], [("How many?", "a")], 0),
        ([("How many?", "a")], [], 0),
    ],
)
def test_a_problem_is_its_question_and_its_pictures(dev, tested, found):
    assert len(shared(dev, tested)) == found


def test_pictures_are_looked_at_only_where_a_question_is_in_both():
    looked_at = []

    def pictures(item):
        looked_at.append(item)
        return None

    assert find_shared(["a", "b"], ["b", "c"], str, pictures) == ["b"]
    assert set(looked_at) == {"b"}


def test_pictures_of_an_item_are_looked_at_once():
    """They were for each pair: one question about 3,000 pictures was 18 million decodings."""
    looked_at = []

    def pictures(item):
        looked_at.append(item)
        return item

    dev, tested = range(100), range(99, 200)
    assert find_shared(dev, tested, lambda _item: "How many?", pictures) == [99]
    assert len(looked_at) == len(dev) + len(tested)
