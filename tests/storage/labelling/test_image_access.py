"""Who may see a picture."""

from collections.abc import Callable

import pytest
from sqlalchemy import event

from engine.domain import Problem, ProjectOptions, Run, Solution
from storage import NOBODYS, NotFound, Selection, Store, Viewer
from tests.support.label_events import make_png
from tests.support.store_accounts import add_person

MEI, TOM = Viewer(name="mei", may_label=True), Viewer(name="tom", may_label=True)
GUEST, NOBODY = Viewer(name="guest-1"), Viewer()
ADA = Viewer(name="ada", may_label=True, sees_all=True)
EVERYBODY = {"mei": MEI, "tom": TOM, "guest": GUEST, "nobody": NOBODY, "ada": ADA}


@pytest.fixture(autouse=True)
def people(store: Store) -> None:
    for name in ("mei", "tom"):
        add_person(store, name)


def seen_by(store: Store, sha: str) -> set[str]:
    return {name for name, viewer in EVERYBODY.items() if store.image_access.may_see(sha, viewer)}


def test_a_picture_is_its_uploaders(store: Store, png: bytes) -> None:
    sha = store.images.add(png, "mei").sha
    assert seen_by(store, sha) == {"mei", "ada"}
    store.images.add(png, "mei")
    store.images.add(png, "guest-1")
    assert seen_by(store, sha) == {"mei", "guest", "ada"}


def test_a_picture_of_somebody_who_cannot_be_told_from_others_is_everybodys(store: Store, png: bytes) -> None:
    assert seen_by(store, store.images.add(png, NOBODYS).sha) == set(EVERYBODY)


def test_a_picture_that_came_with_a_file_is_no_uploaders(store: Store, png: bytes) -> None:
    assert seen_by(store, store.images.add(png).sha) == {"ada"}


def test_a_picture_is_seen_by_whoever_may_open_a_run_with_it(
    store: Store, png: bytes, add_run: Callable[..., Run]
) -> None:
    run = add_run(image=png)
    with store.database.write() as connection:
        connection.exec_driver_sql("UPDATE runs SET made_by = 'guest-1'")
    (sha,) = store.runs.get_run(run.id).problem.images
    assert seen_by(store, sha) == {"guest", "ada"}
    store.runs.set_shared(run.id, shared=True)
    assert seen_by(store, sha) == set(EVERYBODY)


def test_a_picture_is_seen_by_whoever_may_label_it_or_has_begun_to(store: Store, png: bytes) -> None:
    problem = Problem(question="Which?", images=(store.images.add(png).sha,))
    store.runs.add_problem(problem)
    store.runs.add_solution(None, Solution(problem_id=problem.id, steps=("This.",), policy_model="p"))
    project = store.projects.add_project("Closed", ProjectOptions(members_only=True))
    (queue,) = store.projects.list_queues(project.id)
    store.projects.add_items(queue.id, Selection())
    (sha,) = problem.images
    assert seen_by(store, sha) == {"ada"}
    store.projects.add_member(project.id, "mei")
    assert seen_by(store, sha) == {"mei", "ada"}
    store.labelling.next_task(queue.id, "mei")
    store.projects.remove_member(project.id, "mei")
    assert seen_by(store, sha) == {"mei", "ada"}
    store.projects.update_project(project.id, options=ProjectOptions(members_only=False))
    assert seen_by(store, sha) == {"mei", "tom", "ada"}


def test_a_picture_that_one_may_not_see_is_told_as_one_that_is_not_there(store: Store, png: bytes) -> None:
    theirs, none = store.images.add(png, "mei").sha, "0" * 64
    said = []
    for sha in (theirs, none):
        with pytest.raises(NotFound) as error:
            store.image_access.require([sha], TOM)
        said.append(str(error.value).replace(sha, "SHA"))
    with pytest.raises(NotFound) as unknown:
        store.images.path(none)
    assert said == [str(unknown.value).replace(none, "SHA")] * 2


@pytest.mark.sqlite
def test_the_question_reads_no_table_whole(store: Store) -> None:
    store.images.add(make_png(9, 9), "mei")
    plans = []

    def note(connection, cursor, statement, parameters, context, executemany):  # type: ignore[no-untyped-def]
        if statement.startswith("SELECT") and "image_uploads" in statement:
            plans.extend(connection.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall())

    event.listen(store.database._engine, "before_cursor_execute", note)
    store.image_access.may_see("0" * 64, MEI)
    event.remove(store.database._engine, "before_cursor_execute", note)
    details = [row[3] for row in plans]
    assert len(details) > 5
    assert [each for each in details if each.startswith("SCAN") and "CONSTANT" not in each] == []
