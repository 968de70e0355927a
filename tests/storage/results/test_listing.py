"""Filtering, sorting and paging the list of solutions, and keeping it up to date with whatever is written.

Covers storage/results/listing_rows.py, storage/results/listing_summary.py, storage/results/step_cells.py and
storage/database/listing_tables.py.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest
from sqlalchemy import func, select

from engine.domain import (
    Annotation,
    Cause,
    Decision,
    ErrorType,
    Label,
    Run,
    SkipReason,
    Stage,
    StepDetail,
)
from storage import (
    AnswerState,
    BadSetting,
    Facet,
    LabelState,
    ReviewVerdict,
    SolutionFilter,
    SortKey,
    SortOrder,
    StepCondition,
    Store,
)
from storage.database import listing_tables
from storage.database.listing_tables import listed_solutions, unlisted_solutions
from storage.deletion.removal import delete_target
from storage.results import listing_rows
from storage.results.step_cells import LAST_PLACE, write_cells
from storage.runs.imported_rows import ImportedRow, add_imported_row
from storage.runs.targets import Target, TargetKind
from tests.support.listed_solutions import add, found, score
from tests.support.store_labelling import read, say
from tests.support.store_projects import fill_project, judge, work

# ---- filters ----


def test_a_convincing_mistake_is_found_by_label_and_score_of_one_step(store: Store) -> None:
    mistake = add(store, "+-+", (0.9, 0.85, 0.1))
    add(store, "+-+", (0.9, 0.1, 0.95))  # the high score is of another step
    edge = add(store, "+-+", (0.9, 0.8, 0.1))
    assert found(store, step=StepCondition(label=Label.WRONG, min_score=0.8)) == [mistake, edge]
    assert found(store, step=StepCondition(label=Label.WRONG, min_score=0.8, max_score=0.85)) == [edge]
    assert found(store, step=StepCondition(label=Label.WRONG, place=2)) == []
    assert found(store, step=StepCondition(place=2, min_score=0.95)) == [found(store)[1]]


def test_a_score_that_could_not_be_read_is_none_and_counts_nowhere(store: Store) -> None:
    judged = add(store, "-+", (0.9,), steps=("One.", "Two."))
    score(store, judged, None, 0.4)
    (listed,) = store.results.list_solutions().items
    assert (listed.scores, listed.mean_score) == ((None, 0.4), 0.4)
    assert found(store, step=StepCondition(label=Label.WRONG, min_score=0.5)) == []
    score(store, judged, None, None)
    (listed,) = store.results.list_solutions().items
    assert (listed.scores, listed.mean_score) == ((None, None), None)


def test_a_score_of_1_is_in_the_last_bin_and_no_score_in_none(store: Store) -> None:
    sure, none = add(store, "-", (1.0,), steps=("One.",)), add(store, "-", steps=("One.",))
    assert found(store, step=StepCondition(label=Label.WRONG, min_score=0.95, max_score=1.0)) == [sure]
    assert found(store, step=StepCondition(label=Label.WRONG, min_score=0.0)) == [sure]
    assert found(store, step=StepCondition(label=Label.WRONG)) == [sure, none]


def test_late_steps_are_one_place(store: Store) -> None:
    steps = tuple(str(at) for at in range(14))
    late, early = add(store, "+" * 13 + "-", steps=steps), add(store, "-" + "+" * 13, steps=steps)
    eleventh = add(store, "+" * 10 + "-" + "+" * 3, steps=steps)
    assert found(store, step=StepCondition(label=Label.WRONG, place=LAST_PLACE)) == [late, eleventh]
    assert found(store, step=StepCondition(label=Label.WRONG, place=0)) == [early]


@pytest.mark.parametrize("score", [at / 20 for at in range(20)])
def test_a_score_on_an_edge_belongs_to_the_bin_it_begins(score: float) -> None:
    assert write_cells([None], [score]) == "o" + "ABCDEFGHIJKLMNOPQRST"[round(score * 20)]


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ({"min_score": 0.83}, "multiple of 0.05"),
        ({"max_score": 1.05}, "from 0 to 1"),
        ({"min_score": 0.5, "max_score": 0.5}, "No score"),
        ({"place": 12}, "position of a step"),
    ],
)
def test_a_condition_on_steps_that_no_bin_answers_is_refused(condition: dict[str, float], why: str) -> None:
    with pytest.raises(BadSetting, match=why):
        StepCondition(**condition)  # type: ignore[arg-type]


def test_answers_are_right_wrong_or_unknown(store: Store) -> None:
    right, wrong, none = add(store, answer="$4$"), add(store, answer="5"), add(store, answer=None)
    assert [found(store, answer=each) for each in AnswerState] == [[right], [wrong], [none]]


def test_sources_add_up_to_any_of_them_and_none_is_one(store: Store) -> None:
    one, two, none = add(store, source="one"), add(store, source="two"), add(store, source=None)
    assert found(store, data_sources=("one", "two")) == [one, two]
    assert found(store, data_sources=("two", "")) == [two, none]
    assert found(store, policy_models=("q",)) == []


def test_what_people_did_can_be_filtered_by(store: Store) -> None:
    ada, bob = add(store, "+++"), add(store, "+++", who="bob")
    skipped, flagged, detailed = add(store), add(store), add(store)
    empty = (None,) * 3
    for solution_id, more in (
        (skipped, {"labels": empty, "skip_reason": SkipReason.BAD_PROBLEM}),
        (flagged, {"labels": empty, "flagged": True}),
        (detailed, {"labels": empty, "details": (None, StepDetail(error_type=ErrorType.PERCEPTION), None)}),
    ):
        store.results.add_annotation(Annotation(solution_id=solution_id, annotator="eve", stage=Stage.BLIND, **more))  # type: ignore[arg-type]
    assert found(store, annotator="ada") == [ada]
    assert found(store, annotator="b%") == []  # a name is no pattern
    assert found(store, annotator="bob") == [bob]
    assert found(store, skip_reason=SkipReason.BAD_PROBLEM) == [skipped]
    assert found(store, flagged=True) == [flagged]
    assert found(store, error_type=ErrorType.PERCEPTION) == [detailed]


def test_states_follow_what_happens(store: Store) -> None:
    one = add(store)
    assert found(store, state=LabelState.OPEN) == []
    queue = fill_project(store, overlap=2, review_share=1.0, split_size=1)
    assert found(store, state=LabelState.OPEN) == [one]
    work(store, queue, "ada", Label.CORRECT)
    work(store, queue, "bob", Label.WRONG)
    assert found(store, state=LabelState.OPEN) == []
    assert found(store, state=LabelState.SPLIT) == found(store, min_differing=3) == [one]
    for item in store.projects.list_sample(queue, 0):
        judge(store, "rev", queue, 0, item, ReviewVerdict.WRONG, "")
    store.projects.send_back_split("rev", queue, 0, "Again.")
    assert found(store, state=LabelState.SENT_BACK) == [one]
    assert found(store, state=LabelState.SPLIT) == []  # nothing of it counts until it is submitted again
    labels = (Label.CORRECT,) * 3
    store.results.add_decision(Decision(solution_id=one, labels=labels, by="rev", cause=Cause.SLIP))
    (row,) = store.results.list_solutions(SolutionFilter(state=LabelState.DECIDED)).items
    assert (row.solution.id, row.states) == (one, (LabelState.SENT_BACK, LabelState.DECIDED))


def test_what_somebody_is_labelling_is_left_out_for_them(store: Store) -> None:
    """They would see other people's labels of it, and the scores."""
    one, two = add(store), add(store)
    queue = fill_project(store, overlap=2)
    work(store, queue, "bob", Label.WRONG)
    held = store.labelling.next_task(queue, "ada")
    assert held is not None
    assert found(store, hidden_from="ada") == [two]
    assert found(store, hidden_from="bob") == [one, two]
    work(store, queue, "ada", Label.CORRECT)
    assert found(store, hidden_from="ada") == [one, two]


