"""People with accounts for tests: made through the store, signed in through the same cookie a browser gets."""

from engine.domain import Role
from visualprm_ui.access.accounts import Accounts
from visualprm_ui.access.identity import Identity
from visualprm_ui.api import build_api

PASSWORD = "correct horse battery"
SECRET = "secret"  # of the data folder


def make_person(store, name, role):
    token = store.accounts.invite("test", role).token
    return store.accounts.accept_invitation(token, PASSWORD, name)


def sign_in(store, client, person):
    """Give a REST client the session of a person."""
    client.cookies.set(Identity(SECRET).session_cookie.name, store.accounts.open_session(person))
    return client


def accounts_api(workbench, **options):
    """The REST application over a store's accounts."""
    return build_api(workbench, Identity(SECRET, Accounts(workbench.store.accounts, **options)))


ROLES = tuple(Role)
