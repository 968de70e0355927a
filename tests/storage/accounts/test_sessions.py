"""Signing in: passwords, sessions, tokens, and the waiting after wrong passwords."""

import threading
from datetime import timedelta
from typing import Literal, TypeAlias
from unicodedata import normalize

import pytest
from argon2 import PasswordHasher, extract_parameters

from engine.domain import Person, Role, now
from storage import BadAccount, NotFound, PersonChange, SignInFailed, Store, TooManyTries
from storage.accounts import passwords
from storage.accounts.api_tokens import MAX_TOKENS
from storage.accounts.login_throttle import FORGET_SECONDS, MAX_KEYS, OF_ADDRESS, OF_NAME, LoginThrottle
from storage.accounts.passwords import is_outdated, is_password
from storage.accounts.people import COMMAND_LINE
from storage.accounts.repository import AccountRepository
from storage.accounts.sessions import IDLE, LONGEST
from storage.database import tables

PASSWORD = "correct horse battery"
HERE = "127.0.0.1"
Form: TypeAlias = Literal["NFC", "NFD", "NFKC", "NFKD"]


class Clock:
    """A clock that tests turn."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ada(store: Store) -> Person:
    return store.accounts.accept_invitation(store.accounts.invite(COMMAND_LINE, Role.ANNOTATOR, "Ada").token, PASSWORD)


def age(store: Store, by: timedelta, *names: str) -> None:
    """Set times of every session back."""
    with store.database.write() as connection:
        for row in connection.execute(tables.sessions.select()).all():
            mine = tables.sessions.update().where(tables.sessions.c.digest == row.digest)
            connection.execute(mine.values(**{name: getattr(row, name) - by for name in names}))


def only_session(store: Store) -> timedelta:
    """How long the only session will last from now."""
    with store.database.read() as connection:
        (row,) = connection.execute(tables.sessions.select()).all()
    remaining: timedelta = row.expires_at - now()
    return remaining


def test_a_password_opens_a_session(store: Store, ada: Person) -> None:
    assert ada.last_seen_at is None
    session = store.accounts.sign_in("  ADA ", PASSWORD, HERE)
    found = store.accounts.find_by_session(session)
    assert found is not None
    assert (found.id, found.name) == (ada.id, "Ada")
    assert found.last_seen_at is not None
    assert store.accounts.find_by_session(session + "x") is None
    assert store.accounts.find_by_session("") is None
    store.accounts.sign_out(session)
    store.accounts.sign_out(session)
    assert store.accounts.find_by_session(session) is None


def test_every_failure_gets_the_same_answer(store: Store, ada: Person) -> None:
    store.accounts.ensure_huggingface_person("sub", "hugo")  # has no password
    store.accounts.accept_invitation(store.accounts.invite(COMMAND_LINE, Role.ANNOTATOR, "Bea").token, PASSWORD)
    store.accounts.update_person(COMMAND_LINE, "Bea", PersonChange(active=False))
    answers = set()
    for name, password in (
        ("Ada", "wrong"),
        ("nobody", PASSWORD),
        ("hugo", ""),
        ("Bea", PASSWORD),
        ("", ""),
        ("x" * 9999, "y"),
    ):
        with pytest.raises(SignInFailed) as failed:
            store.accounts.sign_in(name, password, HERE)
        answers.add(str(failed.value))
    assert answers == {"This name and password do not belong together."}


def test_an_unknown_name_takes_as_long_as_a_wrong_password(
    store: Store, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are compared once with a hash of the same cost, which is nearly all the time that signing in takes."""
    compared = []

    class Noting(PasswordHasher):
        def verify(self, stored: str | bytes, password: str | bytes) -> Literal[True]:
            compared.append(extract_parameters(str(stored)))
            return super().verify(stored, password)

    monkeypatch.setattr(passwords, "HASHER", Noting.from_parameters(extract_parameters(passwords.HASHER.hash("x"))))
    for name in ("Ada", "nobody"):
        with pytest.raises(SignInFailed):
            store.accounts.sign_in(name, "wrong password", HERE)
    assert len(compared) == 2
    assert compared[0] == compared[1]


