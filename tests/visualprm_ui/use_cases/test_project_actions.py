"""What a project needs of a person next, the most urgent first."""

from dataclasses import replace

from visualprm_ui.use_cases.project_actions import ActionKind, WaitingWork, order_actions

QUIET = WaitingWork(
    solutions=5, labels_left=3, lacks_quiz=False, unclaimed=0, splits=(), disagreements=0, failed=(), too_fast=()
)


def test_where_people_only_go_on_labelling_nothing_waits() -> None:
    assert order_actions(QUIET) == ()


def test_an_empty_project_is_filled_first() -> None:
    (only,) = order_actions(replace(QUIET, solutions=0, failed=("frank",)))
    assert only.kind is ActionKind.FILL


def test_what_holds_up_most_comes_first() -> None:
    everything = replace(
        QUIET, lacks_quiz=True, unclaimed=2, splits=(1, 4), disagreements=3, failed=("frank",), too_fast=("eve",)
    )
    found = order_actions(everything)
    assert [each.kind.value for each in found] == ["quiz_items", "returned", "review", "disagreements", "quiz", "speed"]
    assert [each.count for each in found] == [1, 2, 2, 3, 1, 1]
    assert (found[2].split, found[4].people, found[5].people) == (1, ("frank",), ("eve",))


def test_an_export_is_due_when_everything_is_labelled_and_nothing_waits() -> None:
    (only,) = order_actions(replace(QUIET, labels_left=0))
    assert (only.kind, only.count) == (ActionKind.EXPORT, 5)
    (first,) = order_actions(replace(QUIET, labels_left=0, disagreements=1))
    assert first.kind is ActionKind.DISAGREEMENTS
