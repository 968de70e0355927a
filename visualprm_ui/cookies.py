"""How the app writes its cookies: out of reach of scripts, and of other sites wherever that is possible."""

from __future__ import annotations

from starlette.requests import HTTPConnection


def cookie_header(request: HTTPConnection, name: str, value: str, seconds: int) -> str:
    """Return the ``Set-Cookie`` header for a cookie of ours; 0 seconds takes it away."""
    # Inside the Spaces frame a Lax cookie is never sent back; there visualprm_ui/headers.py alone tells pages of other sites apart.
    https = request.headers.get("x-forwarded-proto", request.url.scheme) == "https"
    policy = "SameSite=None; Secure; Partitioned" if https else "SameSite=Lax"
    return f"{name}={value}; Max-Age={seconds}; Path=/; HttpOnly; {policy}"