def test_labels_of_the_only_file_count_where_nobody_labelled(store: Store) -> None:
    one = add(store, "", (0.9, 0.9, 0.9))
    with store.database.write() as connection:
        labels = tuple(read(sign) for sign in "++-")
        add_imported_row(connection, ImportedRow(solution_id=one, source="file", labels=labels))
    convincing = StepCondition(label=Label.WRONG, min_score=0.8)
    assert found(store, step=convincing) == [one]
    say(store, one, "ada", "+++")
    assert found(store, step=convincing) == []


# ---- order ----


def test_every_solution_is_on_one_page_in_every_order(store: Store) -> None:
    ids = [
        add(store, "+-+", (0.9, 0.5, 0.2), source="b", policy="x"),
        add(store, "+-+", (0.9, 0.5, 0.2), source="a", policy="y"),
        add(store, "", (0.1, 0.2, 0.3), source=None),
        add(store, "--", steps=("One.", "Two."), source="b"),
        add(store),
    ]
    say(store, ids[0], "bob", "---")
    for key, descending, limit in product(SortKey, (False, True), (1, 2)):
        order, after, paged = SortOrder(key=key, descending=descending), None, list[str]()
        while not paged or after is not None:
            page = store.results.list_solutions(SolutionFilter(), order, limit, after)
            paged += [each.solution.id for each in page.items]
            after = page.next
        assert (sorted(paged), paged) == (sorted(ids), found(store, order)), order


