"""What models say of an input before a run: whether they would refuse it, and whether it is unlike what they know.

Computes no solution and no score. Knows models; knows neither queues nor runs.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NoAnswer
from dataclasses import dataclass
from typing import Any

from PIL.Image import Image

from engine.domain import Sampling
from engine.errors import EngineError, InvalidRequest
from engine.protocols import Models

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What the models say of an input."""

    refusal: str | None = None  # for people: why a run would be refused; None: it would not
    notice: str | None = None  # for people: why the models cannot be trusted with it; None when they can


def examine(models: Models, images: Sequence[Image], question: str) -> Examination:
    """Ask both models. ``images``: decoded RGB, in order."""
    policy, reward_model = models.policy, models.reward_model
    if policy is None:
        return Examination()
    try:
        _check(policy.sample(images, question, Sampling(n=1)))
        _check(reward_model.open_session(images, question))
    except InvalidRequest as error:
        return Examination(refusal=str(error))
    return Examination(notice=policy.out_of_distribution_notice(images, question))


def _check(work: Generator[Any, None, Any]) -> None:
    """Let a model check its input: its first step does no more. Raises InvalidRequest."""
    try:
        next(work)
    finally:
        work.close()


class Inquiry:
    """An input that somebody asks about, and the answer. One thread asks and waits, the engine's worker answers."""

    def __init__(self, images: Sequence[Image], question: str) -> None:
        self._images = tuple(images)
        self._question = question
        self._answer: Future[Examination | None] = Future()

    def wait(self, timeout: float) -> Examination | None:
        """Return the answer; None when there is none within ``timeout`` seconds."""
        try:
            return self._answer.result(timeout)
        except NoAnswer:
            self._answer.cancel()
            return None

    def answer(self, models: Models | None) -> None:
        """Answer with what the models say, None without models. A failing model says nothing: the run will tell."""
        if not self._answer.set_running_or_notify_cancel():
            return  # nobody waits any more
        found = None
        try:
            found = None if models is None else examine(models, self._images, self._question)
        except EngineError:
            log.info("an input could not be examined", exc_info=True)
        except Exception:  # whatever a model raises must not end the engine's worker
            log.exception("an input could not be examined")
        self._answer.set_result(found)
