"""Who is asking: one function for pages, REST and events.

Without accounts every browser is a guest with a signed cookie, so that two people at one server keep their own drafts and
nobody can write under another guest's name. Knows cookies; knows no roles, no tables and no widgets.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from itsdangerous import BadSignature, URLSafeSerializer
from starlette.requests import HTTPConnection

COOKIE = "visualprm_guest"
COOKIE_SECONDS = 400 * 24 * 3600  # the longest browsers keep a cookie


class Identity:
    """Names the person behind a request and signs the cookie that remembers it."""

    def __init__(self, secret: str) -> None:
        self._signer = URLSafeSerializer(secret, salt="visualprm-guest")

    def who(self, request: HTTPConnection) -> str:
        """Return the guest's name, such as ``guest-3f2a91c0``, or ``anonymous`` for a request without a valid cookie."""
        return self.read(request.cookies.get(COOKIE)) or "anonymous"

    def read(self, cookie: str | None) -> str | None:
        """Return the name a cookie was signed for, ``None`` for a missing or forged one."""
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


def open_identity(data_dir: Path) -> Identity:
    """Return the identity of a data folder; its secret is made at the first start and kept readable by the owner only."""
    path = data_dir / "secret"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_hex(32))
        fresh.replace(path)  # whole or not at all: a killed start leaves no empty secret behind
    return Identity(path.read_text().strip())
