"""Who is asking: one function for pages, REST and events.

Where there are accounts, the person signed in (API token, then session). Else, and for whoever is not signed in, every browser
is a guest with a signed cookie, so that two people at one server keep their own drafts and nobody can write under another
guest's name. Knows roles; knows no route, no table and no widget.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from itsdangerous import BadSignature, URLSafeSerializer
from starlette.requests import HTTPConnection

from engine.domain import Person, Role
from visualprm_ui.access.accounts import SESSION_COOKIE, SESSION_SECONDS, TOKEN, Accounts
from visualprm_ui.access.cookies import marked_cookie

COOKIE = "visualprm_guest"  # the mark of the app follows: visualprm_ui/access/cookies.py
COOKIE_SECONDS = 400 * 24 * 3600  # the longest browsers keep a cookie
ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """The one behind a request."""

    name: str  # what stands on labels
    display_name: str  # what pages show
    role: Role | None  # None: has to sign in to do more than explore
    person: Person | None = None  # None: a guest
    by_token: bool = False  # a script, not a browser

    @property
    def is_nobody(self) -> bool:
        """Whether nothing tells this one from others who keep no cookie either."""
        return self.person is None and self.name == ANONYMOUS

    def may(self, role: Role) -> bool:
        """Say whether this one may do what ``role`` may."""
        return self.role is not None and self.role.includes(role)


class Identity:
    """Names the one behind a request and signs the cookie that remembers a guest. Without ``accounts`` all are guests."""

    def __init__(self, secret: str, accounts: Accounts | None = None) -> None:
        self._signer = URLSafeSerializer(secret, salt="visualprm-guest")
        self._accounts = accounts
        self.guest_cookie = marked_cookie(COOKIE, secret, COOKIE_SECONDS)
        self.session_cookie = marked_cookie(SESSION_COOKIE, secret, SESSION_SECONDS)

    @property
    def needs_sign_in(self) -> bool:
        """Whether guests may only explore."""
        return self._accounts is not None and self._accounts.required()

    @property
    def is_hub(self) -> bool:
        """Whether people sign in with Hugging Face."""
        return self._accounts is not None and self._accounts.is_hub

    def ask(self, request: HTTPConnection) -> Asker:
        """Return who is asking: the owner of the API token, else who is signed in, else a guest.

        Where nobody has to sign in, everyone has every right: it is the machine of the one at the keyboard.
        """
        header = request.headers.get("authorization", "")
        by_token = self._accounts is not None and header.startswith(TOKEN)
        person = self._find(request, header if by_token else None)
        open_role = None if (by_token and person is None) or self.needs_sign_in else Role.ADMIN
        if person is not None:
            role = open_role or person.role
            shown = person.display_name
            return Asker(name=person.name, display_name=shown, role=role, person=person, by_token=by_token)
        guests = () if by_token else map(self.read, self.guest_cookie.values(request))
        name = next((guest for guest in guests if guest is not None), ANONYMOUS)
        return Asker(name=name, display_name=name, role=open_role, by_token=by_token)

    def who(self, request: HTTPConnection) -> str:
        """Return the asker's name, such as ``mei`` or ``guest-3f2a91c0``; ``anonymous`` without a valid cookie."""
        return self.ask(request).name

    def read(self, cookie: str | None) -> str | None:
        """Return the guest's name a cookie was signed for, ``None`` for a missing or forged one."""
        if not cookie:
            return None
        try:
            name = self._signer.loads(cookie)
        except BadSignature:
            return None
        return name if isinstance(name, str) else None

    def new_cookie(self) -> str:
        """Return the value of a cookie for a guest never seen before."""
        return str(self._signer.dumps(f"guest-{secrets.token_hex(4)}"))

    def page_cookies(self, request: HTTPConnection) -> list[str]:
        """Return the ``Set-Cookie`` headers of a page: a new browser becomes a guest, cookies with an old name get theirs."""
        guest, session = self.guest_cookie, self.session_cookie
        headers: list[str] = []
        if self.read(request.cookies.get(guest.name)) is None:
            old = request.cookies.get(guest.old_name, "")
            is_ours = self.read(old) is not None
            headers += guest.rename(request, old) if is_ours else (guest.header(request, self.new_cookie()),)
        secret = request.cookies.get(session.old_name)
        # A session under the present name is newer: whoever signed in again since has it.
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
    """Return the identity of a data folder; its secret is made at the first start and kept readable by the owner only."""
    path = data_dir / "secret"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_hex(32))
        fresh.replace(path)  # whole or not at all: a killed start leaves no empty secret behind
    return Identity(path.read_text().strip(), accounts)
