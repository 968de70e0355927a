"""Makes the database file that test_migrations.py opens: python -m tests.support.make_store_version. Run once a version."""

import json
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from engine.domain import (
    Cause,
    Decision,
    Label,
    Problem,
    ProjectOptions,
    Role,
    Run,
    RunState,
    Sampling,
    Scoring,
    SkipReason,
    Solution,
    StepScore,
)
from storage import EventKind, GoldItem, ReviewVerdict, Selection, Store, TaskRole, open_store
from storage.database.migrations import VERSION
from storage.transfer.importing import import_visualprocessbench
from tests.support.label_events import act, label
from tests.support.store_labelling import say
from tests.support.store_projects import add_solutions, judge, take, work


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        with open_store(Path(folder), journal_mode="delete") as store:
            fill(store, Path(folder))
        with closing(sqlite3.connect(Path(folder) / "workbench.sqlite3")) as connection:
            connection.execute("PRAGMA page_size=512")  # many tables with a row or two: small pages keep the file small
            connection.execute("VACUUM")
        target = Path(__file__).parents[1] / "storage" / "database" / f"version_{VERSION:04d}.sqlite3"
        shutil.copy(Path(folder) / "workbench.sqlite3", target)


def fill(store: Store, folder: Path) -> None:
    """Put something into every table. ``folder``: for a file to import."""
    problem = Problem(question="How many é 漢 😀?", answer="4", data_source="test")
    store.runs.add_problem(problem)
    run = Run(problem_id=problem.id, sampling=Sampling(n=2))
    store.runs.add_run(run)
    for draw in range(2):
        solution = Solution(
            problem_id=problem.id,
            draw=draw,
            steps=("a", "b", "cd"[draw]),
            answer=str(4 - draw),
            policy_model="p",
        )
        store.runs.add_solution(run.id, solution)
        scores = tuple(StepScore(first=at, last=at, score=0.9 - draw / 2) for at in range(3))
        store.runs.add_scoring(run.id, Scoring(solution_id=solution.id, reward_model="r", step_scores=scores))
    done = Run(id=run.id, problem_id=problem.id, sampling=run.sampling, state=RunState.DONE, seconds=1.5)
    store.runs.update_run(done)
    queue = store.labelling.open_run_queue(run.id, f"Version {VERSION}")
    one, two = (store.labelling.task_at(queue.id, place, "me") for place in range(2))
    store.labelling.save_events("me", [label(one.id, step, Label(1 - step), step) for step in range(3)])
    store.labelling.save_events("me", [act(one.id, EventKind.SUBMIT, 9, seconds=3.5)])
    store.labelling.reveal(one.id, "me")
    again = [act(one.id, EventKind.REOPEN, 10), label(one.id, 2, Label.CORRECT, 11)]
    store.labelling.save_events("me", [*again, act(one.id, EventKind.SUBMIT, 12)])
    store.labelling.save_events("me", [act(two.id, EventKind.SKIP, 20, skip_reason=SkipReason.BAD_STEP_SPLIT)])
    add_project(store)
    add_file(store, folder)


def add_project(store: Store) -> None:
    """A project with a quiz, a gold item, a lease, work that a reviewer sent back, a decision, and an admin."""
    hidden, *others = add_solutions(store, 4)
    quiz = add_solutions(store, 1)[0]
    options = ProjectOptions(
        overlap=1, quiz_pass=0.5, review_share=1.0, evaluation_share=0.0, split_size=2, lease_minutes=60
    )
    project = store.projects.add_project("Everything", options)
    (queue,) = store.projects.list_queues(project.id)
    for role, solution_id in ((TaskRole.QUIZ, quiz), (TaskRole.GOLD, hidden)):
        item = GoldItem(solution_id=solution_id, labels=(Label.CORRECT, Label.WRONG))
        store.projects.add_gold(queue.id, role, [item])
    store.projects.add_items(queue.id, Selection(solutions=tuple(others)))
    work(store, queue.id, "ada")  # the quiz, three solutions and the gold item
    first, second = store.projects.list_sample(queue.id, 1)
    judge(store, "rev", queue.id, 1, first, ReviewVerdict.WRONG, "Look again.")
    judge(store, "rev", queue.id, 1, second, ReviewVerdict.RIGHT)
    store.projects.send_back_split("rev", queue.id, 1, "Step 2.")
    take(store, queue.id, "bob")  # the quiz, leased
    decided = Decision(
        solution_id=others[2], labels=(Label.CORRECT, Label.WRONG), by="rev", cause=Cause.AMBIGUOUS, note="No."
    )
    store.results.add_decision(decided)
    store.accounts.invite("test", Role.ADMIN, "Ada")


def add_file(store: Store, folder: Path) -> None:
    """Two solutions from a file, the first of which a person labelled too."""
    row = {"image": [], "question": "From a file?", "answer": "7", "policy_model": "p", "data_source": "file"}
    responses = ({"steps": ["a", text], "process_correctness": [1, -1]} for text in ("b", "c"))
    lines = [json.dumps(row | {"response": response}) + "\n" for response in responses]
    for count in (1, 2):
        (folder / "test.jsonl").write_text("".join(lines[:count]))
        first, *others = import_visualprocessbench(store, folder).solutions
        if not others:
            say(store, first, "ada", "++")


if __name__ == "__main__":
    main()
