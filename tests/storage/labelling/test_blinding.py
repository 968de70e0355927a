"""Blinding: scores stay back while the same person has to label the solution blind elsewhere.

What the pages and routes keep back is in tests/visualprm_ui/api/test_access.py.
"""

from collections.abc import Callable

import pytest

from engine.domain import Label, LabelTask, Role, Run
from storage import NotSubmitted, Store
from storage.accounts.people import COMMAND_LINE
from tests.support.label_events import label
from tests.support.store_projects import fill_project, finish, take

ADA, BOB = "ada", "bob"


@pytest.fixture
def people(store: Store) -> tuple[str, str]:
    """The names of two annotators with accounts."""
    for name in (ADA, BOB):
        invitation = store.accounts.invite(COMMAND_LINE, Role.ANNOTATOR, name)
        store.accounts.accept_invitation(invitation.token, "correct horse battery")
    return ADA, BOB


def test_who_has_begun_a_solution_in_the_queue_of_its_run_sees_scores_once_both_are_submitted(
    store: Store, add_run: Callable[..., Run], people: tuple[str, str]
) -> None:
    run = add_run(solutions=1)
    store.runs.set_shared(run.id, shared=True)
    run_queue = store.labelling.open_run_queue(run.id, "The run").id
    queue = fill_project(store)
    begun = store.labelling.task_at(run_queue, 0, ADA)
    assert isinstance(begun, LabelTask)
    store.labelling.save_events(ADA, [label(begun.id, 0, Label.CORRECT)])
    given = {who: take(store, queue, who) for who in people}
    for who, task in given.items():
        finish(store, task, who)
    with pytest.raises(NotSubmitted, match="in another queue"):
        store.labelling.reveal(given[ADA].id, ADA)
    assert store.labelling.reveal(given[BOB].id, BOB) is not None  # has begun nothing there
    finish(store, begun, ADA, second=10)
    assert store.labelling.reveal(given[ADA].id, ADA) is not None
