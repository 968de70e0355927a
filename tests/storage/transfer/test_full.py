"""Everything of a store out and into another one, which is then equal, table by table.

Covers storage/transfer/full_rows.py, storage/transfer/full_export.py, storage/transfer/full_import.py.
"""

import json
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from engine.domain import (
    Aggregation,
    Cause,
    Decision,
    Label,
    Problem,
    Run,
    RunRecord,
    RunState,
    Sampling,
    Scoring,
    SkipReason,
    Solution,
    Stage,
    StepScore,
    now,
)
from engine.metering.usage import ServerUsage
from engine.outcomes.guided_search import BeamPlan, SearchRound, SearchTry
from engine.outcomes.tally import AnswerCount, CompletionTally
from storage import (
    BadFile,
    Continuation,
    EventKind,
    GoldItem,
    ReviewVerdict,
    Rollout,
    Store,
    TaskRole,
    open_store,
)
from storage.backup import check
from storage.database import tables
from storage.transfer.full_export import export_full
from storage.transfer.full_import import import_full
from storage.transfer.full_rows import ACCOUNTS, TABLES, WRITTEN, columns_of
from storage.transfer.importing import import_any
from tests.support.calibration import kept_map
from tests.support.label_events import act, label, make_png
from tests.support.rollouts import measured
from tests.support.store_labelling import say
from tests.support.store_projects import add_solutions, expire, fill_project, judge, take, work

Dump = dict[str, list[tuple[object, ...]]]


def dump(store: Store) -> Dump:
    """Every row of every table that is no account's, as it is stored."""
    with store.database.read() as connection:
        return {
            table.name: [
                tuple(map(repr, row))
                for row in connection.execute(select(*columns_of(table)).order_by(*table.primary_key.columns))
            ]
            for table in WRITTEN
        }


def add_run(store: Store) -> None:
    problem = Problem(
        question="How many?\n\ud800", answer="4", data_source="s", images=(store.images.add(make_png(3, 4)).sha,)
    )
    store.runs.add_problem(problem)
    run = Run(problem_id=problem.id, sampling=Sampling(n=2, stop=("\n",)), made_by="ada")
    store.runs.add_run(run, BeamPlan(width=2, how=Aggregation.LAST))
    tried = {"parent": None, "finish": None, "score": 0.1 + 0.2, "step_score": None, "count": 1, "is_kept": True}
    store.runs.add_round(run.id, SearchRound(step=0, tokens=3, tries=(SearchTry(text="a\u2028\ud800", **tried),)))  # type: ignore[arg-type]
    for draw in range(2):
        solution = Solution(
            problem_id=problem.id, draw=draw, steps=("a\u2028", "b"), answer="4", policy_model="p", seconds=0.1
        )
        solution = replace(solution, thought="Hm,\n\n\ud8004?" if draw else None)
        store.runs.add_solution(run.id, solution)
        scores = (StepScore(first=0, last=1, score=0.1 + 0.2),)
        for model in ("r", "other"):
            store.runs.add_scoring(run.id, Scoring(solution_id=solution.id, reward_model=model, step_scores=scores))
        store.runs.add_rollout_labels([measured(solution.id, (3, 4), None), measured(solution.id, (1, 2), (0, 1))])
    record = RunRecord(
        policy_model="p",
        policy_revision="1",
        reward_model="r",
        reward_model_revision="2",
        dtype="float32",
        device="cpu",
        prompt_version="v",
        tiles=(1, 3),
        versions={"torch": "2"},
    )
    store.runs.update_run(replace(run, state=RunState.DONE, record=record, seconds=1.5, shared_at=now()))
    queue = store.labelling.open_run_queue(run.id, "A")
    task = store.labelling.task_at(queue.id, 0, "ada")
    store.labelling.save_events("ada", [label(task.id, 0, Label.WRONG)])  # a draft
    add_branches(store, run.id, solution)
    store.runs.add_calibration_map(kept_map())


def add_branches(store: Store, run_id: str, parent: Solution) -> None:
    counted = CompletionTally(
        drawn=2, reached=1, cut_off=1, unread=0, answers=(AnswerCount(text="4\ud800", count=1, matches=True),)
    )
    which = {"policy_model": "p", "policy_revision": "1", "sampling": Sampling(n=2), "seconds": 0.1 + 0.2}
    store.runs.add_rollout(Rollout(solution_id=parent.id, first=0, last=0, tally=counted, **which))  # type: ignore[arg-type]
    child = Solution(problem_id=parent.problem_id, steps=("c", "b"), answer="4", policy_model="p")
    where = Continuation(
        solution_id=child.id, parent_id=parent.id, step=0, edit="c", press="one", position=0, sampling=Sampling(n=1)
    )
    store.runs.add_continuation(run_id, child, where)
    store.runs.add_branch_usage(child.id, parent.id, [ServerUsage(model="p", requests=1, counted=0)])


