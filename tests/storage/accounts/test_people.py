"""Accounts: invitations, roles, deactivation, Hugging Face people, and the log of it all.

Covers storage/accounts/audit_log.py, storage/accounts/invitations.py, storage/accounts/joining.py,
storage/accounts/repository.py.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.domain import Origin, Person, Role
from storage import (
    BadAccount,
    InvitationSpent,
    LastAdmin,
    NameTaken,
    NewInvitation,
    NotFound,
    PeopleEventKind,
    PersonChange,
    Store,
)
from storage.accounts.people import COMMAND_LINE
from storage.backup import backup, restore
from storage.database import tables
from storage.store import open_store

PASSWORD = "correct horse battery"


@pytest.fixture
def add_person(store: Store) -> Callable[..., Person]:
    def add(name: str, role: Role = Role.ANNOTATOR) -> Person:
        return store.accounts.accept_invitation(store.accounts.invite(COMMAND_LINE, role, name).token, PASSWORD)

    return add


def test_a_role_includes_those_before_it() -> None:
    assert [(a.value, b.value) for a in Role for b in Role if a.includes(b)] == [
        ("annotator", "annotator"),
        ("reviewer", "annotator"),
        ("reviewer", "reviewer"),
        ("admin", "annotator"),
        ("admin", "reviewer"),
        ("admin", "admin"),
    ]


def test_an_invitation_makes_a_person_once(store: Store) -> None:
    made = store.accounts.invite("Ada", Role.REVIEWER, "  Zoë  Müller ")
    assert store.accounts.get_invitation(made.token) == made.invitation
    assert (made.invitation.name, made.invitation.role, made.invitation.is_reset) == (
        "Zoë Müller",
        Role.REVIEWER,
        False,
    )
    person = store.accounts.accept_invitation(made.token, PASSWORD)
    assert (person.name, person.role, person.origin, person.active) == ("Zoë Müller", Role.REVIEWER, Origin.LOCAL, True)
    assert store.accounts.get_person("ZOË MÜLLER") == person
    for token in (made.token, "vpi_unknown", "", "\ud800"):
        with pytest.raises(InvitationSpent, match="unknown, used, withdrawn or too old"):
            store.accounts.accept_invitation(token, PASSWORD)


def test_a_guest_of_an_open_invitation_chooses_the_name(store: Store, add_person: Callable[..., Person]) -> None:
    add_person("Ada")
    token = store.accounts.invite("Ada", Role.ANNOTATOR).token
    with pytest.raises(NameTaken, match="'ada' is taken"):
        store.accounts.accept_invitation(token, PASSWORD, name="ada")
    assert store.accounts.accept_invitation(token, PASSWORD, name="Bea").name == "Bea"


@pytest.mark.parametrize(
    "name",
    ["", " ", "x" * 41, "a\u200bb", "a\x00b", "guest-3f2a91c0", "Anonymous", "import:x", ".", " .. ", "a/b", "a\\b"],
)
def test_a_name_that_cannot_be_taken_leaves_the_invitation_open(store: Store, name: str) -> None:
    token = store.accounts.invite(COMMAND_LINE, Role.ANNOTATOR).token
    with pytest.raises(BadAccount):
        store.accounts.accept_invitation(token, PASSWORD, name=name)
    assert store.accounts.accept_invitation(token, PASSWORD, name="Ada").name == "Ada"


@pytest.mark.parametrize(
    "password",
    [
        *(
            "",
            "123456789",
            ("tidal lamp, orange piano; " * 40)[:1025],
            "aaaaaaaaaaaa",
            "springtime",
            "Adalovelace",
            "ada" * 4,
            "adaLovelace1",
        ),
        *(
            "1234567890",
            "passwordpassword",
            "P@ssw0rd123",
            "qwertyuiop",
            "1qaz2wsx3edc",
            "abcdefghij",
            "letmeinletmein",
        ),
        "１２３４５６７８９０",  # in full width
    ],
)
def test_a_weak_password_leaves_the_invitation_open(store: Store, password: str) -> None:
    token = store.accounts.invite(COMMAND_LINE, Role.ANNOTATOR, "adaLovelace").token
    with pytest.raises(BadAccount, match="password"):
        store.accounts.accept_invitation(token, password)
    assert len(store.accounts.list_invitations()) == 1


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "ein Pferd im Schrank",
        "猫が窓から外を見ている",
        "Xk7#vQ9!mZ2p",
        "sunnybeach",  # ten characters, 2 of zxcvbn's 0 to 4: the least of both that is taken
        ("tidal lamp, orange piano; " * 40)[:1024],  # the longest
        "4@8({[<369&#!1/|0$5+7%2" * 40,
    ],
)
def test_a_password_of_ones_own_is_taken(store: Store, password: str) -> None:
    token = store.accounts.invite(COMMAND_LINE, Role.ANNOTATOR, "Ada").token
    assert store.accounts.accept_invitation(token, password).name == "Ada"
    assert store.accounts.sign_in("Ada", password, "here")


def test_an_invitation_ends(store: Store) -> None:
    late = store.accounts.invite(COMMAND_LINE, Role.ADMIN, "Ada", days=-0.001)
    gone = store.accounts.invite(COMMAND_LINE, Role.ADMIN, "Bea")
    assert store.accounts.list_invitations() == (gone.invitation,)
    store.accounts.withdraw_invitation(COMMAND_LINE, gone.invitation.id)
    for made in (late, gone):
        with pytest.raises(InvitationSpent):
            store.accounts.get_invitation(made.token)
    with pytest.raises(NotFound, match="no open invitation"):
        store.accounts.withdraw_invitation(COMMAND_LINE, gone.invitation.id)


@pytest.mark.sqlite
def test_no_secret_is_stored_or_printed(store: Store) -> None:
    made = store.accounts.invite(COMMAND_LINE, Role.ADMIN, "Ada")
    store.accounts.accept_invitation(made.token, PASSWORD)
    session = store.accounts.sign_in("Ada", PASSWORD, "127.0.0.1")
    new = store.accounts.add_token(store.accounts.get_person("Ada"), "scripts")
    stored = b"".join(path.read_bytes() for path in store.data_dir.rglob("*") if path.is_file())
    assert b"Ada" in stored
    for secret in (made.token, session, new.secret, PASSWORD):
        assert secret.encode() not in stored
        assert secret not in f"{made}{new}{store.accounts.list_audit_log()}{store.accounts.list_people()}"


def test_accounts_begin_with_the_first_admin(store: Store, add_person: Callable[..., Person]) -> None:
    add_person("Bea", Role.REVIEWER)
    assert not store.accounts.has_accounts()
    store.accounts.invite(COMMAND_LINE, Role.ADMIN, "Ada")
    assert not store.accounts.has_accounts()
    add_person("Cy", Role.ADMIN)
    assert store.accounts.has_accounts()
    with open_store(store.data_dir) as other:
        assert other.accounts.has_accounts()


def test_a_person_is_changed_and_the_log_says_so(store: Store, add_person: Callable[..., Person]) -> None:
    add_person("Ada", Role.ADMIN)
    add_person("Bea")
    store.accounts.update_person("Ada", "bea", PersonChange(display_name="  Bea  B. ", role=Role.REVIEWER))
    store.accounts.update_person("Ada", "Bea", PersonChange(active=False))
    bea = store.accounts.update_person("Ada", "Bea", PersonChange(active=True))
    assert (bea.name, bea.display_name, bea.role, bea.active) == ("Bea", "Bea B.", Role.REVIEWER, True)
    assert store.accounts.get_display_names() == {"Ada": "Ada", "Bea": "Bea B."}
    assert [(each.by, each.name, each.kind, each.detail) for each in store.accounts.list_audit_log(4)] == [
        ("Ada", "Bea", PeopleEventKind.ACTIVATED, ""),
        ("Ada", "Bea", PeopleEventKind.DEACTIVATED, ""),
        ("Ada", "Bea", PeopleEventKind.ROLE_CHANGED, "annotator to reviewer"),
        ("Ada", "Bea", PeopleEventKind.RENAMED, "Bea to Bea B."),
    ]
    older = store.accounts.list_audit_log(10, before=store.accounts.list_audit_log(4)[-1].seq)
    assert [each.kind.value for each in older] == ["joined", "invited", "joined", "invited"]
    with pytest.raises(BadAccount, match="display name"):
        store.accounts.update_person("Ada", "Bea", PersonChange(display_name=" "))
    with pytest.raises(NotFound, match="no account named 'Cy'"):
        store.accounts.update_person("Ada", "Cy", PersonChange(active=False))


@pytest.mark.parametrize("change", [PersonChange(active=False), PersonChange(role=Role.REVIEWER)])
def test_the_last_admin_stays(store: Store, add_person: Callable[..., Person], change: PersonChange) -> None:
    add_person("Ada", Role.ADMIN)
    add_person("Bea", Role.ADMIN)
    store.accounts.update_person("Ada", "Bea", change)
    with pytest.raises(LastAdmin, match="'Ada' is the only admin"):
        store.accounts.update_person("Ada", "Ada", change)
    assert store.accounts.get_person("Ada").role is Role.ADMIN
    assert store.accounts.update_person("Ada", "Ada", PersonChange(display_name="A.")).display_name == "A."


def test_a_reset_sets_a_new_password_and_ends_every_session(store: Store, add_person: Callable[..., Person]) -> None:
    add_person("Ada")
    session = store.accounts.sign_in("Ada", PASSWORD, "here")
    made = store.accounts.offer_reset(COMMAND_LINE, "ada")
    assert store.accounts.find_by_session(session) is not None  # the old password goes on working until then
    assert store.accounts.accept_invitation(made.token, "another password", name="Mallory").name == "Ada"
    assert store.accounts.find_by_session(session) is None
    assert store.accounts.sign_in("Ada", "another password", "here")
    with pytest.raises(InvitationSpent):
        store.accounts.accept_invitation(made.token, "a third password")


def test_a_new_password_ends_every_other_reset(store: Store, add_person: Callable[..., Person]) -> None:
    """A link given out before went on working for a day: whoever had it could take the account over."""
    ada, _bea = add_person("Ada"), add_person("Bea")
    used, other, third = (store.accounts.offer_reset(COMMAND_LINE, "Ada") for _time in range(3))
    bea, invited = (
        store.accounts.offer_reset(COMMAND_LINE, "Bea"),
        store.accounts.invite(COMMAND_LINE, Role.ADMIN, "Cy"),
    )
    store.accounts.accept_invitation(used.token, "another password")
    assert store.accounts.list_invitations() == (invited.invitation, bea.invitation)
    for spent in (other, third):
        with pytest.raises(InvitationSpent):
            store.accounts.accept_invitation(spent.token, "a third password")
    own = store.accounts.offer_reset(COMMAND_LINE, "Ada")
    store.accounts.change_password(ada, "another password", "a fourth password", "here")
    with pytest.raises(InvitationSpent):
        store.accounts.accept_invitation(own.token, "a fifth password")
    assert store.accounts.list_invitations() == (invited.invitation, bea.invitation)


@pytest.mark.parametrize("change", [PersonChange(active=False), PersonChange(role=Role.REVIEWER)])
def test_the_links_of_who_is_no_admin_any_more_stop_working(
    store: Store, add_person: Callable[..., Person], change: PersonChange
) -> None:
    """An admin who was let go could come back as one, by an invitation or by the reset of somebody else's password."""
    for name in ("Ada", "Eve"):
        add_person(name, Role.ADMIN)
    kept = store.accounts.invite("Ada", Role.ANNOTATOR, "Bea")
    links = (store.accounts.invite("Eve", Role.ADMIN), store.accounts.offer_reset("Eve", "Ada"))
    store.accounts.update_person("Ada", "eve", PersonChange(display_name="E."))
    assert len(store.accounts.list_invitations()) == 3
    store.accounts.update_person("Ada", "eve", change)
    assert store.accounts.list_invitations() == (kept.invitation,)
    for link in links:
        with pytest.raises(InvitationSpent):
            store.accounts.accept_invitation(link.token, "evil evil evil", "Mallory")
    withdrawn = [each for each in store.accounts.list_audit_log() if each.kind is PeopleEventKind.WITHDRAWN]
    assert [(each.by, each.name) for each in withdrawn] == [("Ada", None), ("Ada", "Ada")]