def test_passwords_are_hashed_as_owasp_advises(production_hasher: PasswordHasher) -> None:
    """With less memory or fewer passes a stolen table is guessed sooner."""
    assert production_hasher.hash(PASSWORD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_session_slides_and_ends(store: Store, ada: Person) -> None:
    session = store.accounts.open_session(ada)
    age(store, timedelta(days=13), "seen_at", "expires_at")
    assert store.accounts.find_by_session(session) is not None
    assert IDLE - timedelta(minutes=1) < only_session(store) <= IDLE
    age(store, LONGEST - timedelta(days=1), "created_at")
    age(store, timedelta(hours=1), "seen_at")
    assert store.accounts.find_by_session(session) is not None
    assert only_session(store) <= timedelta(days=1)
    age(store, timedelta(days=2), "expires_at")
    assert store.accounts.find_by_session(session) is None
    store.accounts.open_session(ada)  # sweeps the ended one away
    assert only_session(store) > timedelta(0)


def test_asking_often_writes_seldom(store: Store, ada: Person) -> None:
    session = store.accounts.open_session(ada)
    with store.database.write():  # the writer is taken: reading must not wait for it
        assert store.accounts.find_by_session(session) is not None


def test_deactivation_and_roles_count_at_once(store: Store, ada: Person) -> None:
    session, token = store.accounts.open_session(ada), store.accounts.add_token(ada, "scripts").secret
    store.accounts.update_person(COMMAND_LINE, "Ada", PersonChange(role=Role.REVIEWER))
    for found in (store.accounts.find_by_session(session), store.accounts.find_by_token(token)):
        assert found is not None
        assert found.role is Role.REVIEWER
    store.accounts.update_person(COMMAND_LINE, "Ada", PersonChange(active=False))
    assert (store.accounts.find_by_session(session), store.accounts.find_by_token(token)) == (None, None)
    store.accounts.update_person(COMMAND_LINE, "Ada", PersonChange(active=True))
    assert (store.accounts.find_by_session(session), store.accounts.find_by_token(token)) == (None, None)


def test_signing_out_everywhere(store: Store, ada: Person) -> None:
    sessions = [store.accounts.open_session(ada) for _time in range(3)]
    assert store.accounts.sign_out_everywhere(ada) == 3
    assert [store.accounts.find_by_session(each) for each in sessions] == [None] * 3


def test_an_own_password_is_changed_with_the_old_one(store: Store, ada: Person) -> None:
    old = store.accounts.open_session(ada)
    with pytest.raises(SignInFailed):
        store.accounts.change_password(ada, "wrong", "another password", HERE)
    with pytest.raises(BadAccount, match="at least 10"):
        store.accounts.change_password(ada, PASSWORD, "short", HERE)
    new = store.accounts.change_password(ada, PASSWORD, "another password", HERE)
    assert store.accounts.find_by_session(old) is None
    assert store.accounts.find_by_session(new) is not None
    assert store.accounts.sign_in("Ada", "another password", HERE)


def test_a_token_works_until_it_is_revoked(store: Store, ada: Person) -> None:
    new = store.accounts.add_token(ada, " nightly  export ")
    assert new.secret.startswith("vp_")
    assert new.secret.startswith(new.token.prefix)
    assert (new.token.title, len(new.token.prefix), new.token.used_at) == ("nightly export", 8, None)
    found = store.accounts.find_by_token(new.secret)
    assert found is not None
    assert found.name == "Ada"
    (listed,) = store.accounts.list_tokens(ada)
    assert listed.used_at is not None
    store.accounts.revoke_token("Ada", ada, new.token.id)
    assert store.accounts.find_by_token(new.secret) is None
    assert store.accounts.list_tokens(ada)[0].revoked_at is not None
    with pytest.raises(NotFound, match="no live token"):
        store.accounts.revoke_token("Ada", ada, new.token.id)
    assert [(each.kind.value, each.detail) for each in store.accounts.list_audit_log(2)] == [
        ("token_revoked", "nightly export"),
        ("token_made", "nightly export"),
    ]


def test_a_token_needs_a_title_and_there_is_an_end_to_them(store: Store, ada: Person) -> None:
    with pytest.raises(BadAccount, match="what the token is for"):
        store.accounts.add_token(ada, "  ")
    for number in range(MAX_TOKENS):
        store.accounts.add_token(ada, str(number))
    with pytest.raises(BadAccount, match="has 50 tokens"):
        store.accounts.add_token(ada, "one more")


def test_an_old_hash_is_made_new_at_sign_in(
    store: Store, ada: Person, production_hasher: PasswordHasher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "HASHER", production_hasher)
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with store.database.write() as connection:
        connection.execute(tables.people.update().values(password=weak))
    store.accounts.sign_in("Ada", PASSWORD, HERE)
    with store.database.read() as connection:
        stored = connection.scalar(tables.people.select().with_only_columns(tables.people.c.password))
    assert is_outdated(weak, PASSWORD)
    assert not is_outdated(stored, PASSWORD)
    assert is_password(PASSWORD, stored)


ACCENTED = "Réunion ﬁn d\u2019été"  # a ligature, which no normal form but KC and KD takes apart


@pytest.mark.parametrize("chosen", ["NFC", "NFD", "NFKC", "NFKD"])
@pytest.mark.parametrize("typed", ["NFC", "NFD", "NFKC", "NFKD"])
def test_a_password_is_the_same_in_every_unicode_form(store: Store, chosen: Form, typed: Form) -> None:
    token = store.accounts.invite(COMMAND_LINE, Role.ANNOTATOR, "Ada").token
    store.accounts.accept_invitation(token, normalize(chosen, ACCENTED))
    assert store.accounts.sign_in("Ada", normalize(typed, ACCENTED), HERE)
    with pytest.raises(SignInFailed):
        store.accounts.sign_in("Ada", "Reunion fin d'ete", HERE)


@pytest.mark.parametrize("stored_as", ["NFC", "NFD"])
def test_a_hash_of_what_was_typed_still_signs_in_and_is_made_new(store: Store, ada: Person, stored_as: Form) -> None:
    """Hashes of earlier versions are of the password as it was typed."""
    with store.database.write() as connection:
        old = passwords.HASHER.hash(normalize(stored_as, ACCENTED))
        connection.execute(tables.people.update().values(password=old))
    assert store.accounts.sign_in("Ada", normalize("NFD", ACCENTED), HERE)
    with store.database.read() as connection:
        stored = connection.scalar(tables.people.select().with_only_columns(tables.people.c.password))
    assert passwords.HASHER.verify(stored, normalize("NFKC", ACCENTED))
    assert store.accounts.sign_in("Ada", normalize("NFC", ACCENTED), HERE)


def test_wrong_passwords_make_wait_and_the_right_one_is_not_looked_at(store: Store, ada: Person) -> None:
    clock = Clock()
    door = AccountRepository(store.database, LoginThrottle(clock))
    for _time in range(OF_NAME.free):
        with pytest.raises(SignInFailed):
            door.sign_in("Ada", "wrong", HERE)
    with pytest.raises(TooManyTries, match="Try again in 2 s") as refused:
        door.sign_in("ada", PASSWORD, "elsewhere")
    assert refused.value.seconds == 2
    clock.now += refused.value.seconds
    assert door.sign_in("ada", PASSWORD, "elsewhere")


def test_waiting_grows_up_to_its_most_and_is_forgotten() -> None:
    clock = Clock()
    throttle = LoginThrottle(clock)
    for number in range(OF_NAME.free):
        assert throttle.begin_attempt("ada", f"address {number}") == 0
    waits = []
    for number in range(9):
        waits.append(throttle.begin_attempt("ada", f"other {number}"))
        clock.now += waits[-1]
        assert throttle.begin_attempt("ada", f"other {number}") == 0
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert OF_NAME.most == 60
    clock.now += FORGET_SECONDS + 1
    assert throttle.begin_attempt("ada", HERE) == 0
    assert throttle.begin_attempt("ada", HERE) == 0  # the count began anew


def test_an_own_account_buys_no_guesses_at_others() -> None:
    throttle = LoginThrottle(Clock())
    for number in range(OF_ADDRESS.free):
        assert throttle.begin_attempt(f"victim {number}", HERE) == 0
        if number < OF_ADDRESS.free - 1:
            assert throttle.begin_attempt("mine", HERE) == 0
            throttle.note_success("mine", HERE)
    assert throttle.begin_attempt("victim", HERE) > 0
    assert throttle.begin_attempt("victim", "another address") == 0


def test_many_tries_at_once_are_all_counted() -> None:
    throttle, passed = LoginThrottle(Clock()), []

    def go() -> None:
        if throttle.begin_attempt("ada", HERE) == 0:
            passed.append(1)

    threads = [threading.Thread(target=go) for _number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == OF_NAME.free


def test_a_flood_of_made_up_names_needs_bounded_memory() -> None:
    throttle = LoginThrottle(Clock())
    for number in range(MAX_KEYS):
        throttle.begin_attempt(f"name {number}", f"address {number}")
    assert len(throttle._counts) == MAX_KEYS
