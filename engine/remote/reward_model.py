"""A served model that scores steps: one request a step, whose answer's first token is read, never written; or, where the server
gives that for a problem without pictures, one request for all new steps of a solution (``prompt_scores.py``).

Exact where the server gives the log-probabilities of the two tokens asked for (vLLM with ``logprob_token_ids``). Elsewhere the 20
likeliest tokens are read; a token that is not among them is taken for as likely as the last of them, and the model's name says
"approximate". It also does when the server's chat template does not write the prompt as the model was trained on it.

Source: VisualPRM (arXiv 2503.10291) sec. 3.1; scores were checked against a local model with vLLM 0.32.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass

from PIL.Image import Image

from engine.errors import InvalidRequest, LoadError, ServerError
from engine.prompts.known_models import known_prm_format
from engine.prompts.prm_formats.visualprm import VISUALPRM
from engine.prompts.style import PromptStyle
from engine.protocols import ModelCard, nothing, telling
from engine.remote.json_access import logprobs_of
from engine.remote.messages import Message, as_messages, harmless, harmless_question, prm_prompt
from engine.remote.metered_model import MeteredModel
from engine.remote.probe import LIKELIEST, Answers, Tokenizer, probability, probe
from engine.remote.scoring import ReadMany, RemoteScoring, count_tiles
from engine.remote.server import Server, pictures_of

log = logging.getLogger(__name__)


class RemoteRewardModel(MeteredModel):
    """Implements ``RewardModel`` through a server."""

    def __init__(self, server: Server, max_tiles: int | None = None, *, is_stated: bool = False) -> None:
        """``is_stated``: the caller says that the model is asked as VisualPRM is, whatever its name tells."""
        super().__init__(server)
        self._max_tiles = max_tiles
        self._is_stated = is_stated
        self._answers = server.call(Answers)

    @property
    def card(self) -> ModelCard:
        """See ``RewardModel``; the name says so when the scores are approximate."""
        return self._server.card(suffix="" if self.notice is None else " (approximate)")

    @property
    def notice(self) -> str | None:
        """See ``RewardModel``; also None when nothing is known yet."""
        known = self._answers.known
        return None if known is None else known.approximate

    def learn(self, patience: float | None = None) -> Answers:
        """Return how the model's scores can be read; ``patience`` as :meth:`CancellableCall.result`.

        Raises ServerError, and LoadError for a model known to be asked in another way than VisualPRM.
        """
        served, style = self._server.identify(patience), self._server.style()
        if not self._is_stated:
            _check_name(served.name)

        async def ask() -> Answers:
            answers = await probe(self._server, served, style)
            asked = "per_step" if answers.at_once is None else "per_solution_without_pictures"
            scores = answers.approximate or "exact"
            log.info("remote reward model name=%s requests=%s scores=%s", served.name, asked, scores)
            return answers

        return self._answers.result(ask, patience)

    def count_tiles(self, images: Sequence[Image]) -> tuple[int, ...]:
        """See :func:`engine.remote.scoring.count_tiles`."""
        return count_tiles(images, self._max_tiles)

    def open_session(
        self, images: Sequence[Image], question: str, *, one_pass: bool = True
    ) -> Generator[None, None, RemoteScoring]:
        """See ``RewardModel``. Raises ServerError. A server is always asked one prompt a step, whatever ``one_pass`` says."""
        answers, style = self.learn(), self._server.style()
        asked = harmless_question(question, len(images))
        prm_prompt(style, asked, ("",), len(images))  # refuses a wrong number of <image>
        yield
        encoding = self._server.send(pictures_of(images)).stream()
        pictures = yield from telling(encoding, nothing)
        body: dict[str, object] = {"model": self._server.served.name, **answers.request}
        if self._max_tiles is not None:
            body["mm_processor_kwargs"] = {"max_patches": self._max_tiles}
        problem = _Conversation(style=style, question=asked, pictures=pictures)

        async def read(steps: Sequence[str]) -> float:
            answer = await self._server.client.complete({**body, "messages": problem.messages(steps)}, self._meter)
            return read_score(logprobs_of(answer), answers, self._server.address.base)

        return RemoteScoring(self._server, read, None if images else self._at_once(answers, problem))

    def _at_once(self, answers: Answers, problem: _Conversation) -> ReadMany | None:
        """Return what reads several steps of a solution by one request; None where the server does not give that."""
        asked = answers.at_once
        tokenizer = Tokenizer(self._server, self._server.served, meter=self._meter, is_resent=True)
        if asked is None:
            return None

        async def read(steps: Sequence[str], known: int) -> list[float] | None:
            ids = await tokenizer.turns(problem.messages(steps), is_open=True)
            places = None if ids is None else asked.find_places(ids, len(steps))
            if ids is None or places is None:
                return None
            pairs = await asked.ask(self._server, ids, places[known:], self._meter)
            return None if pairs is None else [probability(pair.plus, pair.minus) for pair in pairs]

        return read


@dataclass(frozen=True, slots=True, kw_only=True)
class _Conversation:
    """What the conversations of one problem have in common."""

    style: PromptStyle
    question: str
    pictures: Sequence[str]  # as data URIs

    def messages(self, steps: Sequence[str]) -> list[Message]:
        """Return the conversation whose next token scores the last of ``steps``."""
        prompt = prm_prompt(self.style, self.question, [harmless(step) for step in steps], len(self.pictures))
        return as_messages(prompt, self.pictures)


def _check_name(name: str) -> None:
    """Make sure that a served model is one that is asked as VisualPRM is, by its name. Raises LoadError."""
    known = known_prm_format(name) or VISUALPRM.name
    if known != VISUALPRM.name:
        raise LoadError(
            f"The served model {name!r} is asked in the PRM format {known!r}, and none was stated. Put #{name}?prm_format=judge "
            f"behind the address to ask it as a judge; or, if it was trained as VisualPRM was, ?prm_format={VISUALPRM.name}."
        )


def read_score(logprobs: Mapping[str, float], answers: Answers, base: str) -> float:
    """Return P(+) against P(-); a missing one of the two is taken for as likely as the least likely token listed.

    Raises:
        ServerError: the answer has no log-probabilities, or lacks one that was promised.
        InvalidRequest: neither of the two is among the likeliest tokens.
    """
    if not logprobs:
        raise ServerError(
            f"The server at {base} gives no log-probabilities, so it cannot score steps. Serve the model by vLLM."
        )
    plus, minus = answers.find(logprobs)
    if answers.is_asked_for and (plus is None or minus is None):
        raise ServerError(
            f"The server at {base} left out the tokens it was asked for. Was the server replaced? Restart the app."
        )
    if plus is None and minus is None:
        raise InvalidRequest(
            f"Neither '+' nor '-' is among the {LIKELIEST} likeliest answers of the server at {base}: is it a process reward "
            "model? Serve it by vLLM, which gives the two whatever their place."
        )
    bound = min(logprobs.values())
    return probability(bound if plus is None else plus, bound if minus is None else minus)