def test_a_person_whose_name_could_not_be_taken_now_can_have_a_new_password(
    store: Store, add_person: Callable[..., Person]
) -> None:
    add_person("Ada")
    with store.database.write() as connection:
        connection.execute(tables.people.update().values(name="a/b", name_key="a/b"))
    made = store.accounts.offer_reset(COMMAND_LINE, "a/b")
    assert store.accounts.accept_invitation(made.token, "another password").name == "a/b"


def test_a_reset_is_for_active_people_with_a_password(store: Store, add_person: Callable[..., Person]) -> None:
    add_person("Ada")
    waiting = store.accounts.offer_reset(COMMAND_LINE, "Ada")
    store.accounts.update_person(COMMAND_LINE, "Ada", PersonChange(active=False))
    with pytest.raises(InvitationSpent):
        store.accounts.accept_invitation(waiting.token, PASSWORD)
    with pytest.raises(BadAccount, match="'Ada' is deactivated"):
        store.accounts.offer_reset(COMMAND_LINE, "Ada")
    store.accounts.ensure_huggingface_person("sub-1", "hugo")
    with pytest.raises(BadAccount, match="signs in with huggingface"):
        store.accounts.offer_reset(COMMAND_LINE, "hugo")


def test_people_come_page_by_page(store: Store) -> None:
    names = [f"P{number}" for number in range(5)]
    for number, name in enumerate(names):
        store.accounts.ensure_huggingface_person(str(number), name)
    first = store.accounts.list_people(2)
    second = store.accounts.list_people(2, after=first[-1].name)
    rest = store.accounts.list_people(2, after=second[-1].name)
    assert [each.name for each in (*first, *second, *rest)] == names
    assert store.accounts.list_people(2, after="P4") == ()