def add_project(store: Store) -> None:
    add_solutions(store, 4, scores=(0.5, None, 0.25))
    queue = fill_project(store, overlap=2, review_share=1.0, split_size=2, error_types=True)
    store.projects.save_guideline("ada", store.projects.list_projects()[0].id, "1", "Look first.\u2028\ud800")
    known = add_solutions(store, 1)
    store.projects.add_gold(queue, TaskRole.GOLD, [GoldItem(solution_id=known[0], labels=(Label.CORRECT,) * 2)])
    work(store, queue, "bea", Label.NEUTRAL, most=3)
    task = take(store, queue, "cyd")
    store.labelling.save_events("cyd", [act(task.id, EventKind.SKIP, 1, skip_reason=SkipReason.BAD_PROBLEM)])
    take(store, queue, "dan")  # a lease
    expire(store, "dan")


def add_review(store: Store) -> None:
    add_solutions(store, 2)
    queue = fill_project(store, overlap=1, review_share=1.0, split_size=2)
    work(store, queue, "eve", most=2)
    for each in store.projects.list_sample(queue, 0):
        judge(store, "rev", queue, 0, each, ReviewVerdict.WRONG)
        store.projects.send_back_split("rev", queue, 0, "all wrong")
        return


def add_words(store: Store) -> None:
    for each in add_solutions(store, 1):
        say(store, each, "fay", "+-")
        say(store, each, "fay", "0-", Stage.REVEALED)
        store.results.add_decision(Decision(solution_id=each, labels=(Label.WRONG, None), by="rev", cause=Cause.SLIP))


def add_file(store: Store) -> None:
    path = store.data_dir.parent / "file.jsonl"
    row = {"question": "q", "response": {"steps": ["a"], "process_correctness": [1], "judge": [0.5]}, "id": 7}
    path.write_text(json.dumps(row), encoding="utf-8")
    import_any(store, path, "lab")


ACTS = (add_run, add_project, add_review, add_words, add_file)


def filled(store: Store) -> Store:
    for act_on in ACTS:
        act_on(store)
    return store


def require_equal(other: Store, export: Path, rows: int, before: Dump) -> None:
    """Import an export twice into an empty store, which has to become what was exported, and to stay it."""
    report = import_full(other, export)
    assert (report.errors, report.conflicting, report.added) == ((), 0, rows)
    assert dump(other) == before
    assert check(other).faults == ()
    again = import_full(other, export)
    assert (again.added, again.conflicting, again.unchanged) == (0, 0, rows)
    assert dump(other) == before


def test_an_empty_store_becomes_an_equal_one(empty_data: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    @settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.sampled_from(ACTS), max_size=5))
    def trip(acts: list[object]) -> None:
        folder = tmp_path_factory.mktemp("full")
        with open_store(copytree(empty_data, folder / "one")) as store:
            for each in acts:
                each(store)  # type: ignore[operator]
            written = export_full(store, folder / "out")
            before = dump(store)
        with open_store(folder / "two") as other:
            require_equal(other, folder / "out", written.rows, before)

    trip()


def test_every_table_is_filled_by_what_the_test_does(store: Store) -> None:
    assert [name for name, rows in dump(filled(store)).items() if not rows] == [
        "image_uploads",
        "project_members",
        "quizzes",
    ]


def test_labelling_goes_on_in_the_other_store(store: Store, tmp_path: Path) -> None:
    add_solutions(store, 4)
    queue = fill_project(store, overlap=1)
    mine = {each.id for each in work(store, queue, "ada", most=2)}
    export_full(store, tmp_path / "out")
    with open_store(tmp_path / "other") as other:
        import_full(other, tmp_path / "out")
        theirs = {each.id for each in work(other, queue, "bea")}
        assert (len(theirs), theirs & mine) == (2, set())
        report = import_full(other, tmp_path / "out")  # that queue has a history of its own by now
        assert (report.added, report.conflicting > 0) == (0, True)
        assert check(other).faults == ()


def test_what_another_store_has_is_added_to_what_is_there(store: Store, tmp_path: Path) -> None:
    add_words(store)
    export_full(store, tmp_path / "out")
    with open_store(tmp_path / "other") as other:
        add_words(other)
        add_run(other)
        report = import_full(other, tmp_path / "out")
        assert (report.errors, report.conflicting, report.tables["annotations"]) == ((), 0, 2)
        assert len(list(other.results.iter_annotations())) == 4
        assert check(other).faults == ()


def test_a_dry_run_counts_and_stores_nothing(store: Store, tmp_path: Path) -> None:
    filled(store)
    written = export_full(store, tmp_path / "out")
    with open_store(tmp_path / "other") as other:
        empty = dump(other)
        report = import_full(other, tmp_path / "out", dry_run=True)
        assert (report.added, report.errors) == (written.rows, ())
        assert (dump(other), list(other.images.folder.glob("*/*"))) == (empty, [])


