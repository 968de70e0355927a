"""Disagreements, decisions on them, and final labels with where they came from.

Covers storage/results/disagreements.py, storage/results/repository.py.
"""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from engine.domain import Annotation, Cause, Decision, FinalLabels, FinalRule, Label, ProjectOptions, Run, Stage
from storage import BadDecision, BadSetting, DisagreementFilter, GoldItem, HistoryKind, NotFound, Scope, Store, TaskRole
from storage.results import votes as module
from tests.support.store_labelling import read, say, skip, submit, written
from tests.support.store_projects import fill_project, open_project, work

Solutions = tuple[str, ...]


@pytest.fixture
def queue(store: Store, add_run: Callable[..., Run]) -> str:
    return store.labelling.open_run_queue(add_run(solutions=4).id, "A").id


@pytest.fixture
def solutions(store: Store, queue: str) -> Solutions:
    return tuple(store.labelling.task_at(queue, position, "x").solution_id for position in range(4))


def decision(solution_id: str, labels: str, cause: Cause = Cause.SLIP, **more: object) -> Decision:
    return Decision(solution_id=solution_id, labels=tuple(map(read, labels)), by="rev", cause=cause, **more)  # type: ignore[arg-type]


def decided(store: Store, solution_id: str) -> list[str]:
    """The decisions in a solution's history, the oldest first."""
    entries = store.results.get_history(solution_id).entries
    return [entry.id for entry in entries if entry.kind is HistoryKind.DECIDED]


def brief(final: FinalLabels) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(written((each.label,)), each.rule.value, each.by) for each in final.steps]


def test_the_most_differing_come_first(store: Store, queue: str, solutions: Solutions) -> None:
    for position, (ada, bea) in enumerate((("+++", "++-"), ("+++", "+++"), ("0++", "+--"), ("+.+", "+0-"))):
        say(store, solutions[position], "ada", ada)
        say(store, solutions[position], "bea", bea)
    page = store.results.list_disagreements(DisagreementFilter())
    assert (page.total, page.next) == (3, None)
    assert [(each.solution_id, each.differing) for each in page.items] == [
        (solutions[2], (0, 1, 2)),
        (solutions[0], (2,)),
        (solutions[3], (2,)),  # a missing label differs from nothing
    ]
    first = page.items[0]
    assert {who: written(labels) for who, labels in first.labels.items()} == {"ada": "0++", "bea": "+--"}
    assert (first.steps, first.data_source, first.decided) == (3, "test", False)


def test_disagreements_come_page_by_page(store: Store, solutions: Solutions) -> None:
    for number, solution in enumerate(solutions):
        say(store, solution, "ada", "+++")
        say(store, solution, "bea", "--+" if number == 3 else "-++")
    found, after = [], None
    while True:
        page = store.results.list_disagreements(DisagreementFilter(), limit=1, after=after)
        found += [each.solution_id for each in page.items]
        assert page.total == 4
        if page.next is None:
            break
        after = page.next
    assert found == [solutions[3], *solutions[:3]]
    for wrong in ("x", "1", "1.2.3"):
        with pytest.raises(BadSetting, match="not a page of disagreements"):
            store.results.list_disagreements(DisagreementFilter(), after=wrong)


def test_disagreements_are_filtered(store: Store, queue: str, solutions: Solutions) -> None:
    for who, labels in (("ada", "+++"), ("bea", "+-+"), ("cy", "+++")):
        submit(store, queue, 0, who, labels)
    submit(store, queue, 1, "ada", "000")
    submit(store, queue, 1, "bea", "00-")
    submit(store, queue, 2, "ada", "000")
    say(store, solutions[2], "elsewhere", "---")
    skip(store, queue, 3, "ada")
    submit(store, queue, 3, "bea", "+++")
    store.results.add_decision(decision(solutions[0], "+-+"))

    def found(wanted: DisagreementFilter) -> list[int]:
        return [solutions.index(each.solution_id) for each in store.results.list_disagreements(wanted).items]

    assert found(DisagreementFilter()) == [2, 0, 1]
    assert found(DisagreementFilter(scope=Scope(queue_id=queue))) == [0, 1]
    assert found(DisagreementFilter(annotator="cy")) == [0]
    assert found(DisagreementFilter(open_only=True)) == [2, 1]
    assert found(DisagreementFilter(scope=Scope(data_source="other"))) == []


