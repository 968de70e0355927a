"""All steps of a solution in one request: the prompt with its answers goes in as token ids, and the log-probabilities of the two
answer tokens at every later place of it come back (vLLM's ``/inference/v1/generate`` with ``prompt_logprob_token_ids``).

Only where it was seen to give what one request a step gives, for problems without pictures: such a request reads nothing from the
server's cache of prefixes, so that pictures would be read anew for every solution, and it takes them as tensors only.

Source: docs/training/prompt_token_id_logprobs.md of vLLM, revisions 11c8d2f (the same ids at all places) and f0a5f11 (ids a place).
"""

from __future__ import annotations

import base64
import binascii
import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.errors import InvalidRequest
from engine.metering.meter import Meter
from engine.remote.errors import NoJson, Refused
from engine.remote.json_access import text_at
from engine.remote.server import Server

PATH = "/inference/v1/generate"
_MAGIC = b"\x93NUMPY\x01\x00"
_FIELDS = (rb"'descr':\s*'<f4'", rb"'fortran_order':\s*False", rb"'shape':\s*\(\s*%d\s*,\s*%d\s*,?\s*\)")


class IdsPer(StrEnum):
    """How a server wants the token ids that it is asked about."""

    PLACE = "place"  # a list for every place of the prompt
    REQUEST = "request"  # one list


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPair:
    """Natural logs of the probabilities of the two answers at one place; minus infinity for none."""

    plus: float
    minus: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptScores:
    """How a server is asked about all steps of a solution at once."""

    plus: int  # token ids
    minus: int
    header: tuple[int, ...]  # ids of what stands before every answer
    ids_per: IdsPer

    def find_places(self, ids: Sequence[int], steps: int) -> list[int] | None:
        """Return, for each step, the place in a prompt whose next token is its answer; None where the prompt is another.

        ``ids``: the prompt up to the header of the last answer.
        """
        size, header = len(self.header), list(self.header)
        ends = [at + size - 1 for at in range(len(ids) - size + 1) if list(ids[at : at + size]) == header]
        answered = all(ids[end + 1] == self.plus for end in ends[:-1])
        return ends if len(ends) == steps and answered and ends[-1] == len(ids) - 1 else None

    async def ask(
        self, server: Server, ids: Sequence[int], places: Sequence[int], meter: Meter | None = None
    ) -> list[AnswerPair] | None:
        """Return the answers' log-probabilities at places of a prompt, ascending; None where the server does not give them.

        Raises ServerError where it cannot be reached.
        """
        start, both = places[0], [self.plus, self.minus]
        wanted = [both] * (len(ids) - start) if self.ids_per is IdsPer.PLACE else both
        body = {
            "model": server.served.name,
            "token_ids": [*ids, self.plus],  # the last place needs a token behind it to be one of the prompt
            "sampling_params": {
                "max_tokens": 1,
                "temperature": 0.0,
                "prompt_logprob_token_ids": wanted,
                "prompt_logprob_start": start,
            },
            "stream": False,
        }
        try:
            answer = await server.client.complete(body, meter, url=f"{server.address.root}{PATH}", sent=len(ids) + 1)
        except (Refused, NoJson, InvalidRequest):  # the last: the token behind it was one too many
            return None
        rows = read_matrix(text_at(answer, "prompt_token_id_logprobs"), rows=len(ids) - start, columns=2)
        return (
            None if rows is None else [AnswerPair(plus=rows[at - start][0], minus=rows[at - start][1]) for at in places]
        )


def read_matrix(text: str, *, rows: int, columns: int) -> list[Sequence[float]] | None:
    """Read a base64 ``.npy`` file of little-endian float32 of just this shape; None for anything else."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    start = len(_MAGIC) + 2
    end = start + int.from_bytes(data[len(_MAGIC) : start], "little")
    descr, order, shape = _FIELDS
    has_shape = all(re.search(each, data[start:end]) for each in (descr, order, shape % (rows, columns)))
    if not data.startswith(_MAGIC) or not has_shape or len(data) - end != 4 * rows * columns:
        return None
    values = array("f", data[end:])
    return [values[at : at + columns] for at in range(0, len(values), columns)]
