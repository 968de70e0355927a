"""Random secrets handed to a person once, of which only the SHA-256 is stored: invitations, sessions, API tokens.

A plain hash is enough: 256 random bits cannot be tried out, and unlike a password's they are looked up by it.
"""

from __future__ import annotations

import hashlib
import secrets

INVITATION = "vpi_"
SESSION = "vps_"
API_TOKEN = "vp_"


def new_token(prefix: str) -> str:
    """Return a new secret: the prefix says what it is, to people and to programs that search for leaked ones."""
    return prefix + secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    """Return what is stored of a secret: its SHA-256, lower-case hexadecimal."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
