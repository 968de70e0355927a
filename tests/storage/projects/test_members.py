"""Members of a project as an admin lists, adds and removes them. What follows from it: tests/storage/labelling/test_audience.py.

Covers storage/projects/members.py and storage/accounts/invitations.py.
"""

import pytest

from engine.domain import Role, new_id
from storage import NotFound, Store
from storage.accounts.invitations import NewInvitation
from storage.database import tables
from tests.support.store_accounts import add_person
from tests.support.store_projects import open_project


@pytest.fixture
def project(store: Store) -> str:
    for name in ("Mei", "tom"):
        add_person(store, name)
    open_project(store)
    (made,) = store.projects.list_projects()
    return made.id


def test_members_are_people_by_whatever_capitals(store: Store, project: str) -> None:
    assert [store.projects.add_member(project, name) for name in ("tom", "MEI", "mei")] == [True, True, False]
    assert store.projects.list_members(project) == ("Mei", "tom")
    assert store.projects.remove_member(project, "mei") == 0
    assert store.projects.list_members(project) == ("tom",)


def test_what_is_not_there_is_said(store: Store, project: str) -> None:
    with pytest.raises(NotFound, match="no account named 'tmo'"):
        store.projects.add_member(project, "tmo")
    with pytest.raises(NotFound, match="'Mei' is not a member"):
        store.projects.remove_member(project, "mei")
    for ask in (
        lambda: store.projects.list_members("none"),
        lambda: store.projects.add_member("none", "tom"),
        lambda: store.projects.remove_member("none", "tom"),
    ):
        with pytest.raises(NotFound, match="no project 'none'"):
            ask()


def test_somebody_who_is_invited_is_a_member_before_they_join(store: Store, project: str) -> None:
    made = store.accounts.invite("test", Role.ANNOTATOR, "Zoe")
    assert store.projects.add_member(project, "zoe")
    assert store.projects.list_members(project) == ("Zoe",)
    joined = store.accounts.accept_invitation(made.token, "correct horse battery", "Zoe")
    assert not store.projects.add_member(project, joined.name), "they are one already"
    store.projects.remove_member(project, "ZOE")
    assert store.projects.list_members(project) == ()


def expire(store: Store, made: NewInvitation) -> None:
    with store.database.write() as connection:
        mine = tables.invitations.update().where(tables.invitations.c.id == made.invitation.id)
        connection.execute(mine.values(expires_at=made.invitation.created_at))


def test_a_member_whose_invitation_expired_can_be_removed(store: Store, project: str) -> None:
    made = store.accounts.invite("test", Role.ANNOTATOR, "zoe")
    store.projects.add_member(project, "zoe")
    expire(store, made)
    with pytest.raises(NotFound, match="no account named 'ann'"):
        store.projects.add_member(project, "ann")
    store.projects.remove_member(project, "zoe")
    assert store.projects.list_members(project) == ()


def test_whoever_else_takes_an_invited_name_is_no_member(store: Store, project: str) -> None:
    """A nameless invitation accepted as "anna", or a Hugging Face user of that name, opened a project that is for Anna."""
    store.accounts.invite("lead", Role.ANNOTATOR, name="anna")
    store.projects.add_member(project, "anna")
    nameless = store.accounts.invite("lead", Role.ANNOTATOR).token
    store.accounts.accept_invitation(nameless, new_id(), "Anna")
    assert store.projects.list_members(project) == ()
    store.accounts.invite("lead", Role.ANNOTATOR, name="bea")
    store.projects.add_member(project, "bea")
    store.accounts.ensure_huggingface_person("42", "bea", Role.ANNOTATOR)
    assert store.projects.list_members(project) == ()


def test_a_withdrawn_invitation_takes_its_memberships_with_it(store: Store, project: str) -> None:
    """Somebody else who was invited by the same name, into nothing, found the project of whom the name was meant for."""
    made = store.accounts.invite("lead", Role.ANNOTATOR, "anna")
    store.projects.add_member(project, "anna")
    again = store.accounts.invite("lead", Role.ANNOTATOR, "anna")
    store.accounts.withdraw_invitation("lead", made.invitation.id)
    assert store.projects.list_members(project) == ("anna",), "the other invitation is open"
    store.accounts.withdraw_invitation("lead", again.invitation.id)
    assert store.projects.list_members(project) == ()
    other = store.accounts.invite("lead", Role.ANNOTATOR, "anna")
    store.accounts.accept_invitation(other.token, new_id())
    assert store.projects.list_members(project) == ()


def test_a_withdrawn_invitation_takes_nothing_from_whoever_joined(store: Store, project: str) -> None:
    lost, used = (store.accounts.invite("lead", Role.ANNOTATOR, "anna") for _ in range(2))
    store.projects.add_member(project, "anna")
    store.accounts.accept_invitation(used.token, new_id())
    store.accounts.withdraw_invitation("lead", lost.invitation.id)
    assert store.projects.list_members(project) == ("anna",)


def test_an_expired_invitation_leaves_nothing_to_the_next_of_its_name(store: Store, project: str) -> None:
    """Only nameless invitations and Hugging Face users were kept from what an expired invitation had granted."""
    made = store.accounts.invite("lead", Role.ANNOTATOR, "anna")
    store.projects.add_member(project, "anna")
    expire(store, made)
    other = store.accounts.invite("lead", Role.ANNOTATOR, "anna")
    store.accounts.accept_invitation(other.token, new_id())
    assert store.projects.list_members(project) == ()


def test_who_is_invited_into_the_project_again_is_a_member(store: Store, project: str) -> None:
    first = store.accounts.invite("lead", Role.ANNOTATOR, "anna")
    store.projects.add_member(project, "anna")
    expire(store, first)
    again = store.accounts.invite("lead", Role.ANNOTATOR, "anna")
    assert not store.projects.add_member(project, "anna"), "it is there since the first invitation"
    store.accounts.accept_invitation(again.token, new_id())
    assert store.projects.list_members(project) == ("anna",)
