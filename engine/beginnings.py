"""Beginnings of solutions: the text that a policy goes on from, the seeds of what it writes behind it, and the writing.

**The joint.** A beginning is the text of its steps, a blank line between two and one behind the last, so that what follows begins a
step of its own. (The published script ends with the last step's text; a model may then go on in mid-sentence.)

Knows protocols, no model; what becomes of the texts is the caller's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterable, Sequence

from PIL.Image import Image

from engine.domain import Sampling
from engine.errors import InvalidRequest
from engine.protocols import Chunk, CompletesSolutions, Policy, RowStart, quietly
from engine.solution_text.steps import SEPARATOR


def beginning_of(steps: Iterable[str]) -> str:
    """Return the text that a policy goes on from: the steps, a blank line behind each."""
    return "".join(step + SEPARATOR for step in steps)


def completion_seed(seed: int, question: str, beginning: str) -> int:
    """Return the seed of what is written behind a beginning, in [0, 2**63): unlike beginnings have nothing in common."""
    digest = hashlib.sha256("\0".join((str(seed), question, beginning)).encode("utf-8", "replace"))
    return int.from_bytes(digest.digest()[:8]) >> 1


def write_behind(
    policy: Policy, images: Sequence[Image], question: str, steps: Sequence[str], sampling: Sampling
) -> Generator[tuple[Chunk, ...], None, None]:
    """Go on ``sampling.n`` times after steps; as ``Policy.sample``, with chunks of the new text alone.

    Draw i depends on the sampling, the question, the steps and i. The first ``next`` checks the input (InvalidRequest) and
    computes nothing.
    """
    if not isinstance(policy, CompletesSolutions):
        raise InvalidRequest(
            f"The policy {policy.card.name!r} cannot go on from a step of a solution. Load another policy."
        )
    opening = policy.open_completions(images, question, sampling)
    next(opening)
    yield ()
    session = yield from quietly(opening)
    text = beginning_of(steps)
    seed = completion_seed(sampling.seed, question, text)
    session.add([RowStart(row=draw, text=text, seed=seed, draw=draw) for draw in range(sampling.n)])
    yield from session.write()
