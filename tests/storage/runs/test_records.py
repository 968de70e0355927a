"""Problems, runs, solutions and scorings; what opening a store does; what importing it does not.

Covers storage/store.py, storage/runs/repository.py, storage/runs/process_lock.py, storage/database/column_types.py,
storage/database/rows.py, storage/database/typed_rows.py.
"""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from engine.domain import (
    FinishReason,
    Problem,
    Run,
    RunRecord,
    RunState,
    Sampling,
    Scoring,
    Solution,
    StepScore,
    new_id,
)
from engine.metering.usage import ServerUsage
from storage import BadSetting, DamagedStore, DiskError, NotFound, Store, open_store
from storage.runs.records import ORPHANED
from tests.support.waiting import awaited
from visualprm_ui.use_cases.run_progress import restore_progress
from visualprm_ui.use_cases.run_view import as_run_view

AddRun = Callable[..., Run]
RECORD = RunRecord(
    policy_model="nano-policy",
    policy_revision="abc",
    reward_model="nano-prm",
    reward_model_revision="def",
    dtype="float32",
    device="cpu",
    prompt_version="1",
    tiles=(1, 7),
    versions={"torch": "2.13.0"},
    usage=(
        ServerUsage(model="nano-policy", requests=3, counted=2, read=7, written=5),
        ServerUsage(model="nano-prm", requests=1, counted=1, read=7, written=1, cost=0.25),
    ),
)


def test_everything_comes_back_as_it_was(store: Store, png: bytes) -> None:
    sha = store.images.add(png).sha
    problem = Problem(question="x\n<b>${1}</b> é漢😀", images=(sha, sha), answer=None, data_source="test")
    store.runs.add_problem(problem)
    run = Run(problem_id=problem.id, sampling=Sampling(n=2, seed=2**63 - 1, top_p=0.9))
    store.runs.add_run(run)
    late = Solution(
        problem_id=problem.id,
        draw=1,
        steps=("a", "", "\u2028b"),
        policy_model="p",
        finish=FinishReason.LENGTH,
        tokens=9,
        seconds=0.1,
        thought="Is it b?\n\nNo.",
    )
    early = Solution(problem_id=problem.id, draw=0, steps=(), policy_model="p", answer="4")
    scores = (StepScore(first=0, last=1, score=1 / 3), StepScore(first=2, last=2, score=None))
    scoring = Scoring(solution_id=late.id, reward_model="r", step_scores=scores)
    for _time in range(2):  # again is a no-op
        store.runs.add_problem(problem)
        store.runs.add_run(run)
        store.runs.add_solution(run.id, late)
        store.runs.add_solution(run.id, early)
        store.runs.add_scoring(run.id, scoring)
    ended = replace(run, record=RECORD, state=RunState.FAILED, message="out of memory", seconds=1.5)
    store.runs.update_run(ended)
    result = store.runs.get_run(run.id)
    assert (result.run, result.problem, result.solutions, result.scorings) == (
        ended,
        problem,
        (early, late),
        (scoring,),
    )
    assert store.runs.get_problem(problem.id) == problem


def test_a_record_of_before_reads_with_the_name_its_field_has_now(store: Store) -> None:
    problem = Problem(question="?")
    store.runs.add_problem(problem)
    told = replace(RECORD, out_of_distribution="The question uses words they never saw.")
    run = Run(problem_id=problem.id, sampling=Sampling(), record=told)
    store.runs.add_run(run)
    with store.database.write() as connection:
        connection.execute(text("UPDATE runs SET record = replace(record, 'out_of_distribution', 'out_of_world')"))
        assert connection.scalar(text("SELECT count(*) FROM runs WHERE record LIKE '%out_of_world%'")) == 1
    assert store.runs.get_run(run.id).run.record == told


def test_what_is_not_there_is_not_found(store: Store) -> None:
    problem = Problem(question="?")
    run = Run(problem_id=problem.id, sampling=Sampling())
    for ask in (
        lambda: store.runs.get_run("nowhere"),
        lambda: store.runs.get_problem("nowhere"),
        lambda: store.runs.update_run(run),
        lambda: store.runs.add_problem(replace(problem, images=("a" * 64,))),
        lambda: store.runs.add_solution("nowhere", Solution(problem_id=problem.id, steps=("a",), policy_model="p")),
        lambda: store.runs.add_scoring(None, Scoring(solution_id="nowhere", reward_model="r", step_scores=())),
        lambda: store.runs.list_runs(before="nowhere"),
        lambda: store.labelling.get_task("nowhere", "me"),
        lambda: store.labelling.next_task("nowhere", "me"),
        lambda: store.labelling.get_queue("nowhere", "me"),
    ):
        with pytest.raises(NotFound):
            ask()


def test_runs_are_listed_newest_first_in_pages(store: Store, add_run: AddRun) -> None:
    assert store.runs.list_runs() == ()
    ids = [add_run(question=str(number)).id for number in range(5)]
    page = store.runs.list_runs(limit=2)
    assert [each.run.id for each in page] == ids[:2:-1]
    assert [each.run.id for each in store.runs.list_runs(limit=9, before=page[-1].run.id)] == ids[2::-1]
    assert [(each.solutions, each.best_answer, each.problem.question) for each in page] == [
        (2, "1", "4"),
        (2, "1", "3"),
    ]


