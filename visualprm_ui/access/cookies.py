"""The cookies of the app: their names, their values in a request, and how they are written: out of reach of scripts, and of other
sites wherever that is possible.

A browser sends a host's cookies to every app on that host, whatever the port. Their names therefore end in a suffix derived from
this app's secret.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from starlette.requests import HTTPConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """One cookie of this app."""

    name: str  # ends in the app's own suffix
    old_name: str  # the name without a suffix, which older versions used; read until the next page renames it
    seconds: int  # how long browsers keep it

    def values(self, request: HTTPConnection) -> tuple[str, ...]:
        """Return its values in a request, the one under the present name first; under the old name it may be another app's."""
        found = (request.cookies.get(name) for name in (self.name, self.old_name))
        return tuple(value for value in found if value)

    def header(self, request: HTTPConnection, value: str) -> str:
        """Return the ``Set-Cookie`` header that sets this value; an empty value deletes the cookie."""
        return _header(request, self.name, value, self.seconds if value else 0)

    def rename(self, request: HTTPConnection, value: str) -> tuple[str, str]:
        """Return the ``Set-Cookie`` headers that move a value of ours from the old name to the present one."""
        return self.header(request, value), _header(request, self.old_name, "", 0)


def app_cookie(old_name: str, secret: str, seconds: int) -> Cookie:
    """Return a cookie whose name no app with another secret uses."""
    suffix = hmac.new(secret.encode(), b"names of cookies", "sha256").hexdigest()[:8]
    return Cookie(name=f"{old_name}_{suffix}", old_name=old_name, seconds=seconds)


def _header(request: HTTPConnection, name: str, value: str, seconds: int) -> str:
    # Inside the frame of a Space a browser never sends a Lax cookie back; there only the check of
    # visualprm_ui/access/same_origin.py keeps other sites out.
    policy = "SameSite=None; Secure; Partitioned" if _is_https(request) else "SameSite=Lax"
    return f"{name}={value}; Max-Age={seconds}; Path=/; HttpOnly; {policy}"


def _is_https(request: HTTPConnection) -> bool:
    """Return whether the browser itself uses https. Each proxy in a row appends its own scheme, as in ``https, http``."""
    forwarded = request.headers.get("x-forwarded-proto", request.url.scheme)
    return forwarded.split(",")[0].strip() == "https"
