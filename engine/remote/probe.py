"""How a server's scores can be read: which ids "+" and "-" have, whether it gives just those two, whether it writes our prompt.

A few small questions of text only, asked once. Knows vLLM's ``/tokenize`` and ``logprob_token_ids``; other servers lack them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.prompts.prm_formats.visualprm import MINUS, PLUS
from engine.prompts.segments import Segment, as_string
from engine.prompts.style import PromptStyle
from engine.remote.client import NoJson, Refused
from engine.remote.json_access import ids_at, logprobs_of
from engine.remote.messages import Message, as_messages, prm_prompt
from engine.remote.server import ServedModelInfo, Server

LIKELIEST = 20  # most log-probabilities OpenAI's API gives; also vLLM's default limit
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

    def find(self, logprobs: Mapping[str, float]) -> tuple[float | None, float | None]:
        """Return the natural logs of P("+") and P("-"), None for what is not listed."""
        return self._one(logprobs, self.plus, PLUS), self._one(logprobs, self.minus, MINUS)

    def _one(self, logprobs: Mapping[str, float], token: int | None, spelling: str) -> float | None:
        by_id = None if token is None else logprobs.get(f"token_id:{token}")
        return logprobs.get(spelling) if by_id is None else by_id


async def probe(server: Server, served: ServedModelInfo, style: PromptStyle) -> Answers:
    """Find out how this server's scores can be read. Raises ServerError when it cannot be reached, or cannot score at all."""
    tokenizer = _Tokenizer(server, served)
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
        if await _gives_both(server, served, dialogue, exact):
            return exact
    plus, minus = ids or (None, None)
    return Answers(
        plus=plus,
        minus=minus,
        is_asked_for=False,
        approximate=f"Scores of {served.name!r} at {server.address.base} are approximate: the server gives the {LIKELIEST} "
        "likeliest tokens only, not the two that are asked for. Serve the model by a vLLM that knows logprob_token_ids.",
        request={**_request(LIKELIEST), **({"return_tokens_as_token_ids": True} if ids and served.is_vllm else {})},
    )


def _request(top: int) -> dict[str, object]:
    return {"max_tokens": 1, "temperature": 0.0, "logprobs": True, "top_logprobs": top, "stream": False}


async def _gives_both(server: Server, served: ServedModelInfo, dialogue: Sequence[Message], answers: Answers) -> bool:
    body = {"model": served.name, "messages": list(dialogue), **answers.request}
    try:
        found = logprobs_of(await server.client.ask(server.client.chat, body))
    except Refused as error:
        if error.is_about_the_request:
            return False  # it does not know the field
        raise
    return None not in answers.find(found)


async def _answer_ids(server: Server, tokenizer: _Tokenizer, dialogue: Sequence[Message]) -> tuple[int, int] | None:
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


async def _layout_fault(server: Server, tokenizer: _Tokenizer, prompt: Sequence[Segment]) -> str | None:
    """Return why the server's chat template is not the model's, or None; also None when the server cannot tell."""
    wanted = await tokenizer.text(as_string(prompt))
    written = await tokenizer.turns(as_messages(prompt), is_open=True)
    if wanted is None or written is None or written[-len(wanted) :] == wanted:
        return None  # what stands before is the first token of every prompt, which the template writes
    return (
        f"Scores of the model at {server.address.base} are approximate: its chat template writes the conversation in another way "
        "than VisualPRM's. Serve a folder written by `python -m engine convert`."
    )


class _Tokenizer:
    """vLLM's ``/tokenize``; everything is None where there is none."""

    def __init__(self, server: Server, served: ServedModelInfo) -> None:
        self._server = server
        self._name = served.name

    async def text(self, text: str) -> list[int] | None:
        """Return the ids of a text that spells out special tokens."""
        return await self._ask({"prompt": text, "add_special_tokens": False})

    async def turns(self, messages: Sequence[Message], *, is_open: bool = False) -> list[int] | None:
        """Return the ids of a conversation; ``is_open``: up to the header of the next answer."""
        return await self._ask({"messages": list(messages), "add_generation_prompt": is_open})

    async def _ask(self, body: Mapping[str, object]) -> list[int] | None:
        try:
            answer = await self._server.client.ask(
                f"{self._server.address.root}/tokenize", {"model": self._name, **body}
            )
        except (Refused, NoJson):
            return None
        return ids_at(answer, "tokens")
