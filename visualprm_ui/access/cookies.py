"""The cookies of the app: what they are called, what a request carries of them, and how they are written: out of reach of scripts,
and of other sites wherever that is possible.

A host's cookies go to every app on it, whatever the port. Therefore their names hold a mark of this app's secret.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from starlette.requests import HTTPConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """One cookie of this app."""

    name: str  # with the app's own mark
    old_name: str  # what every app called it until it had a mark; read until the next page renames it
    seconds: int  # how long browsers shall keep it

    def values(self, request: HTTPConnection) -> tuple[str, ...]:
        """Return what a request carries of it, under its name first; under the old name it may be another app's."""
        found = (request.cookies.get(name) for name in (self.name, self.old_name))
        return tuple(value for value in found if value)

    def header(self, request: HTTPConnection, value: str) -> str:
        """Return the ``Set-Cookie`` header that gives the browser this value; an empty one takes the cookie away."""
        return _header(request, self.name, value, self.seconds if value else 0)

    def rename(self, request: HTTPConnection, value: str) -> tuple[str, str]:
        """Return the ``Set-Cookie`` headers that put a value of ours from under the old name under the present one."""
        return self.header(request, value), _header(request, self.old_name, "", 0)


def marked_cookie(old_name: str, secret: str, seconds: int) -> Cookie:
    """Return a cookie whose name no app with another secret has."""
    mark = hmac.new(secret.encode(), b"names of cookies", "sha256").hexdigest()[:8]
    return Cookie(name=f"{old_name}_{mark}", old_name=old_name, seconds=seconds)


def _header(request: HTTPConnection, name: str, value: str, seconds: int) -> str:
    # Inside the Spaces frame a Lax cookie is never sent back; there visualprm_ui/access/response_headers.py alone tells pages
    # of other sites apart.
    policy = "SameSite=None; Secure; Partitioned" if _is_https(request) else "SameSite=Lax"
    return f"{name}={value}; Max-Age={seconds}; Path=/; HttpOnly; {policy}"


def _is_https(request: HTTPConnection) -> bool:
    """Say whether the browser's own address is https; each proxy in a row adds what it was asked by, as in ``https, http``."""
    forwarded = request.headers.get("x-forwarded-proto", request.url.scheme)
    return forwarded.split(",")[0].strip() == "https"
