"""What holds for every route: strict bodies, writes that carry our header, and errors as one sentence with a status.

``STATUSES`` gives each known error its HTTP status. What becomes of errors on pages is in ``visualprm_ui/pages/errors.py``.
"""

import logging
import re
import secrets
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import FastAPI, Path
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from engine import InvalidRequest
from storage import (
    BadAccount,
    BadDecision,
    BadFile,
    BadGuideline,
    BadImage,
    BadProject,
    BadReview,
    BadSetting,
    DeletionRefused,
    DiskError,
    GuidelineChanged,
    ImageTooLarge,
    InvitationSpent,
    LabellingRepository,
    LastAdmin,
    NameTaken,
    NotFound,
    NothingToLabel,
    NotSubmitted,
    SignInFailed,
    StoreError,
    TooManyTries,
    UnsupportedImage,
)
from visualprm_ui.access.body_limit import BodyRefusal, check_body
from visualprm_ui.access.site import path_below_prefix
from visualprm_ui.access.visitor_limits import LimitReached
from visualprm_ui.api.shapes.values import Refusal
from visualprm_ui.use_cases.run_control import NotOwner

log = logging.getLogger(__name__)

PathNumber = Annotated[int, Path(le=2**31 - 1)]  # a number in an address; the database holds no larger one

WRITE_HEADER = "X-VP"
MAX_BODY = 8 * 2**20  # bytes of a JSON body, which is read whole and takes up to thirty times as much memory
MAX_BODY_OF_STRANGERS = 2**16  # of whoever must sign in to do more than explore
_UPLOAD = re.compile(r"/images|/imports|/projects/[^/]+/import")  # streamed, with limits of their own

STATUSES: tuple[tuple[type[Exception], int], ...] = (
    (NotFound, 404),
    (NotSubmitted, 403),
    (ImageTooLarge, 413),
    (UnsupportedImage, 415),
    (BadImage, 400),
    (BadFile, 400),
    (BadSetting, 400),
    (BadDecision, 400),
    (BadProject, 400),
    (BadGuideline, 400),
    (GuidelineChanged, 409),
    (BadReview, 409),
    (DeletionRefused, 409),
    (BadAccount, 400),
    (NameTaken, 409),
    (LastAdmin, 409),
    (NothingToLabel, 409),
    (InvitationSpent, 410),
    (SignInFailed, 401),
    (DiskError, 507),
    (NotOwner, 403),
    (InvalidRequest, 400),
    (StoreError, 503),
)


# What the description of the API says of every route: FastAPI would name its own form of errors, which no route sends.
REFUSALS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Refusal, "description": "Refused, for the reason that the sentence says"},
    "5XX": {"model": Refusal, "description": "Not possible now, for the reason that the sentence says"},
}


def raw_body(*media_types: str) -> dict[str, Any]:
    """Return how the description tells that a route takes the bytes of a file, for its ``openapi_extra``."""
    content = {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in media_types}
    return {"requestBody": {"content": content, "required": True}}


def raw_answer(*media_types: str) -> dict[int | str, dict[str, Any]]:
    """Return how the description tells that a route sends a file, for its ``responses``."""
    content = {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in media_types}
    return {200: {"content": content, "description": "The file"}}


class Body(BaseModel):
    """The body of a request. An unknown field or another JSON type is an error: dropped or converted in silence, it could
    corrupt labels or a project. A field that holds an enum is an ``EnumField``.
    """

    model_config = ConfigDict(extra="forbid", strict=True)


def queue_parameter(labelling: LabellingRepository) -> Callable[..., str | None]:
    """Return a dependency that reads the query parameter ``queue``, which may be left out."""

    def known_queue(queue: str | None = None) -> str | None:
        """Return the queue's id. Raises NotFound: a misspelt id would look like a queue that nobody has labelled."""
        return None if queue is None else labelling.get_queue(queue, "").queue.id

    return known_queue


def error_response(status: int, sentence: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return an error in the form that every route uses."""
    return JSONResponse({"error": sentence}, status_code=status, headers=headers)


class RequestChecks:
    """ASGI middleware that refuses writes without the header, which no HTML form can send, and bodies that would fill the memory.

    Scripts in pages of other sites could send the header; visualprm_ui/access/response_headers.py has refused them before.
    """

    def __init__(self, app: ASGIApp, is_stranger: Callable[[HTTPConnection], bool] = lambda _: False) -> None:
        """``is_stranger``: whether a request is of somebody who has to sign in to do more than explore."""
        self._app = app
        self._is_stranger = is_stranger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        app = self._app
        if scope["type"] == "http" and (refusal := self._refusal(HTTPConnection(scope))) is not None:
            app = error_response(refusal.status, refusal.sentence)
        await app(scope, receive, send)

    def _refusal(self, request: HTTPConnection) -> BodyRefusal | None:
        method = request.scope["method"]
        if method not in ("GET", "HEAD", "OPTIONS") and request.headers.get(WRITE_HEADER) != "1":
            return BodyRefusal(status=403, sentence=f"Writes need the header {WRITE_HEADER}: 1.")
        if method == "POST" and _UPLOAD.fullmatch(path_below_prefix(request.scope)):
            return None
        refusal = check_body(request.headers, MAX_BODY_OF_STRANGERS)
        if refusal is None or self._is_stranger(request):  # asked where it matters only: it reads the database
            return refusal
        return check_body(request.headers, MAX_BODY)


def add_errors(api: FastAPI) -> None:
    """Turn known errors into their status and sentence, unknown ones into a short id that the log explains."""
    for kind, status in STATUSES:
        api.add_exception_handler(kind, lambda _, error, status=status: error_response(status, str(error)))

    @api.exception_handler(TooManyTries)
    async def too_many(_: Request, error: TooManyTries) -> Response:
        return error_response(429, str(error), {"Retry-After": str(error.seconds)})

    @api.exception_handler(LimitReached)
    async def over_the_limit(_: Request, error: LimitReached) -> Response:
        return error_response(429, str(error), {"Retry-After": str(error.seconds)})

    @api.exception_handler(ClientDisconnect)
    async def left(request: Request, _: ClientDisconnect) -> Response:
        log.info("left path=%s", request.url.path)
        return error_response(400, "The connection was lost before the whole body arrived.")  # nobody reads it

    @api.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> Response:
        return error_response(error.status_code, str(error.detail), dict(error.headers or {}))

    @api.exception_handler(Exception)
    async def unknown(_: Request, error: Exception) -> Response:
        reference = secrets.token_hex(3)
        log.error("error=%s", reference, exc_info=error)
        return error_response(500, f"Something went wrong; the log names it as {reference}.")

    @api.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:])
        what = "There is no such field" if first["type"] == "extra_forbidden" else first["msg"]
        return error_response(422, f"{where}: {what}.")
