"""The rows of one request, as whoever asks for them sees them: added, written, dropped. Others' may be written along with them.

Knows no tensor beyond where rows begin; what is computed together is ``decoder.py``'s.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from engine.domain import Sampling
from engine.models.inference.decoding_rows import JoiningRow
from engine.models.inference.network import Network
from engine.models.inference.shared_attention import Prefix
from engine.models.inference.stop_strings import StopFilter
from engine.models.inference.written_row import RowText
from engine.prompts.style import PromptStyle
from engine.prompts.tokenizer import Detokenizer
from engine.protocols import Chunk
from engine.solution_text.thoughts import ThoughtSplitter

# So many turns a request leaves to others who have not read yet what was written for them, before it goes on without them.
PATIENT_TURNS = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Branch:
    """Where rows begin: tokens that were read, and what follows from them."""

    prefix: Prefix
    hidden: Tensor  # (1, hidden), of the last token
    ids: Sequence[int]  # all tokens, the prompt's first
    written: Sequence[int] = ()  # of these, the last ones of a beginning's text


@dataclass(slots=True, kw_only=True, eq=False)
class WrittenRow(RowText):
    """One row: where it begins, and what is written of it."""

    request: DecodingRequest
    branch: Branch
    seed: int
    draw: int
    key: int = -1  # of all rows of a model
    kept: JoiningRow | None = None  # while it rests: what it remembers, all of ``ids`` but the last

    @property
    def reach(self) -> int:
        """The most positions that it may come to."""
        return self.branch.prefix.end + self.longest


class WritesRows(Protocol):
    """Who writes the rows of requests."""

    def take(self, row: WrittenRow) -> None:
        """Have a row written."""
        ...

    def forget(self, row: WrittenRow) -> None:
        """Free what is held for a row that is over before its end was written."""
        ...

    def leave(self) -> None:
        """Free what is held for requests that have no rows any more."""
        ...

    def is_awaited(self, request: DecodingRequest) -> bool:
        """Return whether others are about to read what was written for them."""
        ...

    def advance(self, request: DecodingRequest) -> None:
        """Run one forward step for a request."""
        ...


class DecodingRequest:
    """Rows that are sampled in one way, and what was written of them and not read yet."""

    def __init__(self, writer: WritesRows, network: Network, sampling: Sampling, *, most: int, first: int) -> None:
        self.sampling = sampling
        self.most = most  # rows that may be written at once where memory allows it
        self.prompt_bytes = 0  # of the keys and values of the longest branch that a row began from
        self._writer = writer
        self._network = network
        self._waiting: deque[WrittenRow] = deque()
        self._rows: dict[int, WrittenRow] = {}  # all that are not over
        self._first: set[int] = set()  # numbers, of those that come before others and are not over
        self._more_first = first
        self._unread: list[Chunk] = []
        self._error: Exception | None = None

    @property
    def is_busy(self) -> bool:
        """Whether rows wait or are being written."""
        return bool(self._rows)

    def add(self, number: int, branch: Branch, seed: int, draw: int) -> None:
        """Have a row written, with the numbers of ``(seed, draw)``."""
        row = WrittenRow(
            request=self,
            number=number,
            branch=branch,
            seed=seed,
            draw=draw,
            longest=min(self.sampling.max_new_tokens, self._network.context - len(branch.ids)),
            text=Detokenizer(self._network.tokens, branch.written),
            stop=StopFilter(self.sampling.stop),
            thoughts=thoughts_behind(self._network.style, is_beginning=bool(branch.written)),
        )
        prefix = branch.prefix
        self.prompt_bytes = max(self.prompt_bytes, prefix.end * sum(prefix.bytes_by_device.values()))
        self._rows[number] = row
        self._waiting.append(row)
        if self._more_first:
            self._more_first -= 1
            self._first.add(number)
        self._writer.take(row)

    def drop(self, number: int) -> None:
        """Write no more of a row; one that is over is ignored."""
        self._drop(number)
        if not self._rows:
            self._writer.leave()

    def write(self) -> Generator[tuple[Chunk, ...], None, None]:
        """Write rows until all are over; more may be added and dropped meanwhile. Yields after every forward step.

        Closing it drops all rows. Raises OutOfMemory when one row alone does not fit, BadText when the model computes what is no
        number.
        """
        turns = 0
        try:
            while self._error is None and (self._rows or self._unread):
                if not self._unread:
                    if turns < PATIENT_TURNS and self._writer.is_awaited(self):
                        turns += 1
                        yield ()
                        continue
                    turns = 0
                    self._writer.advance(self)
                found, self._unread = tuple(self._unread), []
                yield found
            if self._error is not None:
                raise self._error
        finally:
            self.close()

    def close(self) -> None:
        """Drop all rows."""
        for number in tuple(self._rows):
            self._drop(number)
        self._unread.clear()
        self._writer.leave()

    # ---- for the decoder ----

    @property
    def is_read(self) -> bool:
        """Whether all that was written has been read: more is wanted."""
        return not self._unread

    @property
    def rows(self) -> Iterator[WrittenRow]:
        """All rows that are not over."""
        return iter(self._rows.values())

    @property
    def waits(self) -> bool:
        """Whether a row is not being written."""
        while self._waiting and self._waiting[0].is_over:
            self._waiting.popleft()
        return bool(self._waiting)

    @property
    def kept(self) -> Iterator[WrittenRow]:
        """Rows that wait with all that they remember."""
        return (row for row in self._waiting if row.kept is not None)

    def next_rows(self, most: int) -> list[WrittenRow]:
        """Return rows that are to be written now, ``most`` at most."""
        found: list[WrittenRow] = []
        while len(found) < most and self.waits:
            # one that has begun goes on, whatever comes first
            if self._first and self._waiting[0].number not in self._first and not self._waiting[0].ids:
                break
            found.append(self._waiting.popleft())
        return found

    def put_back(self, rows: Sequence[WrittenRow]) -> None:
        """Have rows wait in front of all others."""
        self._waiting.extendleft(reversed(rows))

    def deliver(self, row: WrittenRow, token: int) -> None:
        """Take the next token of a row."""
        self._unread.append(row.add(token, self._network.stop_ids))
        if row.is_over:
            self._end(row)

    def fail(self, error: Exception) -> None:
        """End all rows; whoever reads them is told, by an error of their own: others may have this one too."""
        self._error = type(error)(*error.args)
        for number in tuple(self._rows):
            self._drop(number)

    def _drop(self, number: int) -> None:
        row = self._rows.get(number)
        if row is not None:
            row.is_dropped = True
            self._end(row)
            self._writer.forget(row)

    def _end(self, row: WrittenRow) -> None:
        row.kept = None
        self._rows.pop(row.number, None)
        self._first.discard(row.number)


def thoughts_behind(style: PromptStyle, *, is_beginning: bool) -> ThoughtSplitter:
    """Return what tells the thought of a row apart; ``is_beginning``: the row goes on from steps, where none is begun."""
    begun = None if style.thought is None or is_beginning else style.thought.marks
    return ThoughtSplitter(begun, is_behind_steps=is_beginning)