def test_an_export_is_not_at_its_end_before_the_pictures_are_copied(store: Store, tmp_path: Path) -> None:
    """It told that all was done, then nothing for as long as the pictures took."""
    filled(store)
    for size in range(20, 23):
        store.images.add(make_png(size, size))
    told: list[tuple[int, float | None]] = []
    report = export_full(store, tmp_path / "out", lambda *so_far: told.append(so_far))
    everything = report.rows + report.images
    assert report.images > 3
    assert told == [
        *((report.rows, (report.rows + done) / everything) for done in range(1, report.images + 1)),
        (report.rows, 1.0),
    ]


def test_accounts_stay_at_home(store: Store, tmp_path: Path) -> None:
    report = export_full(store, tmp_path / "out")
    names = {path.stem for path in (tmp_path / "out" / TABLES).glob("*")}
    assert names == set(tables.metadata.tables) - ACCOUNTS  # whoever adds a table says which it is
    assert "accounts" in report.left_out[0]
    assert "owner" not in (tmp_path / "out" / TABLES / "runs.jsonl").read_text()


def test_bad_rows_are_named_and_the_good_ones_go_in(store: Store, tmp_path: Path) -> None:
    add_run(store)
    add_words(store)
    out = tmp_path / "out"
    export_full(store, out)
    solutions = out / TABLES / "solutions.jsonl"
    lines = solutions.read_text(encoding="utf-8").splitlines()
    changed = [json.loads(line) for line in lines]
    changed[0]["finish"] = "exploded"
    changed[1]["draw"] = "one"
    solutions.write_text("\n".join([*map(json.dumps, changed), "{", '{"nonsense": 1}']), encoding="utf-8")
    (picture,) = (out / "images").iterdir()
    picture.write_bytes(make_png(9, 9))
    with open_store(tmp_path / "other") as other:
        report = import_full(other, out)
        reasons = [each.reason for each in report.errors]
        assert "images: The file of picture" in reasons[0]
        assert any("solutions: The line is not a row of solutions: 'exploded'" in each for each in reasons)
        assert "solutions: 'draw' must be int, not 'one'." in reasons
        assert "solutions: 'nonsense' is not a column of solutions." in reasons
        assert any("scorings: It refers to" in each for each in reasons)
        assert len(list(other.results.iter_annotations())) == 2
        assert check(other).faults == ()
    manifest = out / "full.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"schema": 999}))
    with pytest.raises(BadFile, match="newer version"):
        import_full(store, out)
    manifest.write_text("[]")
    with pytest.raises(BadFile, match="not an export of everything"):
        import_full(store, out)


def test_rows_that_the_manifest_counts_and_no_file_has_are_an_error(store: Store, tmp_path: Path) -> None:
    """A copy that broke off was imported as a success."""
    add_run(store)
    add_words(store)
    out = tmp_path / "out"
    export_full(store, out)
    (out / TABLES / "decisions.jsonl").unlink()
    scorings = out / TABLES / "scorings.jsonl"
    scorings.write_bytes(b"".join(scorings.read_bytes().splitlines(keepends=True)[:-1]))
    for dry_run in (True, False):
        with open_store(tmp_path / f"other {dry_run}") as other:
            report = import_full(other, out, dry_run=dry_run)
        assert [(each.line, each.reason) for each in report.errors] == [
            (1, "decisions: The file ends after 0 of 1 rows. Copy the export again."),
            (4, "scorings: The file ends after 3 of 4 rows. Copy the export again."),
        ]


def test_an_export_of_before_queues_counted_gaps_brings_its_queues(store: Store, tmp_path: Path) -> None:
    """They were refused, and with them every task and event."""
    add_project(store)
    export_full(store, tmp_path / "out")
    queues = tmp_path / "out" / TABLES / "queues.jsonl"
    lines = [json.loads(line) for line in queues.read_text(encoding="utf-8").splitlines()]
    for each in lines:
        del each["gaps"]
    queues.write_text("".join(json.dumps(each) + "\n" for each in lines), encoding="utf-8")
    with open_store(tmp_path / "other") as other:
        report = import_full(other, tmp_path / "out")
        assert (report.errors, report.tables["queues"]) == ((), len(lines))
        assert dump(other) == dump(store)
        assert import_full(other, tmp_path / "out").added == 0


def test_a_quiz_that_was_reset_stays_so_when_its_result_comes_again(store: Store, tmp_path: Path) -> None:
    fill_project(store, overlap=1)
    with store.database.write() as connection:
        project = connection.scalar(select(tables.projects.c.id))
        result = {"project_id": project, "annotator": "ada", "right": 0, "steps": 5, "passed": False, "at": now()}
        connection.execute(tables.quizzes.insert().values(**result))
    export_full(store, tmp_path / "out")
    with store.database.write() as connection:
        connection.execute(tables.quizzes.update().values(reset_by="rev", reset_at=now()))
    before = dump(store)
    report = import_full(store, tmp_path / "out")
    assert (report.added, report.conflicting, dump(store) == before) == (0, 1, True)