def test_a_solution_is_decided_once_every_differing_step_is(store: Store, solutions: Solutions) -> None:
    """Any decision took it off the list: also one of the steps that all had agreed on, with the disputed one left open."""
    say(store, solutions[0], "ada", "++-")
    say(store, solutions[0], "bea", "+-+")

    def left() -> int:
        (found,) = store.results.list_disagreements(DisagreementFilter()).items
        total = store.results.list_disagreements(DisagreementFilter(open_only=True)).total
        assert found.decided is (total == 0)
        return total

    for labels, cause, expected in (
        ("+..", Cause.SLIP, 1),
        ("+-.", Cause.SLIP, 1),
        (".--", Cause.SLIP, 0),
        ("+..", Cause.SLIP, 1),  # the newest counts
        ("...", Cause.BAD_SPLIT, 0),
    ):
        store.results.add_decision(decision(solutions[0], labels, cause))
        assert left() == expected
    store.results.add_decision(decision(solutions[0], ".++"))
    say(store, solutions[0], "cy", "0++")
    assert left() == 1  # they differ on one more step since


def test_final_labels_say_who_gave_them(store: Store, solutions: Solutions) -> None:
    say(store, solutions[0], "ada", "+0.")
    say(store, solutions[0], "bea", "+..")
    say(store, solutions[0], "cy", "0+.")
    final = store.results.get_final_labels(solutions[0], Scope())
    assert brief(final) == [
        ("+", "majority", ("ada", "bea")),
        (".", "none", ("ada", "cy")),
        (".", "none", ()),
    ]
    assert final.steps[2].at is None


@pytest.mark.parametrize(
    ("votes", "expected"),
    [
        ("+", ("+", "single")),
        ("++", ("+", "majority")),
        ("+-", (".", "none")),
        ("++-", ("+", "majority")),
        ("++--", (".", "none")),
        ("++-0", (".", "none")),
        ("+0-", (".", "none")),
    ],
)
def test_a_majority_is_more_than_half(
    store: Store, solutions: Solutions, votes: str, expected: tuple[str, str]
) -> None:
    for number, vote in enumerate(votes):
        say(store, solutions[0], f"p{number}", vote * 3)
    assert brief(store.results.get_final_labels(solutions[0], Scope()))[0][:2] == expected


def test_a_decision_goes_before_votes_and_a_newer_one_before_it(store: Store, queue: str, solutions: Solutions) -> None:
    say(store, solutions[0], "ada", "+++")
    say(store, solutions[0], "bea", "+--")
    first = decision(solutions[0], ".-.", Cause.AMBIGUOUS, note="either reading")
    assert store.results.add_decision(first)
    assert not store.results.add_decision(first)  # sent twice, stored once
    final = store.results.get_final_labels(solutions[0], Scope())
    assert brief(final) == [
        ("+", "majority", ("ada", "bea")),
        ("-", "adjudicated", ("rev",)),
        (".", "none", ("ada", "bea")),
    ]
    assert (final.decision, final.steps[1].at) == (first, first.at)
    second = decision(solutions[0], "000", Cause.GUIDELINE_GAP, queue_id=queue)
    store.results.add_decision(second)
    assert decided(store, solutions[0]) == [first.id, second.id]  # the one before stays in the history
    assert {each.rule for each in store.results.get_final_labels(solutions[0], Scope()).steps} == {
        FinalRule.ADJUDICATED
    }
    assert store.results.get_final_labels(solutions[0], Scope(queue_id=queue)).decision == second
    assert store.results.list_disagreements(DisagreementFilter()).items[0].decided


def test_a_decision_that_does_not_fit_is_refused(store: Store, solutions: Solutions) -> None:
    with pytest.raises(BadDecision, match="has 2 labels, the solution has 3 steps"):
        store.results.add_decision(decision(solutions[0], "++"))
    with pytest.raises(BadDecision, match="labels no step"):
        store.results.add_decision(decision(solutions[0], "..."))
    with pytest.raises(BadDecision, match="10001 characters"):
        store.results.add_decision(decision(solutions[0], "+++", note="x" * 10_001))
    with pytest.raises(NotFound, match="no solution 'x'"):
        store.results.add_decision(decision("x", "+++"))
    with pytest.raises(NotFound, match="no queue 'x'"):
        store.results.add_decision(decision(solutions[0], "+++", queue_id="x"))
    assert store.results.add_decision(decision(solutions[0], "...", Cause.BAD_SPLIT))


