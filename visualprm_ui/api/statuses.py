"""Which statuses each route can answer with, for the description of the API and its page. Knows the form of routes alone."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI

STATUS_MEANINGS = {
    200: "done; what was asked for is in the answer",
    400: "the request makes no sense as it is: the sentence says what to change",
    401: "sign in first, or send a valid token",
    403: "the role does not allow it, the header X-VP: 1 is missing, or the request came from another site",
    404: "nothing has that id, or it is not for you",
    409: "something changed meanwhile, or is in the way: the sentence says what",
    410: "the invitation was used, withdrawn, or is too old",
    413: "the body or the picture is too large",
    415: "the picture is of a kind that is not taken",
    422: "a field is unknown, missing, or of another type",
    429: "too many requests: wait as many seconds as Retry-After says",
    500: "an unexpected error; the log names it by the id in the sentence",
    503: "not possible now: nothing was saved, and the request can be sent again",
    507: "the disk is full: nothing was saved",
}


def describe_statuses(api: FastAPI) -> None:
    """Have the description name the statuses of every route in place of ``4XX`` and ``5XX``. Call it after every ``add_``."""
    describe = api.openapi

    def openapi() -> dict[str, Any]:
        if api.openapi_schema is None:
            for path, methods in describe()["paths"].items():
                for method, route in methods.items():
                    _name_statuses(method.upper(), path, route)
        return describe()  # the very one, which FastAPI keeps

    api.openapi = openapi  # type: ignore[method-assign]  # as FastAPI's documentation has it


def _name_statuses(method: str, path: str, route: dict[str, Any]) -> None:
    responses = route["responses"]
    refusal = responses.pop("4XX")
    del responses["5XX"]
    for status in statuses_of(method, path, route):
        if str(status) not in responses:
            responses[str(status)] = {**refusal, "description": STATUS_MEANINGS[status]}


def statuses_of(method: str, path: str, route: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the statuses that a route can answer with by its form; which of 400 and 409 come is in the sentence of each."""
    found = {200, 400, 500, 503}
    if route["x-access"] != "anyone":
        found |= {401, 403}
    if (method, path) == ("POST", "/session"):
        found.add(401)
    if method != "GET":
        found |= {403, 409, 413, 507}
    if "{" in path or "parameters" in route or "requestBody" in route:
        found.add(404)  # an id may stand in each of them
    if "parameters" in route or "requestBody" in route:
        found.add(422)
    if path.startswith("/invitation"):
        found.add(410)
    if path == "/images":
        found.add(415)
    if path in ("/images", "/session", "/account/password", "/examination") or path.startswith("/runs"):
        found.add(429)
    return tuple(sorted(found))
