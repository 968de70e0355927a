"""A served general model as a judge of steps: asked after each one whether the solution is right so far, yes or no.

Where the server gives log-probabilities and the answer begins with yes or no, the score is the probability of yes against no
among the likeliest first tokens, whatever their spelling. Elsewhere the answer's text is read: yes is 1, no is 0, and an answer
that says neither, or both, has no score (None): it counts against both classes in figures, and is counted.

Source: VisualPRM (arXiv 2503.10291) sec. 4 measures such models ("MLLM-as-a-judge"); the dialogue is that of
engine/prompts/prm_formats/judge.py.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace

from PIL.Image import Image

from engine.prompts.prm_formats.judge import NO, YES, Judge
from engine.prompts.style import PromptStyle
from engine.protocols import ModelCard, nothing, telling
from engine.remote.errors import Refused
from engine.remote.json_access import at, logprobs_of, text_at
from engine.remote.messages import Message, as_messages, harmless, harmless_question
from engine.remote.metered_model import MeteredModel
from engine.remote.probe import LIKELIEST
from engine.remote.scoring import RemoteScoring, count_tiles
from engine.remote.server import Server, pictures_of

log = logging.getLogger(__name__)

_JUDGE = Judge()
MOST_TOKENS = 16  # of an answer: one word is asked for
LEAST_MASS = 0.5  # of yes and no together, where the answer begins with neither
ONLY_WORDS = "Its server gives no log-probabilities: the scores are 1 and 0, as the words say."
_ANSWER = re.compile(rf"\b({YES}|{NO})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Questioning:
    """What the conversations of one problem have in common."""

    question: str
    pictures: Sequence[str]  # as data URIs

    def messages(self, steps: Sequence[str]) -> list[Message]:
        """Return the conversation whose next answer is about the last of ``steps``."""
        first, *rest = map(harmless, steps)
        style = PromptStyle(system=None)  # the judge's own takes its place
        prompt = _JUDGE.first(style, self.question, first, (1,) * len(self.pictures))
        return as_messages([*prompt, *(segment for step in rest for segment in _JUDGE.following(step))], self.pictures)


class RemoteJudge(MeteredModel):
    """Implements ``RewardModel`` through a server whose model was not trained to score steps."""

    def __init__(self, server: Server, max_tiles: int | None = None) -> None:
        super().__init__(server)
        self._max_tiles = max_tiles

    @property
    def card(self) -> ModelCard:
        """See ``RewardModel``."""
        return replace(self._server.card(), prm_format=_JUDGE.name)

    @property
    def notice(self) -> str | None:
        """See ``RewardModel``."""
        return f"{_JUDGE.notice}{' ' + ONLY_WORDS if self._server.refuses_logprobs else ''}"

    def learn(self, patience: float | None = None) -> object:
        """Ask the server for its model; ``patience`` as :meth:`CancellableCall.result`. Raises ServerError."""
        return self._server.identify(patience)

    def count_tiles(self, images: Sequence[Image]) -> tuple[int, ...]:
        """See :func:`engine.remote.scoring.count_tiles`."""
        return count_tiles(images, self._max_tiles)

    def open_session(
        self, images: Sequence[Image], question: str, *, one_pass: bool = True
    ) -> Generator[None, None, RemoteScoring]:
        """See ``RewardModel``. Raises ServerError. A server is always asked one prompt a step, whatever ``one_pass`` says."""
        name = self._server.served.name
        asked = harmless_question(question, len(images))
        _Questioning(question=asked, pictures=("",) * len(images)).messages(("",))  # refuses a wrong number of <image>
        yield
        pictures = yield from telling(self._server.send(pictures_of(images)).stream(), nothing)
        problem = _Questioning(question=asked, pictures=pictures)
        body: dict[str, object] = {"model": name, "max_tokens": MOST_TOKENS, "temperature": 0.0, "stream": False}

        async def read(steps: Sequence[str]) -> float | None:
            return read_answer(await self._ask({**body, "messages": problem.messages(steps)}))

        return RemoteScoring(self._server, read)

    async def _ask(self, body: Mapping[str, object]) -> object:
        """Return the answer, with log-probabilities where the server gives them. Raises ServerError, InvalidRequest."""
        client, meter = self._server.client, self._meter
        if not self._server.refuses_logprobs:
            try:
                return await client.complete({**body, "logprobs": True, "top_logprobs": LIKELIEST}, meter)
            except Refused as error:
                if not error.is_about_the_request:
                    raise
            answer = await client.complete(
                body, meter
            )  # where this is refused too, log-probabilities were not the reason
            self._server.refuses_logprobs = True
            log.info("judge name=%s gives no log-probabilities: answers are read as text", self._server.served.name)
            return answer
        return await client.complete(body, meter)


def read_answer(answer: object) -> float | None:
    """Return the probability of yes against no, in [0, 1]; 1 or 0 where only words can be read; None for neither, or for both.

    Probabilities count where the answer begins with one of the two, or they are at least as likely as not: of a model that
    thinks or chats first, those of yes and no at that place are noise.
    """
    chances = {YES.lower(): 0.0, NO.lower(): 0.0}
    for token, logprob in logprobs_of(answer).items():
        if (word := _word(token)) in chances:
            chances[word] += math.exp(logprob)
    yes, no = chances.values()
    first = at(answer, "choices", 0, "logprobs", "content", 0, "token")
    begins_so = isinstance(first, str) and _word(first) in chances
    if yes + no >= LEAST_MASS or (begins_so and yes + no > 0):
        return yes / (yes + no)
    said = {each.lower() for each in _ANSWER.findall(text_at(answer, "choices", 0, "message", "content"))}
    if len(said) != 1:
        return None
    return 1.0 if YES.lower() in said else 0.0


def _word(token: str) -> str:
    return token.strip(" \n\t\u2581\u0120").lower()  # the last two: how vocabularies write a space