def test_a_hugging_face_account_stays_one_person(store: Store, add_person: Callable[..., Person]) -> None:
    add_person("hugo")  # a local person of the same name is somebody else
    made = store.accounts.ensure_huggingface_person("sub-1", "Hugo")
    assert (made.name, made.display_name, made.role, made.origin) == (
        "Hugo 2",
        "Hugo",
        Role.ANNOTATOR,
        Origin.HUGGINGFACE,
    )
    assert store.accounts.ensure_huggingface_person("sub-1", "renamed") == made
    assert store.accounts.ensure_huggingface_person("sub-2", "guest-x").name == "member"
    assert store.accounts.ensure_huggingface_person("sub-1", "Hugo", Role.ADMIN).role is Role.ADMIN
    assert store.accounts.ensure_huggingface_person("sub-1", "Hugo").role is Role.ADMIN  # never lowered by signing in
    add_person("Ada", Role.ADMIN)
    store.accounts.update_person("Ada", "Hugo 2", PersonChange(active=False))
    assert not store.accounts.ensure_huggingface_person("sub-1", "Hugo").active


def test_a_restored_backup_carries_people_and_no_way_in_but_their_passwords(
    store: Store, add_person: Callable[..., Person], tmp_path: Path
) -> None:
    """What had been ended after the backup worked again: a session signed out of, a revoked token, a withdrawn invitation."""
    ada = add_person("Ada", Role.ADMIN)
    session = store.accounts.open_session(ada)
    secret = store.accounts.add_token(ada, "scripts").secret
    waiting: NewInvitation = store.accounts.invite("Ada", Role.ANNOTATOR, "Bea")
    backup(store, tmp_path / "backup")
    report = restore(tmp_path / "backup", tmp_path / "back")
    assert (report.ended_sessions, report.ended_tokens, report.ended_invitations) == (1, 1, 1)
    assert sorted(path.name for path in (tmp_path / "back").iterdir()) == [
        "workbench.sqlite3"
    ]  # nothing left beside it
    with open_store(tmp_path / "back") as back:
        assert back.accounts.has_accounts()
        assert (back.accounts.find_by_session(session), back.accounts.find_by_token(secret)) == (None, None)
        with pytest.raises(InvitationSpent):
            back.accounts.accept_invitation(waiting.token, PASSWORD)
        assert back.accounts.list_invitations() == ()
        assert [each.revoked_at is None for each in back.accounts.list_tokens(ada)] == [False]
        assert back.accounts.sign_in("Ada", PASSWORD, "here")
        last = back.accounts.list_audit_log()[0]
        assert (last.kind, last.by, last.detail) == (
            PeopleEventKind.RESTORED,
            "command line",
            "1 sessions, 1 tokens and 1 invitations ended",
        )
    assert store.accounts.find_by_session(session) is not None  # the store it was made of goes on
