"""Credentials of every kind of visitor that an app may have."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from collections.abc import Callable
from functools import partial
from hashlib import sha256

from itsdangerous import TimestampSigner

from engine.domain import Role, now
from storage import PersonChange, Store
from storage.database import tables
from tests.support.api_accounts import make_person
from visualprm_ui.access.identity import Identity

Headers = dict[str, str]
Visitors = dict[str, Callable[[], Headers]]  # fresh credentials for each request: some routes sign out whoever asks


def guests(identity: Identity) -> Visitors:
    """Return the credentials of whoever comes to any app without an account."""
    return {
        "no cookie": dict,
        "guest": lambda: {"cookie": f"{identity.guest_cookie.name}={identity.new_cookie()}"},
        "made-up token": lambda: {"authorization": "Bearer vp_" + "0" * 32},
    }


def people(store: Store, identity: Identity) -> Visitors:
    """Return the credentials of people of every role, in a browser and as scripts, and of one who has left."""

    def session(secret: str) -> Headers:
        return {"cookie": f"{identity.session_cookie.name}={secret}"}

    made = {role.value: make_person(store, role.value, role) for role in Role}
    gone = make_person(store, "gone", Role.ADMIN)
    tokens = {name: store.accounts.add_token(each, "t").secret for name, each in {**made, "deactivated": gone}.items()}
    expired = store.accounts.open_session(made["admin"])
    with store.database.write() as connection:
        connection.execute(tables.sessions.update().values(expires_at=now()))
    held = store.accounts.open_session(gone)
    store.accounts.update_person("admin", "gone", PersonChange(active=False))
    return {
        **guests(identity),
        **{who: partial(lambda each: session(store.accounts.open_session(each)), each) for who, each in made.items()},
        **{f"{who}'s token": partial(dict, authorization=f"Bearer {secret}") for who, secret in tokens.items()},
        "expired session": lambda: session(expired),
        "deactivated": lambda: session(held),
    }


def people_of_the_hub(identity: Identity) -> Visitors:
    """Return the credentials of whoever comes to a Space: nobody's account is here before they sign in."""

    def session(name: str) -> Headers:
        user = {"userinfo": {"sub": f"id-{name}", "preferred_username": name}, "expires_at": time.time() + 3600}
        signer = TimestampSigner(sha256(b"-v4").hexdigest())  # as Gradio makes its key, without a secret
        return {"cookie": f"session={signer.sign(b64encode(json.dumps({'oauth_info': user}).encode())).decode()}"}

    visitors = {**guests(identity), "hub's annotator": lambda: session("mei"), "hub's admin": lambda: session("ada")}
    return {who: headers for who, headers in visitors.items() if who != "made-up token"}