def test_causes_are_counted_by_the_newest_decisions(store: Store, queue: str, solutions: Solutions) -> None:
    store.results.add_decision(decision(solutions[0], "+++", Cause.AMBIGUOUS))
    store.results.add_decision(decision(solutions[0], "+++", Cause.SLIP, queue_id=queue))
    store.results.add_decision(decision(solutions[1], "+++", Cause.SLIP))
    assert store.results.count_causes() == {
        Cause.AMBIGUOUS: 0,
        Cause.GUIDELINE_GAP: 0,
        Cause.SLIP: 2,
        Cause.BAD_SPLIT: 0,
    }
    assert store.results.count_causes(queue)[Cause.SLIP] == 1


def test_final_labels_stream_page_by_page(store: Store, solutions: Solutions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 2)
    for solution in solutions[:2]:
        say(store, solution, "ada", "+0-")
    store.results.add_decision(decision(solutions[3], "+++"))  # decided without any annotation
    finals = list(store.results.iter_final_labels(Scope()))
    assert [each.solution_id for each in finals] == [solutions[0], solutions[1], solutions[3]]
    assert finals == [store.results.get_final_labels(each.solution_id, Scope()) for each in finals]
    assert [each.label for each in finals[2].steps] == [Label.CORRECT] * 3
    with pytest.raises(NotFound, match="no solution 'x'"):
        store.results.get_final_labels("x", Scope())


def test_a_decision_counts_wherever_the_solution_is_labelled(store: Store) -> None:
    """It counted in one queue only, the newest that has the solution: another one's list called it decided, its export disputed."""
    first = open_project(store, 2, overlap=2)
    for who, value in (("ada", Label.CORRECT), ("bea", Label.WRONG)):
        work(store, first, who, value)
    here, there = (
        each.solution_id
        for each in store.results.list_disagreements(DisagreementFilter(scope=Scope(queue_id=first))).items
    )
    second = fill_project(store)
    store.results.add_decision(decision(here, "00", queue_id=second))
    store.results.add_decision(decision(there, "00"))
    assert [
        each.decided for each in store.results.list_disagreements(DisagreementFilter(scope=Scope(queue_id=first))).items
    ] == [
        True,
        True,
    ]
    final = store.results.iter_final_labels(Scope(queue_id=first, stage=None))
    assert [brief(each) for each in final] == [[("0", "adjudicated", ("rev",))] * 2] * 2
    (gold,) = store.projects.list_queues(store.projects.add_project("Gold", ProjectOptions()).id)
    store.projects.add_gold(gold.id, TaskRole.GOLD, [GoldItem(solution_id=here)])
    assert (
        list(store.results.iter_final_labels(Scope(queue_id=gold.id))) == []
    )  # what was known beforehand is no work of the queue


def test_decisions_are_those_on_the_solution(store: Store, solutions: Solutions) -> None:
    mine, other, again = decision(solutions[0], "+++"), decision(solutions[1], "---"), decision(solutions[0], "0++")
    for each in (mine, other, again):
        store.results.add_decision(each)
    assert decided(store, solutions[0]) == [mine.id, again.id]
    assert decided(store, solutions[2]) == []


def test_a_final_label_is_as_new_as_the_last_vote_for_it(store: Store, solutions: Solutions) -> None:
    days = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3)]
    for who, sign, at in zip(("ada", "bea", "cai"), "++-", (days[1], days[0], days[2]), strict=True):
        labels = (read(sign),) * 3
        store.results.add_annotation(
            Annotation(solution_id=solutions[0], annotator=who, stage=Stage.BLIND, labels=labels, created_at=at)
        )
    final = store.results.get_final_labels(solutions[0], Scope())
    assert {(written((step.label,)), step.at) for step in final.steps} == {("+", days[1])}
