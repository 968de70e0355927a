"""How a server's scores can be read: which ids "+" and "-" have, whether it gives just those two, whether it writes our prompt.

A few small questions of text only, asked once. Knows vLLM's ``/tokenize``, ``logprob_token_ids`` and whether it scores all steps of
a solution in one request; other servers lack them.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.errors import ServerError
from engine.metering.meter import Meter
from engine.prompts.prm_formats.visualprm import MINUS, PLUS
from engine.prompts.segments import Segment, as_string
from engine.prompts.style import PromptStyle
from engine.remote.errors import NoJson, Refused
from engine.remote.json_access import ids_at, logprobs_of
from engine.remote.messages import Message, as_messages, prm_prompt
from engine.remote.prompt_scores import IdsPer, PromptScores
from engine.remote.server import ServedModelInfo, Server

log = logging.getLogger(__name__)

LIKELIEST = 20  # most log-probabilities OpenAI's API gives; also vLLM's default limit
SAME = 0.05  # P(+) of two requests in bfloat16 differ by up to about 0.01
QUESTION, STEPS = (
    "What is 1 + 1?",
    ("One and one are two.", "", "Final answer: 2"),
)  # a template may close an empty turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """How the log-probabilities of the two answer tokens are requested and found."""

    plus: int | None  # token ids; None: found by their spelling
    minus: int | None
    is_asked_for: bool  # the server gives exactly these two
    approximate: str | None  # why the scores are approximate, for people; None: they are exact
    request: Mapping[str, object] = field(default_factory=dict)  # what to send with every conversation
    at_once: PromptScores | None = None  # how all steps of a solution are asked about at once; None: each by a request

    def find(self, logprobs: Mapping[str, float]) -> tuple[float | None, float | None]:
        """Return the natural logs of P("+") and P("-"), None for what is not listed."""
        return self._one(logprobs, self.plus, PLUS), self._one(logprobs, self.minus, MINUS)

    def _one(self, logprobs: Mapping[str, float], token: int | None, spelling: str) -> float | None:
        by_id = None if token is None else logprobs.get(f"token_id:{token}")
        return logprobs.get(spelling) if by_id is None else by_id


async def probe(server: Server, served: ServedModelInfo, style: PromptStyle) -> Answers:
    """Find out how this server's scores can be read. Raises ServerError when it cannot be reached, or cannot score at all."""
    tokenizer = Tokenizer(server, served)
    prompt = prm_prompt(style, QUESTION, STEPS)
    dialogue = as_messages(prompt)
    ids = await _answer_ids(server, tokenizer, dialogue)
    if ids is not None:
        asked = {**_request(0), "logprob_token_ids": list(ids), "return_tokens_as_token_ids": True}
        exact = Answers(
            plus=ids[0],
            minus=ids[1],
            is_asked_for=True,
            approximate=await _layout_fault(server, tokenizer, prompt),
            request=asked,
        )
        last = await _last_score(server, served, dialogue, exact)
        if last is not None:
            return replace(exact, at_once=await _scores_at_once(server, tokenizer, style, ids, last))
    plus, minus = ids or (None, None)
    return Answers(
        plus=plus,
        minus=minus,
        is_asked_for=False,
        approximate=f"Scores of {served.name!r} are approximate: its server gives the {LIKELIEST} "
        "likeliest tokens only, not the two that are asked for. Serve the model by a vLLM that knows logprob_token_ids.",
        request={**_request(LIKELIEST), **({"return_tokens_as_token_ids": True} if ids and served.is_vllm else {})},
    )


def _request(top: int) -> dict[str, object]:
    return {"max_tokens": 1, "temperature": 0.0, "logprobs": True, "top_logprobs": top, "stream": False}


async def _last_score(
    server: Server, served: ServedModelInfo, dialogue: Sequence[Message], answers: Answers
) -> float | None:
    """Return P(+) of the last step as both log-probabilities give it; None where they are not given."""
    body = {"model": served.name, "messages": list(dialogue), **answers.request}
    try:
        found = logprobs_of(await server.client.ask(server.client.chat, body))
    except Refused as error:
        if error.is_about_the_request:
            return None  # it does not know the field
        raise
    plus, minus = answers.find(found)
    return None if plus is None or minus is None else probability(plus, minus)


