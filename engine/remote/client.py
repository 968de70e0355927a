"""HTTP to one OpenAI-compatible server: JSON requests, event streams, and what can go wrong, as one sentence.

Tries again where the server cannot have begun: no connection, or an answer of 429 or 503 (``retries.py`` says when); and where a
connection breaks before a whole answer came, which is read and never shown in part. A stream that breaks is an error. Follows no
redirect, uses no proxy and no ``.netrc``, asks no address that the rule for hosts forbids: nothing but the configured server is
ever asked, and the key goes nowhere else. Tells a run's meter what the server counted. Knows no prompts.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, nullcontext
from dataclasses import dataclass
from time import monotonic

import httpx

from engine.errors import InvalidRequest, ServerError
from engine.metering.meter import CountedRequest, Meter
from engine.remote.address import Address
from engine.remote.errors import RATE_LIMIT, Busy, Dropped, NoJson, NotConnected, Refused, Unreachable
from engine.remote.host_rule import GuardedTransport, HostRule
from engine.remote.json_access import at, int_at, sentence_of
from engine.remote.retries import Retries, stated_wait

log = logging.getLogger(__name__)

BUSY = (429, 503)  # overloaded, or still starting: the request was not begun
AWAY = (*BUSY, 502, 504)  # the last two are a proxy's, whose server does not answer
CONNECTIONS = 32  # at once, to one server
MOST_BYTES = 16 << 20  # of a whole answer, or of one event of a stream: more is no answer to anything asked here
SHOWN_LOCATION = 200  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a server may take, in seconds."""

    connect: float = 3.0
    silence: float = (
        300.0  # longest time for a whole answer, or between two events of a stream: a full queue takes long
    )
    question: float = 30.0  # for one small question
    patience: float = 3.0  # how long the engine's worker waits for what is asked about a server
    greeting: float = 60.0  # the same while the models are being loaded: nobody else is served yet
    memory: float = 5.0  # how long it is not asked again when that failed
    retries: tuple[float, ...] = (0.5, 1.0, 2.0)  # waits before trying again
    stated_waits: float = 300.0  # most that one request waits in all because the server says for how long (Retry-After)


