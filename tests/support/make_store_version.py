"""Makes the database file that test_migrations.py opens: python -m tests.support.make_store_version. Run once a version."""

import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from engine.domain import Label, Problem, Run, RunState, Sampling, Scoring, SkipReason, Solution, StepScore
from storage import EventKind, open_store
from storage.database.migrations import VERSION
from tests.support.label_events import act, label


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        with open_store(Path(folder), journal_mode="delete") as store:
            problem = Problem(question="How many é 漢 😀?", answer="4", data_source="test")
            store.runs.add_problem(problem)
            run = Run(problem_id=problem.id, sampling=Sampling(n=2))
            store.runs.add_run(run)
            for draw in range(2):
                solution = Solution(
                    problem_id=problem.id, draw=draw, steps=("a", "b", "c"), answer=str(4 - draw), policy_model="p"
                )
                store.runs.add_solution(run.id, solution)
                scores = tuple(StepScore(first=at, last=at, score=0.9 - draw / 2) for at in range(3))
                store.runs.add_scoring(run.id, Scoring(solution_id=solution.id, reward_model="r", step_scores=scores))
            done = Run(id=run.id, problem_id=problem.id, sampling=run.sampling, state=RunState.DONE, seconds=1.5)
            store.runs.update_run(done)
            queue = store.labelling.open_run_queue(run.id, "Version 1")
            one, two = (store.labelling.task_at(queue.id, place, "me") for place in range(2))
            store.labelling.save_events("me", [label(one.id, step, Label(1 - step), step) for step in range(3)])
            store.labelling.save_events("me", [act(one.id, EventKind.SUBMIT, 9, seconds=3.5)])
            store.labelling.reveal(one.id, "me")
            again = [act(one.id, EventKind.REOPEN, 10), label(one.id, 2, Label.CORRECT, 11)]
            store.labelling.save_events("me", [*again, act(one.id, EventKind.SUBMIT, 12)])
            store.labelling.save_events("me", [act(two.id, EventKind.SKIP, 20, skip_reason=SkipReason.BAD_STEP_SPLIT)])
        with closing(sqlite3.connect(Path(folder) / "workbench.sqlite3")) as connection:
            connection.execute("PRAGMA page_size=512")  # many tables with a row or two: small pages keep the file small
            connection.execute("VACUUM")
        target = Path(__file__).parents[1] / "storage" / "database" / f"version_{VERSION:04d}.sqlite3"
        shutil.copy(Path(folder) / "workbench.sqlite3", target)


if __name__ == "__main__":
    main()