async def _scores_at_once(
    server: Server, tokenizer: Tokenizer, style: PromptStyle, ids: tuple[int, int], last: float
) -> PromptScores | None:
    """Return how all steps of a solution are asked about at once; None where the server does not give that.

    Never raises ServerError, and takes as long as one small question may: the model can do without.
    """
    try:
        async with asyncio.timeout(server.limits.question):
            return await _same_scores_at_once(server, tokenizer, style, ids, last)
    except (ServerError, TimeoutError) as error:
        log.info("remote reward model server=%s scores_at_once=no reason=%s", server.address.base, type(error).__name__)
        return None


async def _same_scores_at_once(
    server: Server, tokenizer: Tokenizer, style: PromptStyle, ids: tuple[int, int], last: float
) -> PromptScores | None:
    """Return how all steps are asked about at once; None where that does not give ``last`` for the last step."""
    opened = [await tokenizer.turns(_dialogue(style, count), is_open=True) for count in range(1, len(STEPS) + 1)]
    closed, whole = await tokenizer.turns(_dialogue(style, len(STEPS))), opened[-1]
    if closed is None or whole is None or whole[: len(closed)] != closed or len(whole) == len(closed):
        return None
    for how in IdsPer:
        found = PromptScores(plus=ids[0], minus=ids[1], header=tuple(whole[len(closed) :]), ids_per=how)
        places = found.find_places(whole, len(STEPS))
        if places is None or [whole[: at + 1] for at in places] != opened:
            return None  # a longer conversation does not begin as a shorter one does
        pairs = await found.ask(server, whole, places)
        if pairs is not None and abs(probability(pairs[-1].plus, pairs[-1].minus) - last) <= SAME:
            return found
    return None


def _dialogue(style: PromptStyle, count: int) -> list[Message]:
    return as_messages(prm_prompt(style, QUESTION, STEPS[:count]))


def probability(plus: float, minus: float) -> float:
    """Return P(+) against P(-) of two natural logs, in [0, 1]; NaN where nothing can be said, as for two of minus infinity."""
    difference = plus - minus
    if math.isnan(difference):
        return math.nan
    return 1 / (1 + math.exp(-difference)) if difference > -700 else 0.0


async def _answer_ids(server: Server, tokenizer: Tokenizer, dialogue: Sequence[Message]) -> tuple[int, int] | None:
    """Return the ids of "+" and "-" as answers: where the two conversations that differ in one answer differ."""
    if server.address.plus is not None and server.address.minus is not None:
        return server.address.plus, server.address.minus
    turns = {}
    for answer in (PLUS, MINUS):
        turns[answer] = await tokenizer.turns([*dialogue, {"role": "assistant", "content": answer}])
    left, right = turns[PLUS], turns[MINUS]
    if left is None or right is None or len(left) != len(right):
        return None
    unlike = [(a, b) for a, b in zip(left, right, strict=True) if a != b]
    return unlike[0] if len(unlike) == 1 else None


async def _layout_fault(server: Server, tokenizer: Tokenizer, prompt: Sequence[Segment]) -> str | None:
    """Return why the server's chat template is not the model's, or None; also None when the server cannot tell."""
    wanted = await tokenizer.text(as_string(prompt))
    written = await tokenizer.turns(as_messages(prompt), is_open=True)
    if wanted is None or written is None or written[-len(wanted) :] == wanted:
        return None  # what stands before is the first token of every prompt, which the template writes
    return (
        "Scores of the served model are approximate: its chat template writes the conversation in another way "
        "than VisualPRM's. Serve a folder written by `python -m engine convert`."
    )


class Tokenizer:
    """vLLM's ``/tokenize``; everything is None where there is none."""

    def __init__(
        self, server: Server, served: ServedModelInfo, *, meter: Meter | None = None, is_resent: bool = False
    ) -> None:
        """``is_resent``: a run depends on the answers, asked for as its other requests are; ``meter`` is told of the waits."""
        self._server = server
        self._name = served.name
        self._meter = meter
        self._is_resent = is_resent

    async def text(self, text: str) -> list[int] | None:
        """Return the ids of a text that spells out special tokens."""
        return await self._ask({"prompt": text, "add_special_tokens": False})

    async def turns(self, messages: Sequence[Message], *, is_open: bool = False) -> list[int] | None:
        """Return the ids of a conversation; ``is_open``: up to the header of the next answer."""
        return await self._ask({"messages": list(messages), "add_generation_prompt": is_open})

    async def _ask(self, body: Mapping[str, object]) -> list[int] | None:
        client, url, asked = self._server.client, f"{self._server.address.root}/tokenize", {"model": self._name, **body}
        try:
            answer = await (client.post(url, asked, self._meter) if self._is_resent else client.ask(url, asked))
        except (Refused, NoJson):
            return None
        return ids_at(answer, "tokens")
