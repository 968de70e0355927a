"""Passwords: how they are hashed, compared and changed, and that a failure does not say which part was wrong."""

from typing import Literal, TypeAlias
from unicodedata import normalize

import pytest
from argon2 import PasswordHasher, extract_parameters

from engine.domain import Person, Role
from storage import BadAccount, PersonChange, SignInFailed, Store
from storage.accounts import passwords
from storage.accounts.passwords import is_outdated, is_password
from storage.accounts.people import COMMAND_LINE
from storage.database import tables
from tests.storage.accounts.conftest import HERE, PASSWORD

Form: TypeAlias = Literal["NFC", "NFD", "NFKC", "NFKD"]


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
    assert answers == {"This name and password do not match."}


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
