"""The waiting after wrong passwords."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from engine.domain import Person
from storage import SignInFailed, Store, TooManyTries
from storage.accounts.login_throttle import FORGET_SECONDS, OF_ADDRESS, OF_NAME, LoginThrottle
from storage.accounts.repository import AccountRepository
from storage.database import tables
from tests.storage.accounts.conftest import HERE, PASSWORD


class Clock:
    """A clock that tests turn."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_wrong_passwords_make_wait_and_the_right_one_is_not_looked_at(store: Store, ada: Person) -> None:
    clock = Clock()
    door = AccountRepository(store.database, LoginThrottle(store.database, clock))
    for _time in range(OF_NAME.free):
        with pytest.raises(SignInFailed):
            door.sign_in("Ada", "wrong", HERE)
    with pytest.raises(TooManyTries, match="Try again in 2 s") as refused:
        door.sign_in("ada", PASSWORD, "elsewhere")
    assert refused.value.seconds == 2
    clock.now += refused.value.seconds
    assert door.sign_in("ada", PASSWORD, "elsewhere")


def test_waiting_grows_up_to_its_most_and_is_forgotten(store: Store) -> None:
    clock = Clock()
    throttle = LoginThrottle(store.database, clock)
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


def test_an_own_account_buys_no_guesses_at_others(store: Store) -> None:
    throttle = LoginThrottle(store.database, Clock())
    for number in range(OF_ADDRESS.free):
        assert throttle.begin_attempt(f"victim {number}", HERE) == 0
        if number < OF_ADDRESS.free - 1:
            assert throttle.begin_attempt("mine", HERE) == 0
            throttle.note_success("mine", HERE)
    assert throttle.begin_attempt("victim 0", HERE) > 0
    assert throttle.begin_attempt("victim 0", "another address") == 0


def test_who_guesses_locks_out_no_neighbour_with_the_right_password(store: Store, ada: Person) -> None:
    """Twenty wrong passwords from a shared address kept everybody behind it out, for up to 15 minutes."""
    clock = Clock()
    door = AccountRepository(store.database, LoginThrottle(store.database, clock))
    for number in range(2 * OF_ADDRESS.free):
        with pytest.raises(SignInFailed):
            door.sign_in(f"guess {number}", "wrong", HERE)
    assert door.sign_in("ada", PASSWORD, HERE)
    with pytest.raises(SignInFailed):
        door.sign_in("ada", "a slip", HERE)
    with pytest.raises(TooManyTries) as refused:
        door.sign_in("ada", PASSWORD, HERE)
    assert refused.value.seconds <= 61
    clock.now += refused.value.seconds
    assert door.sign_in("ada", PASSWORD, HERE)


def test_an_address_waits_after_20_wrong_passwords_for_up_to_a_minute(store: Store) -> None:
    clock = Clock()
    throttle = LoginThrottle(store.database, clock)
    assert [throttle.begin_attempt(f"name {number}", HERE) for number in range(20)] == [0] * 20
    waits = []
    for number in range(9):  # each of them was typed wrong here before
        waits.append(throttle.begin_attempt(f"name {number}", HERE))
        clock.now += waits[-1]
        assert throttle.begin_attempt(f"name {number}", HERE) == 0
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_many_tries_at_once_are_all_counted(store: Store) -> None:
    throttle, passed = LoginThrottle(store.database, Clock()), []

    def go() -> None:
        if throttle.begin_attempt("ada", HERE) == 0:
            passed.append(1)

    threads = [threading.Thread(target=go) for _number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == OF_NAME.free


def test_of_a_flood_of_made_up_names_the_oldest_are_forgotten(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.accounts.login_throttle.MAX_KEYS", 30)
    clock = Clock()
    throttle = LoginThrottle(store.database, clock)
    for number in range(20):
        clock.now += 1
        throttle.begin_attempt(f"name {number}", f"address {number}")
    with store.database.read() as connection:
        kept = {key for (key,) in connection.execute(select(tables.login_attempts.c.key))}
    assert len(kept) == 30
    assert {f"name {number}" for number in range(10, 20)} <= kept


def test_a_name_that_is_stored_otherwise_than_typed_is_counted_too(store: Store) -> None:
    """The second try with a name with NUL in it failed with KeyError, for everybody and for an hour."""
    for _time in range(2):
        with pytest.raises(SignInFailed):
            store.accounts.sign_in("a\0b\ud800", "wrong", HERE)


def test_processes_that_serve_one_store_count_together(store: Store) -> None:
    first, second = LoginThrottle(store.database, Clock()), LoginThrottle(store.database, Clock())
    for number in range(OF_NAME.free):
        assert (first, second)[number % 2].begin_attempt("ada", f"address {number}") == 0
    assert first.begin_attempt("ada", HERE) == second.begin_attempt("ada", HERE) == 1


def test_a_try_that_must_wait_writes_nothing(store: Store) -> None:
    throttle = LoginThrottle(store.database, Clock())
    for number in range(OF_NAME.free):
        throttle.begin_attempt("ada", f"address {number}")
    with store.database.write(), ThreadPoolExecutor(1) as pool:  # somebody's labels are being saved
        assert pool.submit(throttle.begin_attempt, "ada", HERE).result(timeout=30) == 1