class Client:
    """One server. Every method runs on the background loop."""

    def __init__(self, address: Address, api_key: str | None, limits: Limits, rule: HostRule | None = None) -> None:
        self._address = address
        self._rule = rule or HostRule()
        self._api_key = api_key
        self._limits = limits
        self._http: httpx.AsyncClient | None = None  # made on first use: it takes a moment to read certificates

    async def close(self) -> None:
        """Close every connection."""
        if self._http is not None:
            await self._http.aclose()

    async def models(self) -> Sequence[Mapping[str, object]]:
        """Return what the server says of its models."""
        found = at(await self.ask(f"{self._address.base}/models"), "data")
        if not isinstance(found, list) or not all(isinstance(at(model, "id"), str) for model in found):
            raise ServerError(
                f"{self._name} lists no models at /models. Is its address right, and does it end with /v1?"
            )
        return found

    async def ask(self, url: str, body: Mapping[str, object] | None = None) -> object:
        """Ask a small question once, which is answered soon or not at all."""
        try:
            async with asyncio.timeout(self._limits.question):
                return await self._json(url, body)
        except TimeoutError as error:
            raise self._slow(self._limits.question) from error

    async def complete(
        self,
        body: Mapping[str, object],
        meter: Meter | None = None,
        *,
        url: str | None = None,
        sent: int | None = None,
    ) -> object:
        """Return the whole answer to a chat request, sent again where the connection breaks: asking changes nothing there.

        Args:
            body: the request.
            meter: is told what it takes and how long it waits; None: nobody asks.
            url: where another request is sent, whose answer takes as long.
            sent: tokens of the prompt where they are sent as such, for one token: its answer need not count them.
        """
        answer = await self.post(url or self.chat, body, meter)
        if meter is not None:
            request = meter.request()
            if sent is not None:
                request.tell(read=sent, written=1)
            _count(request, answer)
        return answer

    async def post(self, url: str, body: Mapping[str, object], meter: Meter | None = None) -> object:
        """Return the whole answer to any request, sent again likewise; ``meter`` is told how long it waits only."""
        retries, left = Retries(self._limits.retries, self._limits.stated_waits), self._limits.silence
        while True:
            begun = monotonic()
            try:
                async with asyncio.timeout(left):  # however slowly bytes drip in
                    return await self._json(url, body)
            except TimeoutError as error:
                raise self._slow(self._limits.silence) from error
            except (Dropped, Unreachable) as error:
                left -= monotonic() - begun
                await self._pause(retries, error, meter)

    @property
    def chat(self) -> str:
        """The URL of chat requests."""
        return f"{self._address.base}/chat/completions"

    async def stream(self, body: Mapping[str, object], meter: Meter | None = None) -> AsyncGenerator[object, None]:
        """Yield the events of a streamed chat request, up to its end."""
        retries = Retries(self._limits.retries, self._limits.stated_waits)
        while True:
            try:
                response = await self._open(self.chat, {**body, "stream": True})
                break
            except Unreachable as error:
                await self._pause(retries, error, meter)
        request = None if meter is None else meter.request()
        async with aclosing(response):
            with self._translated():
                lines = self._lines(response)
                while (data := await self._next_event(lines)) is not None:
                    event = self._parsed(data)
                    if (failure := at(event, "error")) is not None:
                        raise ServerError(f"{self._name} failed while writing: {self._safe(sentence_of(failure))}")
                    if request is not None:
                        _count(request, event)
                    yield event

    async def _pause(self, retries: Retries, error: ServerError, meter: Meter | None) -> None:
        """Wait before a request is sent again. Raises the error where it is not."""
        if not isinstance(error, Busy | NotConnected | Dropped):
            raise error
        wait = retries.next(error.stated if isinstance(error, Busy) else 0.0)
        if wait is None:
            raise error
        reason = f"status={error.status}" if isinstance(error, Busy) else f"reason={type(error).__name__}"
        log.info("remote retry server=%s %s seconds=%.1f", self._address.base, reason, wait)
        is_told = meter is not None and isinstance(error, Busy) and error.stated > 0
        with meter.waiting(wait, error.reason) if is_told else nullcontext():  # type: ignore[union-attr]
            await asyncio.sleep(wait)

    async def _next_event(self, lines: AsyncIterator[bytes]) -> bytes | None:
        """Return the data of the next event, None at the end."""
        try:
            async with asyncio.timeout(self._limits.silence):  # whatever keeps the connection open meanwhile
                async for line in lines:
                    if line.startswith(b"data:"):  # others are blank, or comments
                        data = line[5:].strip()
                        return None if data == b"[DONE]" else data
        except TimeoutError as error:
            raise self._slow(self._limits.silence) from error
        return None

    async def _lines(self, response: httpx.Response) -> AsyncIterator[bytes]:
        """Yield lines cut at new-line bytes only: httpx's own cut at U+2028 and others, which stand inside JSON."""
        parts: list[bytes] = []
        size = 0
        async for piece in response.aiter_bytes():
            first, *others = piece.split(b"\n")
            parts.append(first)
            for line in others:
                yield b"".join(parts)
                parts, size = [line], 0
            size += len(parts[-1])
            self._check_size(size)
        if rest := b"".join(parts):
            yield rest

    async def _read(self, response: httpx.Response) -> bytes:
        """Return the whole answer, up to a maximum size."""
        parts: list[bytes] = []
        size = 0
        async for piece in response.aiter_bytes():
            parts.append(piece)
            size += len(piece)
            self._check_size(size)
        return b"".join(parts)

    def _check_size(self, size: int) -> None:
        if size > MOST_BYTES:
            raise ServerError(f"{self._name} answers more than {MOST_BYTES >> 20} MiB at once. Is it a model server?")

    @property
    def _name(self) -> str:
        return f"The server at {self._address.base}"

    async def _json(self, url: str, body: Mapping[str, object] | None) -> object:
        async with aclosing(await self._open(url, body)) as response:
            with self._translated():
                return self._parsed(await self._read(response))

    async def _open(self, url: str, body: Mapping[str, object] | None) -> httpx.Response:
        """Send a request; return its answer once the headers say that all is well. Raises what went wrong."""
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        http = self._opened()
        with self._translated():
            request = http.build_request("GET" if content is None else "POST", url, content=content)
            response = await http.send(request, stream=True)
        try:
            await self._check(response, is_chat=url == self.chat)
        except BaseException:
            await response.aclose()
            raise
        return response

    async def _check(self, response: httpx.Response, *, is_chat: bool) -> None:
        """Raise what an answer that is no success stands for."""
        if response.is_redirect:
            elsewhere = response.headers.get("location", "")[:SHOWN_LOCATION]
            raise ServerError(
                f"{self._name} redirects to {elsewhere!r}, and redirects are not followed. "
                "Give the address where the model is served."
            )
        if not response.is_success:
            with self._translated():
                answer = await self._read(response)
            raise await self._refusal(response, answer, is_chat=is_chat)

    def _opened(self) -> httpx.AsyncClient:
        if self._http is None:
            headers = {"Content-Type": "application/json"}
            if self._api_key is not None:
                headers["Authorization"] = f"Bearer {self._api_key}"
            connections = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=0)
            # no connection is kept: one left by a forgotten client, or by a restarted server, costs more than a new one
            self._http = httpx.AsyncClient(
                headers=headers,
                timeout=httpx.Timeout(self._limits.silence, connect=self._limits.connect, pool=None),
                transport=GuardedTransport(httpx.AsyncHTTPTransport(limits=connections, trust_env=False), self._rule),
                follow_redirects=False,
                trust_env=False,
            )
        return self._http

    async def _refusal(self, response: httpx.Response, answer: bytes, *, is_chat: bool) -> Exception:
        """Return the error that an unsuccessful answer stands for."""
        status, base = response.status_code, self._address.base
        reason = self._safe(sentence_of(answer))
        if status in (401, 403):
            what = "asks for an API key, and none is set" if self._api_key is None else "refuses the API key"
            return Refused(
                status, f"{self._name} {what} (HTTP {status}). Set VISUALPRM_API_KEY to its key and start again."
            )
        if status == 404 and is_chat:
            return Refused(
                status, f"{self._name} has no such model or path (HTTP 404): {reason}{await self._models_there()}"
            )
        if status == 404:
            return Refused(status, f"{self._name} answers HTTP 404: {reason} Does the address end with /v1?")
        if status in (400, 413, 422) and _is_about_length(reason):
            return InvalidRequest(
                f"This is too long for the model at {base}: {reason} Shorten it, or ask for fewer tokens."
            )
        if status in BUSY:
            return self._busy(status, stated_wait(response.headers.get("retry-after", "")), reason)
        if status in AWAY:
            return Unreachable(
                f"{self._name} is overloaded or still starting (HTTP {status}): {reason} Try again later."
            )
        return Refused(status, f"{self._name} answered HTTP {status}: {reason}")

    def _busy(self, status: int, stated: float, reason: str) -> Busy:
        what = "limits how often it is asked" if status == RATE_LIMIT else "is overloaded or still starting"
        when = f"It asks to wait {stated:,.0f} s." if stated else "Try again later."
        return Busy(f"{self._name} {what} (HTTP {status}): {reason} {when}", status, stated)

    async def _models_there(self) -> str:
        try:
            names = ", ".join(repr(at(model, "id")) for model in await self.models())
        except ServerError:
            return ""
        return f" It serves {names}: name one of them behind '#' in the address."

    def _parsed(self, data: bytes) -> object:
        try:
            return json.loads(data)
        except (ValueError, RecursionError) as error:
            begin = self._safe(data[:80].decode("utf-8", errors="replace"))
            raise NoJson(
                f"{self._name} sent an answer that is not JSON; it begins {begin!r}. Is it a model server?"
            ) from error

    def _safe(self, text: str) -> str:
        """Return a server's text with our API key masked."""
        return text.replace(self._api_key, "***") if self._api_key else text

    def _slow(self, seconds: float) -> Unreachable:
        return Unreachable(
            f"{self._name} gave no answer for {seconds:g} seconds. It is overloaded or stuck; try again later."
        )

    def _translated(self) -> _TranslatedErrors:
        return _TranslatedErrors(self._name, self._slow(self._limits.silence))


class _TranslatedErrors:
    """Translates connection errors into messages for people."""

    def __init__(self, name: str, slow: ServerError) -> None:
        self._name = name
        self._slow = slow

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        match error:
            case httpx.ConnectError() | httpx.ConnectTimeout():
                raise NotConnected(
                    f"{self._name} does not answer: {str(error) or 'no connection'}. Start it, or correct the address."
                ) from error
            case httpx.TimeoutException():
                raise self._slow from error
            case httpx.HTTPError() | httpx.InvalidURL() | httpx.StreamError():
                raise Dropped(
                    f"{self._name} broke the connection: {str(error) or type(error).__name__}. Was it stopped? Try again."
                ) from error


def _count(request: CountedRequest, answer: object) -> None:
    """Tell what a server says that it counted for a request, if it does."""
    read, written = int_at(answer, "usage", "prompt_tokens"), int_at(answer, "usage", "completion_tokens")
    if read is not None and written is not None and read >= 0 and written >= 0:
        request.tell(read=read, written=written)


def _is_about_length(reason: str) -> bool:
    lower = reason.lower()
    return any(
        words in lower
        for words in ("context length", "max_model_len", "maximum model length", "too long", "too many tokens")
    )
