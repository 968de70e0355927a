"""The person behind a request: by a browser's session, a script's API token, or the Hugging Face account that a Space vouches for.

Knows the store's people and what a request carries; knows no guest, no page and no route.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping

from starlette.requests import HTTPConnection

from engine.domain import Origin, Person, Role
from storage import AccountRepository
from storage.accounts.joining import JOIN_PATH

SESSION_COOKIE = "visualprm_session"  # followed by the app's own suffix, see visualprm_ui/access/cookies.py
SESSION_SECONDS = 90 * 24 * 3600  # storage/accounts/sessions.py ends an unused session earlier
FIRST_START = "first start"  # stands in the audit log as the inviter of the first admin
TOKEN_PREFIX = "Bearer vp_"  # other bearer tokens are not ours: a private Space's proxy sends its own


class Accounts:
    """Finds the person behind a request.

    ``required``: people must have an account from the first start on. ``private``: nobody sees anything without one.
    ``hub_admins``: the Hugging Face names that are admins, None where nobody signs in with Hugging Face.
    """

    def __init__(
        self,
        accounts: AccountRepository,
        *,
        required: bool = False,
        private: bool = False,
        hub_admins: Collection[str] | None = None,
    ) -> None:
        self._accounts = accounts
        self._required = required or private
        self.is_private = private
        self._hub_admins = hub_admins

    @property
    def is_hub(self) -> bool:
        """Whether people sign in with Hugging Face."""
        return self._hub_admins is not None

    def required(self) -> bool:
        """Return whether people have to sign in to do more than explore."""
        return self._required or self.is_hub or self._accounts.has_accounts()

    def set_up_path(self) -> str | None:
        """Return the path of a one-time link that makes the first admin, or None where none is needed. Revokes earlier links."""
        accounts = self._accounts
        if not self._required or self.is_hub or accounts.has_accounts():
            return None
        for invitation in accounts.list_invitations():
            if invitation.invited_by == FIRST_START:
                accounts.withdraw_invitation(FIRST_START, invitation.id)
        return JOIN_PATH + accounts.invite(FIRST_START, Role.ADMIN).token

    def of_session(self, request: HTTPConnection, secrets: Iterable[str]) -> Person | None:
        """Return who is signed in in this browser; None for nobody, and for a forged, revoked or expired session.

        ``secrets``: the values of the browser's session cookies; the first one that names a session counts.
        """
        people = map(self.of_secret, secrets)
        return next((person for person in people if person is not None), None) or self._of_hub(request)

    def of_secret(self, secret: str) -> Person | None:
        """Return the person whose session has this secret, or None where no session of this app has it."""
        return self._accounts.find_by_session(secret)

    def of_token(self, header: str) -> Person | None:
        """Return the person whose API token an ``Authorization`` header carries, or None."""
        return self._accounts.find_by_token(header.removeprefix("Bearer "))

    def _of_hub(self, request: HTTPConnection) -> Person | None:
        # The middleware that Gradio adds for its login button has checked the signature, but not the expiry.
        session: Mapping[str, object] = request.scope.get("session") or {}
        account = read_hub_account(session, time.time()) if self._hub_admins is not None else None
        if account is None or self._hub_admins is None:
            return None
        subject, username = account
        role = Role.ADMIN if username in self._hub_admins else Role.ANNOTATOR
        person = self._accounts.ensure_huggingface_person(subject, username, role)
        return person if person.active and person.origin is Origin.HUGGINGFACE else None


def read_hub_account(session: Mapping[str, object], now: float) -> tuple[str, str] | None:
    """Return the permanent id and the name of the signed-in Hugging Face account; None without one, or once it has expired.

    Args:
        session: the content of the signed session cookie.
        now: seconds since 1970.
    """
    info = session.get("oauth_info")
    if not isinstance(info, Mapping):
        return None
    user, expires = info.get("userinfo"), info.get("expires_at")
    if not isinstance(user, Mapping) or not isinstance(expires, int | float) or expires <= now:
        return None
    subject, username = user.get("sub"), user.get("preferred_username")
    return (subject, username) if isinstance(subject, str) and isinstance(username, str) else None


def open_accounts(accounts: AccountRepository, admins: str, *, is_hub: bool, required: bool, private: bool) -> Accounts:
    """Return the people who may sign in, by the settings of the app.

    Args:
        accounts: holds the people.
        admins: names of Hugging Face accounts, separated by commas.
        is_hub: whether people sign in with Hugging Face.
        required: whether nobody labels without an account, from the first start on.
        private: whether nobody sees anything without one either.
    """
    names = frozenset(name.strip() for name in admins.split(",") if name.strip())
    return Accounts(accounts, required=required, private=private, hub_admins=names if is_hub else None)
