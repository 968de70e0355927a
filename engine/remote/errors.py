"""What can go wrong with a model server, for the engine to tell apart; people read the messages.

ServerError
├── Unreachable         no server answers at the moment
│   ├── Busy            it has not begun the request, and may say when to ask again
│   └── NotConnected    no connection was made
├── Dropped             the connection broke before the answer was whole
├── NoJson              the answer is not JSON
└── Refused             it understood the request and refused it
"""

from __future__ import annotations

from engine.errors import ServerError

RATE_LIMIT = 429


class Unreachable(ServerError):
    """No server answers at the moment."""


class Busy(Unreachable):
    """The server has not begun the request, and may say when to ask again."""

    def __init__(self, message: str, status: int, stated: float) -> None:
        super().__init__(message)
        self.status = status
        self.stated = stated  # seconds; 0: it does not say

    @property
    def reason(self) -> str:
        """Why one waits, for people."""
        return "the server's rate limit" if self.status == RATE_LIMIT else "the server is overloaded or still starting"


class NotConnected(Unreachable):
    """No connection was made, so that the server has not begun the request."""


class Dropped(ServerError):
    """The connection broke before the answer was whole."""


class NoJson(ServerError):
    """The answer is not JSON: probably not a model server, or not a path it has."""


class Refused(ServerError):
    """The server understood the request and refused it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status

    @property
    def is_about_the_request(self) -> bool:
        """Whether a request written in another way might be accepted."""
        return self.status in (400, 405, 422, 501)
