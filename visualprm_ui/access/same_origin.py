"""Same-origin checks: requests from pages of other sites, and requests to a host name that is not ours, are refused.

Gradio lets every origin read responses and send headers (its CORS middleware wraps ours and cannot be removed), so the header that
writes need proves nothing about their origin.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

OWN_SITES = frozenset({"same-origin", "none"})  # none: typed into the address bar, or a bookmark


def is_foreign(request: HTTPConnection) -> bool:
    """Return whether a page of another origin sent this request, other than by a link that people follow.

    Browsers send Sec-Fetch-Site over https and to this machine. Elsewhere Origin, which comes with every write and with every
    response that a page could read, must name the host of the request. A script in a page can set neither of them, nor Host; it can
    set X-Forwarded-Host, which is therefore ignored. Clients that are no browser send none of them.
    """
    if request.scope["method"] in ("GET", "HEAD") and request.headers.get("sec-fetch-mode") == "navigate":
        return False
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in OWN_SITES
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")


def proxy_mistake(request: HTTPConnection) -> str | None:
    """Return what a proxy in front of the app does wrong, as far as this request shows it: its page came from the same host name,
    but with another port or scheme than the proxy passes on.
    """
    origin, host = request.headers.get("origin", ""), request.headers.get("host", "")
    page, told = urlsplit(origin), urlsplit(f"//{host}")
    if not page.hostname or page.hostname != told.hostname:
        return None
    if page.netloc != host:
        return (
            f"A proxy passes on Host {host!r} for a page at {origin!r}, so the page stays white and its writes are refused. "
            "In nginx: proxy_set_header Host $http_host;"
        )
    scheme = request.headers.get("x-forwarded-proto", request.url.scheme).split(",")[0].strip()
    if page.scheme == "https" and scheme != "https":
        return (
            f"A proxy does not tell that the page at {origin!r} came by https, so the page stays white. "
            "In nginx: proxy_set_header X-Forwarded-Proto $scheme;"
        )
    return None


def is_browser(request: HTTPConnection) -> bool:
    """Return whether a page in a browser sent this; browsers tell only over https and on this machine."""
    return "sec-fetch-site" in request.headers


def is_known_host(request: HTTPConnection, names: frozenset[str]) -> bool:
    """Return whether the request names one of these hosts.

    A hostile page can let its own host name resolve to this machine (DNS rebinding); its requests then look same-origin.
    """
    return (urlsplit(f"//{request.headers.get('host', '')}").hostname or "") in names
