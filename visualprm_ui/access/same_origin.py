"""Which requests a page of another site sent, and which came under a name that is not ours: these are refused.

Gradio lets every origin read answers and send headers (its CORS middleware lies around ours and cannot be taken out), so the
header that writes need proves nothing about where they come from.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

OWN = frozenset({"same-origin", "none"})  # none: typed, or a bookmark


def is_foreign(request: HTTPConnection) -> bool:
    """Say whether a page of another origin sent this, other than by leading its reader here.

    Browsers tell in Sec-Fetch-Site where the address is https or this machine's own; elsewhere Origin, which is with everything
    that a page could read or that writes, has to name the host that was asked. Scripts can set neither, nor Host; they can set
    X-Forwarded-Host. What is no browser sends none of them.
    """
    if request.scope["method"] in ("GET", "HEAD") and request.headers.get("sec-fetch-mode") == "navigate":
        return False
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in OWN
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")


def is_browser(request: HTTPConnection) -> bool:
    """Say whether a browser's page sent this; browsers tell on https and on this machine only."""
    return "sec-fetch-site" in request.headers


def is_known(request: HTTPConnection, names: frozenset[str]) -> bool:
    """Say whether this asks for one of the names: a page can have its own name lead to this machine and is then no other origin."""
    return (urlsplit(f"//{request.headers.get('host', '')}").hostname or "") in names
