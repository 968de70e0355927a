"""Schema versions: the tables the code thinks of are those the migrations make, and every released file still opens.

Covers storage/database/tables.py.
"""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, inspect, text

from engine.domain import Label, Role, SkipReason, Stage
from storage import NewerStore, QuizState, Scope, SplitState, Store, open_store
from storage.backup import check
from storage.database import listing_tables, tables
from storage.database.migrations import MIGRATIONS, VERSION, migrate, read_version
from tests.support.calibration import kept_map
from tests.support.store_labelling import say
from tests.support.store_projects import finish

HERE = Path(__file__).parent


def describe(connection: Connection) -> dict[str, object]:
    inspector = inspect(connection)
    return {
        name: (
            [(each["name"], str(each["type"]), each["nullable"]) for each in inspector.get_columns(name)],
            sorted(
                str(each["constrained_columns"] + each["referred_columns"]) for each in inspector.get_foreign_keys(name)
            ),
            sorted(str(each["column_names"]) for each in inspector.get_indexes(name)),
            sorted(str(each["column_names"]) for each in inspector.get_unique_constraints(name)),
            inspector.get_pk_constraint(name)["constrained_columns"],
        )
        for name in inspector.get_table_names()
        if name != "schema_version" and not name.startswith("searched_solutions")  # a full-text index
    }


@pytest.mark.sqlite
def test_the_migrations_make_the_tables_of_the_code(store: Store, tmp_path: Path) -> None:
    database = create_engine(f"sqlite:///{tmp_path}/plain.sqlite3")
    tables.metadata.create_all(database)
    listing_tables.metadata.create_all(database)
    with store.database.read() as migrated, database.connect() as made:
        assert describe(migrated) == describe(made)
    database.dispose()


def test_opening_again_migrates_nothing(tmp_path: Path) -> None:
    for _time in range(2):
        with open_store(tmp_path) as store, store.database.write() as connection:
            assert read_version(connection) == VERSION == len(MIGRATIONS)
            assert migrate(connection) == 0


def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    with open_store(tmp_path) as store, store.database.write() as connection:
        connection.execute(text("INSERT INTO schema_version VALUES (99, :now)"), {"now": str(datetime(2026, 1, 1))})
    with pytest.raises(NewerStore, match="schema version 99, this program knows"):
        open_store(tmp_path)


def test_a_migration_that_fails_leaves_the_earlier_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE half (a TEXT)"))
        raise RuntimeError("power cut")

    first: tuple[Callable[[Connection], None], ...] = MIGRATIONS
    open_store(tmp_path).close()
    monkeypatch.setattr("storage.database.migrations.MIGRATIONS", (*first, half))
    monkeypatch.setattr("storage.database.migrations.VERSION", len(first) + 1)
    with pytest.raises(RuntimeError, match="power cut"):
        open_store(tmp_path)
    monkeypatch.undo()
    with open_store(tmp_path) as store, store.database.read() as connection:
        assert not inspect(connection).has_table("half")


def open_version(version: int, folder: Path) -> Store:
    """Open a copy of a file that tests/support/make_store_version.py made when the version was released; never made again."""
    shutil.copy(HERE / f"version_{version:04d}.sqlite3", folder / "workbench.sqlite3")
    return open_store(folder)


@pytest.mark.sqlite
@pytest.mark.parametrize("version", [1, 3, 4, 5, 7])
def test_a_run_of_a_released_version_opens(version: int, tmp_path: Path) -> None:
    with open_version(version, tmp_path) as store:
        (summary,) = store.runs.list_runs()
        assert (summary.solutions, summary.best_answer, summary.problem.question) == (2, "4", "How many é 漢 😀?")
        first, second, third = (each for each in store.results.iter_annotations() if each.annotator == "me")
        assert (third.labels, third.skip_reason) == ((None,) * 3, SkipReason.BAD_STEP_SPLIT)
        assert (first.stage, first.labels) == (Stage.BLIND, (Label.CORRECT, Label.NEUTRAL, Label.WRONG))
        assert (second.stage, second.labels[2]) == (Stage.REVEALED, Label.CORRECT)
        queue = store.labelling.list_queues("me")[-1]
        assert (queue.queue.title, queue.queue.total, queue.done) == (f"Version {version}", 2, 2)
        assert store.labelling.task_at(queue.queue.id, 1, "me").skip_reason is SkipReason.BAD_STEP_SPLIT
        assert check(store).faults == ()