def test_what_has_no_score_comes_last_both_ways(store: Store) -> None:
    none, low, high = add(store), add(store, "", (0.1,) * 3), add(store, "", (0.9,) * 3)
    assert found(store, SortOrder(key=SortKey.MEAN_SCORE)) == [low, high, none]
    assert found(store, SortOrder(key=SortKey.MEAN_SCORE, descending=True)) == [high, low, none]


@pytest.mark.parametrize(
    "after", ["1", "x~1", "[1]~1", "true~1", "NaN~1", '"a"~1', "1~", "~x", "1e999~1", "~9999999999999999999"]
)
def test_what_is_no_cursor_of_an_order_is_refused(store: Store, after: str) -> None:
    with pytest.raises(BadSetting, match="is not a cursor"):
        store.results.list_solutions(SolutionFilter(), SortOrder(key=SortKey.MEAN_SCORE), after=after)


# ---- sums ----


def test_a_facet_counts_as_if_it_were_not_chosen(store: Store) -> None:
    for source, answer in (("a", "4"), ("a", "5"), ("b", "5"), (None, None)):
        add(store, "+++", source=source, answer=answer)
    wanted = SolutionFilter(data_sources=("a",), answer=AnswerState.WRONG)

    def counted(facet: Facet) -> dict[str, int]:
        return {each.value: each.solutions for each in store.results.count_facet(wanted, facet)}

    store.results.update_listing()
    assert counted(Facet.DATA_SOURCE) == {"a": 1, "b": 1}
    assert counted(Facet.ANSWER) == {"right": 1, "wrong": 1}
    assert counted(Facet.STATE) == {"labelled": 1}
    assert counted(Facet.ANNOTATOR) == {"ada": 1}
    assert counted(Facet.SKIP_REASON) == {}


def test_ids_come_in_order_and_no_more_than_asked_for(store: Store) -> None:
    ids = [add(store) for _ in range(3)]
    store.results.update_listing()
    newest_first = SortOrder(descending=True)
    assert store.results.list_ids(SolutionFilter(), newest_first, 2) == (ids[2], ids[1])


# ---- up to date ----


