"""A real store in a fresh folder, and a run with solutions in it. All tests run on SQLite or, if asked to, on PostgreSQL."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree

import pytest

import storage.backup  # before the name is replaced: what it opens are files
import storage.store
from engine.domain import Label, Problem, Run, RunState, Sampling, Scoring, Solution, StepScore
from storage import EventKind, JournalMode, Store
from storage.store import DATABASE
from tests.support.label_events import act, label, make_png
from tests.support.postgresql import Server, running_server
from tests.support.store_deletion import AddRun, make_busy_run

ON_POSTGRESQL = os.environ.get("STORE_TESTS_ON") == "postgresql"


class OnPostgreSQL:
    """Opens stores like storage.open_store, but those of a folder in a database of their own on a server."""

    def __init__(self) -> None:
        self.server: Server | None = None
        self.addresses: dict[Path, str] = {}

    def __call__(
        self, data_dir: Path, journal_mode: JournalMode | None = None, *, database: str | None = None
    ) -> Store:
        assert self.server is not None, "PostgreSQL is not installed, and TEST_POSTGRESQL names no server"
        if database is None and (data_dir / DATABASE).exists():  # a restored backup
            return open_store(data_dir, journal_mode)
        if database is None and data_dir not in self.addresses:
            self.addresses[data_dir] = self.server.make_store_database(data_dir)
        return open_store(data_dir, journal_mode, database=database or self.addresses[data_dir])


open_store = storage.store.open_store
on_postgresql = OnPostgreSQL()
if ON_POSTGRESQL:  # before the tests are imported, and with them the name
    storage.open_store = storage.store.open_store = on_postgresql  # type: ignore[assignment]


@pytest.fixture(scope="session", autouse=True)
def postgresql_server() -> Iterator[None]:
    if not ON_POSTGRESQL:
        yield
        return
    with running_server() as on_postgresql.server:
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out, on PostgreSQL, what is about SQLite's files."""
    if ON_POSTGRESQL:
        items[:] = [item for item in items if item.get_closest_marker("sqlite") is None]


@pytest.fixture
def store(empty_data: Path, tmp_path: Path) -> Iterator[Store]:
    folder = tmp_path / "data"
    with storage.open_store(folder if ON_POSTGRESQL else copytree(empty_data, folder)) as opened:
        yield opened


@pytest.fixture
def address() -> Callable[[Path], str]:
    """A function that gives where the database of a data folder is, for other processes; empty for a file in it."""
    return lambda folder: on_postgresql.addresses.get(folder, "")


@pytest.fixture
def png() -> bytes:
    return make_png(12, 8)


@pytest.fixture
def add_run(store: Store) -> Callable[..., Run]:
    def add(solutions: int = 2, steps: int = 3, question: str = "How many?", image: bytes | None = None) -> Run:
        images = () if image is None else (store.images.add(image).sha,)
        problem = Problem(question=question, images=images, answer="4", data_source="test")
        store.runs.add_problem(problem)
        run = Run(problem_id=problem.id, sampling=Sampling(n=solutions))
        store.runs.add_run(run)
        for draw in range(solutions):
            solution = Solution(
                problem_id=problem.id,
                draw=draw,
                steps=tuple(f"Step {draw}.{step}" for step in range(steps)),
                answer=str(draw),
                policy_model="scripted",
            )
            store.runs.add_solution(run.id, solution)
            scores = tuple(StepScore(first=at, last=at, score=0.1 + 0.1 * draw) for at in range(steps))
            store.runs.add_scoring(
                run.id, Scoring(solution_id=solution.id, reward_model="scripted", step_scores=scores)
            )
        done = Run(
            id=run.id, problem_id=problem.id, sampling=run.sampling, state=RunState.DONE, created_at=run.created_at
        )
        store.runs.update_run(done)
        return done

    return add


@pytest.fixture
def busy_run(store: Store, add_run: AddRun) -> Run:
    """A run on which everything hangs that can."""
    return make_busy_run(store, add_run)


@pytest.fixture
def labelled(store: Store, add_run: Callable[..., Run], png: bytes) -> Path:
    """The folder of a store with a run, labelled by one person."""
    queue = store.labelling.open_run_queue(add_run(image=png).id, "A")
    task = store.labelling.next_task(queue.id, "me")
    assert task is not None
    store.labelling.save_events("me", [label(task.id, step, Label.WRONG) for step in range(3)])
    store.labelling.save_events("me", [act(task.id, EventKind.SUBMIT, 9)])
    return store.data_dir
