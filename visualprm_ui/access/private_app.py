"""What somebody who is not signed in may ask a private app for: static files, signing in, invitations. Knows paths; knows no page.

The list is of what is open, so that a new route is shut by itself.
"""

from __future__ import annotations

from visualprm_ui.access.gradio_routes import HUB_ROUTES

SIGN_IN = "Sign in first."
_OPEN = frozenset(
    {
        "/favicon.ico",
        "/robots.txt",
        "/account/sign-in",
        "/account/join",
        "/api/health",
        "/api/session",
        "/api/invitation",
        "/api/invitation/accept",
        "/gradio_api/startup-events",  # launch() asks it of itself
        *HUB_ROUTES,
    }
)
_FOLDERS = ("/vp/", "/static/", "/assets/")  # static files


def is_open_to_strangers(path: str) -> bool:
    """Return whether this path, below the app's prefix, needs no account."""
    return path in _OPEN or path.startswith(_FOLDERS)