def test_a_change_while_the_list_is_brought_up_to_date_is_not_lost(store: Store) -> None:
    one = add(store, "+++")
    with store.database.read() as connection:
        update = listing_rows.compute_update(connection)
    say(store, one, "bob", "---")  # after it was computed, before it is written
    with store.database.write() as connection:
        assert update is not None
        listing_rows.write_update(connection, update)
    assert found(store, state=LabelState.SPLIT) == [one]


def test_a_large_import_is_listed_some_at_a_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.results.listing_rows.AT_ONCE", 2)
    for _ in range(5):
        add(store)
    pages = [store.results.list_solutions() for _ in range(4)]
    assert [(len(page.items), page.unlisted) for page in pages] == [(2, 3), (4, 1), (5, 0), (5, 0)]


def test_deleting_takes_solutions_out_of_list_and_search(store: Store, add_run: Callable[..., Run]) -> None:
    run, kept = add_run(solutions=2, question="Something special?"), add(store)
    add_run(solutions=1)
    assert len(found(store, search="special")) == 2
    delete_target(store, Target(kind=TargetKind.RUN, id=run.id), "admin")
    assert found(store, search="special") == []
    assert kept in found(store)
    with store.database.read() as connection:
        counts = [
            connection.scalar(select(func.count()).select_from(each)) for each in (listed_solutions, unlisted_solutions)
        ]
    assert counts == [2, 0]


def test_the_list_made_anew_is_the_list_kept_up_to_date(store: Store) -> None:
    """Every trigger: with one missing, what it should note would be another row than the one made from scratch."""
    ids = [add(store) for _ in range(4)]
    queue = fill_project(store, overlap=1, review_share=1.0, split_size=2)
    store.results.update_listing()
    for act in (
        lambda: score(store, ids[0], 0.2, 0.4, 0.6),
        lambda: work(store, queue, "ada", Label.WRONG),
        lambda: store.results.add_decision(
            Decision(solution_id=ids[1], labels=(Label.CORRECT,) * 3, by="rev", cause=Cause.SLIP)
        ),
        lambda: [
            judge(store, "rev", queue, 0, item, ReviewVerdict.WRONG, "")
            for item in store.projects.list_sample(queue, 0)
        ],
        lambda: store.projects.send_back_split("rev", queue, 0, "Again."),
        lambda: work(store, queue, "ada", Label.CORRECT),
        lambda: add(store, "+0-", (0.3, 0.2, 0.1)),
    ):
        act()
        while store.results.update_listing():
            pass
        kept = rows_of(store)
        with store.database.write() as connection:
            for solution_id in [each["solution_id"] for each in kept]:
                connection.execute(unlisted_solutions.insert().values(solution_id=solution_id))
        store.results.update_listing()
        assert rows_of(store) == kept


def rows_of(store: Store) -> list[dict[str, object]]:
    table = listing_tables.listed_solutions
    with store.database.read() as connection:
        return [dict(row) for row in connection.execute(select(table).order_by(table.c.seq)).mappings()]


def test_filters_add_up(store: Store) -> None:
    one = add(store, "+-+", (0.9, 0.9, 0.9), source="a", question="Which circle?")
    all_of_it = SolutionFilter(
        data_sources=("a",),
        search="circle",
        state=LabelState.LABELLED,
        answer=AnswerState.RIGHT,
        annotator="ada",
        step=StepCondition(label=Label.WRONG, place=1, min_score=0.9),
    )
    assert [each.solution.id for each in store.results.list_solutions(all_of_it).items] == [one]
    for change in ({"data_sources": ("b",)}, {"search": "square"}, {"state": LabelState.SPLIT}, {"annotator": "bob"}):
        assert store.results.list_solutions(replace(all_of_it, **change)).items == ()  # type: ignore[arg-type]


def test_figures_are_of_the_steps_that_are_listed(store: Store) -> None:
    assert store.results.read_listed_steps(SolutionFilter()).cells == ""
    add(store, "+-+")
    assert found(store)
    assert store.results.read_listed_steps(SolutionFilter()).cells != ""
