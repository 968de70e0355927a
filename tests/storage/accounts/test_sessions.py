"""Sessions: what opens one, how long it lasts, and what ends it."""

from datetime import timedelta

from engine.domain import Person, Role, now
from storage import PersonChange, Store
from storage.accounts.people import COMMAND_LINE
from storage.accounts.sessions import IDLE, LONGEST
from storage.database import tables
from tests.storage.accounts.conftest import HERE, PASSWORD


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


def test_a_session_of_somebody_inactive_lets_nobody_in(store: Store, ada: Person) -> None:
    """Deactivation ends sessions and tokens; one that was opened at the same moment is no way in either."""
    session, token = store.accounts.open_session(ada), store.accounts.add_token(ada, "scripts").secret
    with store.database.write() as connection:
        connection.execute(tables.people.update().values(active=False))
    age(store, timedelta(hours=1), "seen_at")
    assert (store.accounts.find_by_session(session), store.accounts.find_by_token(token)) == (None, None)


def test_signing_out_everywhere(store: Store, ada: Person) -> None:
    sessions = [store.accounts.open_session(ada) for _time in range(3)]
    assert store.accounts.sign_out_everywhere(ada) == 3
    assert [store.accounts.find_by_session(each) for each in sessions] == [None] * 3