def test_before_anything_is_scored_no_answer_is_best(store: Store) -> None:
    problem = Problem(question="?")
    store.runs.add_problem(problem)
    run = Run(problem_id=problem.id, sampling=Sampling())
    store.runs.add_run(run)
    store.runs.add_solution(run.id, Solution(problem_id=problem.id, draw=0, steps=("a",), answer="7", policy_model="p"))
    (summary,) = store.runs.list_runs()
    assert (summary.solutions, summary.best_answer) == (1, None)


def test_what_was_cut_off_stopped_or_scored_in_part_does_not_win(store: Store) -> None:
    """The list of runs named another best answer than the run's own page: that of half a solution."""
    problem = Problem(question="?")
    store.runs.add_problem(problem)
    run = Run(problem_id=problem.id, sampling=Sampling(n=4))
    store.runs.add_run(run)
    for draw, (answer, steps, finish, scores) in enumerate(
        (
            ("5", 2, FinishReason.STOP, (0.6, 0.7)),
            ("80", 2, FinishReason.LENGTH, (0.8, 0.9)),
            ("6", 1, FinishReason.CANCELLED, (0.9,)),
            ("7", 2, FinishReason.STOP, (0.95,)),
        )
    ):
        texts = tuple(f"{draw}.{at}" for at in range(steps))
        made = Solution(problem_id=problem.id, draw=draw, steps=texts, answer=answer, finish=finish, policy_model="p")
        store.runs.add_solution(run.id, made)
        given = tuple(StepScore(first=at, last=at, score=score) for at, score in enumerate(scores))
        store.runs.add_scoring(run.id, Scoring(solution_id=made.id, reward_model="r", step_scores=given))
    (summary,) = store.runs.list_runs()
    assert (summary.solutions, summary.best_answer) == (4, "5")
    stored = store.runs.get_run(run.id)
    page = as_run_view(restore_progress(stored.run, stored.problem, stored.solutions, stored.scorings))
    assert page["ranking"]["mean"] == [0]


KILLED = """
import os, signal, sys
from pathlib import Path
from engine.domain import Problem, Run, Sampling
from storage import open_store
store = open_store(Path(sys.argv[1]), database=sys.argv[2] or None)
problem = Problem(question="?")
store.runs.add_problem(problem)
run = Run(problem_id=problem.id, sampling=Sampling())
store.runs.add_run(run)
print(run.id, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_runs_of_a_killed_process_are_stopped_and_those_of_a_living_one_are_not(
    tmp_path: Path, address: Callable[[Path], str]
) -> None:
    with open_store(tmp_path) as living:
        problem = Problem(question="?")
        living.runs.add_problem(problem)
        mine = Run(problem_id=problem.id, sampling=Sampling())
        living.runs.add_run(mine)
        call = [sys.executable, "-c", KILLED, str(tmp_path), address(tmp_path)]
        killed = subprocess.run(call, stdout=subprocess.PIPE, check=False)
        with open_store(tmp_path) as second:
            name = killed.stdout.decode().strip()

            def look() -> Run:
                second.runs.stop_orphaned_runs()  # a server on a busy machine learns a moment later that a client is gone
                return second.runs.get_run(name).run

            dead = awaited(look, lambda run: run.state is not RunState.RUNNING)
            assert (dead.state, dead.message) == (RunState.STOPPED, ORPHANED)
            assert second.runs.get_run(mine.id).run.state is RunState.RUNNING
    with open_store(tmp_path) as third:
        assert third.runs.get_run(mine.id).run.state is RunState.STOPPED
        assert third.runs.stop_orphaned_runs() == 0


@pytest.mark.sqlite
@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_pragmas_hold_on_every_connection(tmp_path: Path, mode: str) -> None:
    with open_store(tmp_path, journal_mode=mode) as store:
        for block in (store.database.read, store.database.write):
            with block() as connection:
                asked = [connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in PRAGMAS]
                assert asked == [mode, 2, 1, 15_000]
    with open_store(tmp_path, journal_mode=None) as store, store.database.read() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == mode


PRAGMAS = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")


@pytest.mark.sqlite
def test_bad_settings_and_bad_files_are_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="'wal', 'delete'"):
        open_store(tmp_path, journal_mode="fast")
    (tmp_path / "workbench.sqlite3").write_text("this is not a database, " * 100)
    with pytest.raises(DamagedStore, match="Restore a backup"):
        open_store(tmp_path)
    with pytest.raises(DiskError):
        open_store(tmp_path / "workbench.sqlite3" / "below")


def test_importing_storage_loads_no_model_and_no_page() -> None:
    look = (
        "import sys, storage, storage.transfer.registry, storage.backup;"
        "print(sorted({'torch', 'transformers', 'gradio', 'numpy', 'fastapi'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_ids_are_not_mixed_up_between_runs(store: Store, add_run: AddRun) -> None:
    first, second = add_run(solutions=1), add_run(solutions=3)
    assert [len(store.runs.get_run(run.id).solutions) for run in (first, second)] == [1, 3]
    assert new_id() not in {first.id, second.id}
