"""Authentication: one function names the principal of a request, for pages, REST and Gradio events.

Where there are accounts, the principal is the person signed in (API token first, then session). Everybody else is a guest with a
signed cookie, so that two people on one server keep their own drafts and nobody can write under another guest's name.
Knows roles; knows no route, no table and no widget.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from itsdangerous import BadSignature, URLSafeSerializer
from starlette.requests import HTTPConnection

from engine.domain import Person, Role
from storage import NOBODYS, Viewer
from visualprm_ui.access.accounts import SESSION_COOKIE, SESSION_SECONDS, TOKEN_PREFIX, Accounts
from visualprm_ui.access.cookies import app_cookie
from visualprm_ui.access.visitor_address import visitor_address

GUEST_COOKIE = "visualprm_guest"  # followed by the app's own suffix, see visualprm_ui/access/cookies.py
GUEST_SECONDS = 400 * 24 * 3600  # the longest that browsers keep a cookie
MOST_RECENT = 10_000  # credentials that are known without asking the database
ANONYMOUS = NOBODYS  # the pictures of all of them are one uploader's


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who sends a request."""

    name: str  # stored with labels
    display_name: str  # shown on pages
    role: Role | None  # None: must sign in to do more than explore
    person: Person | None = None  # None: a guest
    by_token: bool = False  # a script with an API token, not a browser
    address: str = ""  # of the client, that limits are counted under
    may_explore: bool = True  # False: must sign in to do anything

    @property
    def is_stranger(self) -> bool:
        """Whether this principal must sign in to do more than explore, and is held to limits until then."""
        return self.role is None

    @property
    def owner(self) -> str:
        """What their runs are counted under: strangers by their address, as a dropped cookie makes a new guest."""
        return f"address {self.address}" if self.is_stranger else self.name

    @property
    def is_anonymous(self) -> bool:
        """Whether this is a guest without a cookie, who cannot be told from others without one."""
        return self.person is None and self.name == ANONYMOUS

    @property
    def viewer(self) -> Viewer:
        """Whose runs and pictures these are to see."""
        return Viewer(
            name=None if self.is_anonymous else self.name,
            may_label=self.may(Role.ANNOTATOR),
            sees_all=self.may(Role.REVIEWER),
        )

    def may(self, role: Role) -> bool:
        """Return whether this principal may do what ``role`` allows."""
        return self.role is not None and self.role.includes(role)


class RecentCredentials:
    """The credentials of people who were authenticated lately. Safe to use from many threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._known: OrderedDict[int, None] = OrderedDict()

    def add(self, request: HTTPConnection) -> None:
        """Remember what a person's request carries."""
        key = self._key(request)
        with self._guard:
            self._known[key] = None
            self._known.move_to_end(key)
            if len(self._known) > MOST_RECENT:
                self._known.popitem(last=False)

    def __contains__(self, request: HTTPConnection) -> bool:
        """Return whether a request carries what a person's has carried lately."""
        return self._key(request) in self._known

    @staticmethod
    def _key(request: HTTPConnection) -> int:
        return hash((request.headers.get("cookie"), request.headers.get("authorization")))


class Identity:
    """Authenticates requests and signs the cookie that remembers a guest. Without ``accounts`` everybody is a guest."""

    def __init__(self, secret: str, accounts: Accounts | None = None) -> None:
        self._signer = URLSafeSerializer(secret, salt="visualprm-guest")
        self._accounts = accounts
        self.guest_cookie = app_cookie(GUEST_COOKIE, secret, GUEST_SECONDS)
        self.session_cookie = app_cookie(SESSION_COOKIE, secret, SESSION_SECONDS)
        self._recent = RecentCredentials()

    @property
    def needs_sign_in(self) -> bool:
        """Whether guests may not do more than explore."""
        return self._accounts is not None and self._accounts.required()

    @property
    def is_private(self) -> bool:
        """Whether guests may not explore either."""
        return self._accounts is not None and self._accounts.is_private

    @property
    def is_hub(self) -> bool:
        """Whether people sign in with Hugging Face."""
        return self._accounts is not None and self._accounts.is_hub

    def authenticate(self, request: HTTPConnection) -> Principal:
        """Return the principal of a request: the owner of its API token, else the person signed in, else a guest.

        Where nobody has to sign in, everybody is an admin: the app runs for the person at the keyboard.
        """
        header = request.headers.get("authorization", "")
        address = visitor_address(request)
        by_token = self._accounts is not None and header.startswith(TOKEN_PREFIX)
        person = self._find(request, header if by_token else None)
        open_role = None if (by_token and person is None) or self.needs_sign_in else Role.ADMIN
        if person is not None:
            self._recent.add(request)
            role = open_role or person.role
            shown = person.display_name
            return Principal(
                name=person.name, display_name=shown, role=role, person=person, by_token=by_token, address=address
            )
        guests = () if by_token else map(self.read, self.guest_cookie.values(request))
        name = next((guest for guest in guests if guest is not None), ANONYMOUS)
        return Principal(
            name=name,
            display_name=name,
            role=open_role,
            by_token=by_token,
            address=address,
            may_explore=open_role is not None or not self.is_private,
        )

    def is_probably_stranger(self, request: HTTPConnection) -> bool:
        """Whether whoever sends a request has to sign in first, as far as can be told without asking the database for them.

        For the order in which requests are served, never for what they may do: it holds for the first request after a sign-in
        too, and not any more for a session that has ended.
        """
        return self.needs_sign_in and request not in self._recent

    def explorer_name(self, request: HTTPConnection) -> str | None:
        """Return the name of a request's principal, such as ``mei`` or ``guest-3f2a91c0``; ``anonymous`` without a cookie.

        None for whoever may not explore: Gradio refuses them.
        """
        principal = self.authenticate(request)
        return principal.name if principal.may_explore else None

    def read(self, cookie: str | None) -> str | None:
        """Return the guest name in a signed cookie, or None for a missing or forged cookie."""
        if not cookie:
            return None
        try:
            name = self._signer.loads(cookie)
        except BadSignature:
            return None
        return name if isinstance(name, str) else None

    def new_cookie(self) -> str:
        """Return the cookie value of a new guest."""
        return str(self._signer.dumps(f"guest-{secrets.token_hex(4)}"))

    def page_cookies(self, request: HTTPConnection) -> list[str]:
        """Return the ``Set-Cookie`` headers of a page: a new browser becomes a guest, and cookies with an old name are renamed."""
        guest, session = self.guest_cookie, self.session_cookie
        headers: list[str] = []
        if self.read(request.cookies.get(guest.name)) is None:
            old = request.cookies.get(guest.old_name, "")
            is_ours = self.read(old) is not None
            headers += guest.rename(request, old) if is_ours else (guest.header(request, self.new_cookie()),)
        secret = request.cookies.get(session.old_name)
        # A session under the present name is newer: the person has signed in again since.
        if secret and session.name not in request.cookies and self._accounts and self._accounts.of_secret(secret):
            headers += session.rename(request, secret)
        return headers

    def _find(self, request: HTTPConnection, token_header: str | None) -> Person | None:
        if self._accounts is None:
            return None
        if token_header is not None:
            return self._accounts.of_token(token_header)
        return self._accounts.of_session(request, self.session_cookie.values(request))


def open_identity(data_dir: Path, accounts: Accounts | None = None) -> Identity:
    """Return the identity of a data folder. Its secret is created at the first start, readable by the owner only."""
    path = data_dir / "secret"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_hex(32))
        fresh.replace(path)  # atomic: a killed start leaves no empty secret behind
    return Identity(path.read_text().strip(), accounts)
