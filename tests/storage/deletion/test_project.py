"""Deleting a project: what goes, what stays, and who has to say its title."""

import pytest

from engine.domain import Cause, Decision, Label, ProjectOptions
from storage import DeletionRefused, GoldItem, NotFound, ReviewVerdict, Scope, Selection, Store, TaskRole
from storage.backup import check
from storage.deletion.project import delete_project, preview_project_deletion
from tests.support.store_projects import add_solutions, judge, open_project, work

ADA, BOB = "ada", "bob"


def labelled_project(store: Store) -> tuple[str, str]:
    """A project that two people labelled, with a gold item; its id and its queue."""
    queue = open_project(store, 3, overlap=2)
    gold = [GoldItem(solution_id=each, labels=(Label.CORRECT, Label.CORRECT)) for each in add_solutions(store, 1)]
    store.projects.add_gold(queue, TaskRole.GOLD, gold)
    for name in (ADA, BOB):
        work(store, queue, name)
    (project,) = store.projects.list_projects()
    return project.id, queue


def test_its_labels_stay_unless_they_are_asked_for(store: Store) -> None:
    project, queue = labelled_project(store)
    before = {each.solution_id for each in store.results.iter_rated(Scope())}
    found = delete_project(store, project, "lead", title=" A project ")
    assert (found.solutions, found.labels, found.people, found.known_labels) == (3, 6, 2, 2)
    assert store.projects.list_projects(archived=True) == ()
    with pytest.raises(NotFound):
        store.labelling.get_queue(queue, ADA)
    after = list(store.results.iter_rated(Scope()))
    assert {each.solution_id for each in after} == before
    assert [set(each.ratings) for each in after] == [{ADA, BOB}] * 3
    assert "6 labels kept" in store.accounts.list_audit_log(1)[0].detail
    assert check(store).faults == ()


def test_its_own_guideline_is_named_and_goes(store: Store) -> None:
    """The preview did not say that its texts go."""
    project, _queue = labelled_project(store)
    assert preview_project_deletion(store, project).guidelines == 0
    first = store.projects.save_guideline("lead", project, "1", "Look first.")
    store.projects.save_guideline("lead", project, first, "Look twice.")
    assert preview_project_deletion(store, project).guidelines == 2
    assert delete_project(store, project, "lead", title="A project").guidelines == 2
    assert store.projects.list_guideline_versions(project) == ()


def test_its_labels_go_where_they_are_asked_for(store: Store) -> None:
    project, _queue = labelled_project(store)
    solutions = [each.solution_id for each in store.results.iter_rated(Scope())]
    delete_project(store, project, "lead", title="A project", labels=True)
    assert list(store.results.iter_rated(Scope())) == []
    assert all(store.results.get_solution(each).queues == () for each in solutions), "the solutions stay"
    assert check(store).faults == ()


def test_a_decision_stays_where_its_solution_is_labelled_elsewhere(store: Store) -> None:
    """Deleting a project took decisions along that count in every project."""
    project, queue = labelled_project(store)
    shared, own, _third = [each.solution_id for each in store.results.iter_rated(Scope())]
    another = store.projects.add_project("Another", ProjectOptions(overlap=1))
    (other,) = store.projects.list_queues(another.id)
    store.projects.add_items(other.id, Selection(solutions=(shared,)))
    work(store, other.id, ADA)
    for each in (shared, own):
        labels = (Label.WRONG,) * 2
        decision = Decision(solution_id=each, queue_id=queue, labels=labels, by=BOB, cause=Cause.SLIP)
        store.results.add_decision(decision)
    delete_project(store, project, "lead", title="A project", labels=True)
    final = store.results.get_final_labels(shared, Scope())
    assert (final.decision is not None, [each.label for each in final.steps]) == (True, [Label.WRONG] * 2)
    assert store.results.get_final_labels(own, Scope()).decision is None
    assert check(store).faults == ()


def test_work_that_was_sent_back_does_not_become_labels_that_stand(store: Store) -> None:
    queue = open_project(store, 2, overlap=1, split_size=2, review_share=1.0)
    work(store, queue, ADA)
    judge(store, "eve", queue, 0, store.projects.list_sample(queue, 0)[0], ReviewVerdict.WRONG)
    assert store.projects.send_back_split("eve", queue, 0, "Again, please") == 2
    assert list(store.results.iter_rated(Scope())) == []
    (project,) = store.projects.list_projects()
    delete_project(store, project.id, "lead", title="A project")
    assert list(store.results.iter_rated(Scope())) == []
    assert check(store).faults == ()


def test_another_title_deletes_nothing(store: Store) -> None:
    project, _queue = labelled_project(store)
    with pytest.raises(DeletionRefused, match="'a project' is not the title of this project, which is: A project"):
        delete_project(store, project, "lead", title="a project")
    assert preview_project_deletion(store, project).labels == 6
    with pytest.raises(NotFound):
        preview_project_deletion(store, "nowhere")