@pytest.mark.sqlite
def test_a_store_of_version_7_keeps_maps_from_scores_to_shares(tmp_path: Path) -> None:
    kept = kept_map()
    with open_version(7, tmp_path) as store:
        assert store.runs.get_calibration_map("r", "p") is None
        store.runs.add_calibration_map(kept)
    with open_store(tmp_path) as store:
        assert store.runs.get_calibration_map("r", "p") == kept
        assert check(store).faults == ()


@pytest.mark.sqlite
def test_a_project_of_version_3_goes_on(tmp_path: Path) -> None:
    """Leases, work sent back, gold and the quiz were in columns of other names."""
    with open_version(3, tmp_path) as store:
        (project,) = store.projects.list_projects()
        (queue,) = store.projects.list_queues(project.id)
        assert (project.title, project.options.overlap, queue.total) == ("Everything", 1, 5)
        split, _rest = store.projects.list_splits(queue.id)
        assert (split.state, split.round, split.done) == (SplitState.SENT_BACK, 2, 0)
        (gold,) = store.projects.measure_gold_accuracy(queue.id)
        (quiz,) = store.projects.list_quiz_results(project.id)
        assert (gold.right, gold.steps, quiz.right, quiz.state) == (1, 2, 1, QuizState.PASSED)
        again = [store.labelling.task_at(queue.id, number, "ada") for number in range(5)]
        assert [task.send_back_note for task in again].count("Step 2.") == 2
        assert [task.is_quiz for task in again] == [True, False, False, False, False]
        for task in again:
            if task.send_back_note is not None:
                finish(store, task, "ada", Label.WRONG)
        assert store.projects.list_splits(queue.id)[0].state is SplitState.REVIEW
        quiz_of_bob = store.labelling.task_at(queue.id, 0, "bob")
        assert (quiz_of_bob.is_quiz, quiz_of_bob.leased_until is None) == (True, False)
        (invited,) = store.accounts.list_invitations()
        assert (invited.name, invited.role) == ("Ada", Role.ADMIN)
        assert check(store).faults == ()


@pytest.mark.sqlite
def test_labels_of_files_become_a_source_of_their_own(tmp_path: Path) -> None:
    """They were annotations by a person named "import:visualprocessbench"."""
    with open_version(4, tmp_path) as store:
        (labelled, not_labelled) = (
            each for each in store.results.iter_annotated(Scope()) if each.problem.data_source == "file"
        )
        assert [(each.annotator, each.labels) for each in labelled.annotations] == [("ada", (Label.CORRECT,) * 2)]
        assert not_labelled.annotations == ()
        for each in (labelled, not_labelled):
            (imported,) = each.imported
            assert (imported.source, imported.labels) == ("visualprocessbench", (Label.CORRECT, Label.WRONG))
            assert (imported.image_names, imported.kept_fields) == ((), {})
        assert {each.name for each in store.results.summarise_annotators(Scope())} == {"ada", "me"}
        assert check(store).faults == ()


@pytest.mark.sqlite
def test_a_follower_of_the_feed_misses_nothing_when_the_newest_annotation_was_a_files(tmp_path: Path) -> None:
    """The number of a row that went would be given again, to a person's annotation behind the follower's cursor."""
    with open_version(4, tmp_path) as store:
        with store.database.read() as connection:
            newest = connection.scalar(text("SELECT max(seq) FROM annotations"))
        assert newest == 11
        cursor = store.results.get_feed(limit=1000).cursor
        solution = next(each.solution_id for each in store.results.iter_annotations() if each.annotator == "ada")
        say(store, solution, "bea", "--")
        assert [each.who for each in store.results.get_feed(cursor).entries] == ["bea"]


@pytest.mark.sqlite
def test_runs_of_version_5_are_nobodys_and_their_links_still_open(tmp_path: Path) -> None:
    with open_version(5, tmp_path) as store:
        (summary,) = store.runs.list_runs()
        assert (summary.run.made_by, summary.run.shared_at) == (None, summary.run.created_at)
