"""Rows of all requests to one model, written together: they join and leave at any step, each behind a prefix of its own.

Whoever asks for a step gets one, and the rows of others are written along where these have read all that was written for them. So
requests that are served in turns share every forward. Those that rest, because somebody else comes first, cost nothing: what their
rows remember is kept aside until they are asked for again.

What does not fit the device together waits until there is room; when that proves wrong, the rows that were being written wait too,
half as many are written at once, and what each had written is read again. Knows no pictures and no steps of solutions; text
goes out as it is written, special tokens and stop strings never in it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Generator, Sequence
from itertools import groupby

import torch
from torch import Tensor

from engine.domain import Sampling
from engine.errors import BadText, OutOfMemory
from engine.models.inference import memory_budget
from engine.models.inference.decode_step import PlainSteps, Steps, steps_for
from engine.models.inference.decoding_request import DecodingRequest, WrittenRow
from engine.models.inference.decoding_rows import JoiningRow, swap_out
from engine.models.inference.network import Network, memory_named
from engine.models.inference.reading import KnownTokens, read_behind, tokens_at_once
from engine.models.inference.token_choice import TokenChooser

# What a request may come to, in sizes of its prompt's keys and values: as many in the reward model, its rows, and the forwards.
REQUEST_SIZES = 4


class Decoder:
    """Writes the rows of all requests to one model. For one thread."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._requests: list[DecodingRequest] = []  # that have rows
        self._writing: list[WrittenRow] = []  # in the order of the rows of the steps
        self._choosers: dict[tuple[float, ...], TokenChooser] = {}
        self._keys = itertools.count()
        self._steps: Steps | None = None
        self._asking: DecodingRequest | None = None
        self._work: Generator[tuple[()], None, None] | None = None
        self._at_once: int | None = None  # rows; None: to be planned
        self._limit: int | None = None  # rows, once memory has run out

    def open(self, sampling: Sampling, *, most: int, first: int = 0) -> DecodingRequest:
        """Return a request without rows yet, all of which are sampled in one way.

        Args:
            sampling: how; whose random numbers a row draws is said as it is added.
            most: rows of it that may be written at once where memory allows it.
            first: so many are ended before others begin.
        """
        return DecodingRequest(self, self._network, sampling, most=most, first=first)

    def has_room(self) -> bool:
        """Return whether the device has memory for another request whose prompt is as long as the longest of those here."""
        free = memory_budget.free_bytes(self._network.device)
        longest = max((request.prompt_bytes for request in self._requests), default=0)
        return free is None or free >= REQUEST_SIZES * longest

    @property
    def holds_anything(self) -> bool:
        """Whether there is memory of rows."""
        return bool(self._requests or self._writing or self._steps is not None or self._choosers)

    def take(self, row: WrittenRow) -> None:
        """See ``WritesRows``."""
        row.key = next(self._keys)
        self._chooser(row).join(row.key, row.seed, row.draw, row.branch.ids, row.longest)
        if row.request not in self._requests:
            self._requests.append(row.request)
            self._at_once = None

    def forget(self, row: WrittenRow) -> None:
        """See ``WritesRows``."""
        if row not in self._writing:  # else it leaves before the next step: one may be at work
            self._chooser(row).leave(row.key)

    def leave(self) -> None:
        """See ``WritesRows``."""
        self._count_out()

    def is_awaited(self, request: DecodingRequest) -> bool:
        """See ``WritesRows``."""
        return any(row.request is not request and not row.request.is_read for row in self._writing)

    def advance(self, request: DecodingRequest) -> None:
        """See ``WritesRows``. Raises OutOfMemory when one row of the request does not fit, BadText where it computes no number."""
        self._asking = request
        self._work = self._work or self._write_together()
        has_room = True
        try:
            next(self._work)
        except StopIteration:
            self._work = None
        except OutOfMemory as error:
            has_room = False
            if not self._asks_for_less(error):
                self._interrupt()
                raise
        except BaseException:
            self._interrupt()
            raise
        if not has_room:  # outside the handler, whose error still holds the failed forward's tensors
            self._interrupt()
            memory_budget.release(self._network.device)
        self._count_out()

    def _asks_for_less(self, error: OutOfMemory) -> bool:
        """Change what is held or written together after memory ran out; return whether the request that asks can go on."""
        kept = [row for request in self._requests for row in request.kept]
        if kept:
            for row in kept:
                row.kept = None
            return True
        if len(self._writing) > 1:
            self._limit = math.ceil(len(self._writing) / 2)
            self._at_once = None
            return True
        if not self._writing or self._writing[0].request is self._asking:
            return False  # what is planned before the first row does not fit, or one row alone
        self._writing[0].request.fail(error)
        return True

    def _interrupt(self) -> None:
        """Have all rows wait; what they remembered is read again."""
        self._work = self._steps = None
        rows, self._writing = self._writing, []
        self._put_back(rows)

    def _put_back(self, rows: Sequence[WrittenRow]) -> None:
        """Have rows wait that are no longer written, in the order in which they were; those that are over are forgotten."""
        for row in rows:
            if row.is_over:
                self._chooser(row).leave(row.key)
        for request in self._requests:
            request.put_back([row for row in rows if row.request is request and not row.is_over])

    def _count_out(self) -> None:
        """Forget the requests that have no rows; the last one takes everything with it."""
        busy = [request for request in self._requests if request.is_busy]
        if len(busy) < len(self._requests):
            self._at_once = self._limit = None  # there is more room now
        self._requests = busy
        if not busy:
            if self._work is not None:
                self._work.close()
            self._work = self._steps = self._asking = None
            self._writing = []
            self._choosers = {}

    @torch.inference_mode()
    def _write_together(self) -> Generator[tuple[()], None, None]:
        """Write as many rows as fit, others as there is room. Raises OutOfMemory between two tokens: no row has lost one."""
        network, rows = self._network, self._writing
        while True:
            with memory_named(network.device):
                self._let_go()
                joining = self._next()
                resting = [row for row in joining if row.kept is not None]
                beginning = [row for row in joining if row.kept is None]
                rows += [*resting, *beginning]  # at once: should memory run out, all that are here are put back
                self._join([row.kept for row in resting if row.kept is not None], resting)
                stepped = rows[: len(rows) - len(beginning)]
                hidden = self._steps.step([row.ids[-1] for row in stepped]) if self._steps is not None else None
            for row in resting:
                row.kept = None
            if beginning:
                starts, first = yield from self._begin(beginning)
                with memory_named(network.device):
                    self._join(starts, beginning)
                    hidden = first if hidden is None else torch.cat((hidden, first))
            if hidden is None:
                return
            with memory_named(network.device):
                self._choose(network.logits(hidden))
            yield ()

    def _let_go(self) -> None:
        """Let rows leave that are over, and those of requests that rest; these keep what they remember."""
        leaving = [place for place, row in enumerate(self._writing) if row.is_over or not row.request.is_read]
        if not leaving:
            return
        assert self._steps is not None
        rows = [self._writing[place] for place in leaving]
        for place, row in zip(leaving, rows, strict=True):
            row.kept = None if row.is_over else self._steps.row(place)
        self._steps.leave(leaving)
        for place in reversed(leaving):
            swap_out(self._writing, place)
        self._put_back(rows)
        if not self._writing:
            self._steps = None

    def _next(self) -> list[WrittenRow]:
        """Return the rows that are to join those being written: those of the request that asks come first."""
        waiting = [request for request in self._requests if request.is_read and request.waits]
        waiting.sort(key=lambda request: request is not self._asking)
        found: list[WrittenRow] = []
        room = self._room() if waiting else 0
        for request in waiting:
            most = request.most - sum(row.request is request for row in self._writing)
            found += request.next_rows(min(most, room - len(found)))
        return found

    def _room(self) -> int:
        """Return how many more rows can be written now; at least 1 where none is being written."""
        if self._at_once is None:
            self._at_once = self._planned()
        resting = [row for request in self._requests if not request.is_read for row in request.kept]
        room = self._at_once - len(self._writing) - len(resting)
        if room < 1 and not any(row.request is self._asking for row in self._writing):
            for row in resting:  # it is read again when it is asked for
                row.kept = None
            room += len(resting)
        return max(room, 0 if self._writing else 1)

    def _planned(self) -> int:
        """Return how many rows the memory allows at once."""
        rows = [row for request in self._requests for row in request.rows]
        with memory_named(self._network.device):
            vocabulary = self._network.logits(rows[0].branch.hidden).shape[-1]
        held = sum(len(row.ids) for row in rows if row.kept is not None)
        if self._steps is not None:
            held += self._steps.held_tokens
        found = memory_budget.rows_behind(
            rows[0].branch.prefix,
            sum(request.most for request in self._requests),
            max(row.longest for row in rows),
            vocabulary,
            held,
        )
        return found if self._limit is None else min(found, self._limit)

    def _join(self, starts: Sequence[JoiningRow], rows: Sequence[WrittenRow]) -> None:
        """Put rows into the steps, behind those that are there. What is recorded for short rows holds for them alone."""
        if not rows:
            return
        are_short = all(map(self._is_short, rows))
        longest = max(row.longest for row in rows)
        if self._steps is None:
            self._steps = steps_for(self._network, rows[0].branch.prefix, longest, is_short=are_short)
        elif not are_short and not self._steps.takes_long:
            plain = PlainSteps(self._network, longest)
            plain.join([self._steps.row(place) for place in range(len(self._steps))])
            self._steps = plain
        self._steps.join(starts)

    def _begin(self, joining: Sequence[WrittenRow]) -> Generator[tuple[()], None, tuple[list[JoiningRow], Tensor]]:
        """Return where rows begin and the hidden states (rows, hidden) that their next tokens follow from.

        What a row that was interrupted had written is read again, that of all rows behind one prefix together.
        """
        starts = {row.key: JoiningRow(prefix=row.branch.prefix, longest=row.longest) for row in joining}
        hidden = {row.key: row.branch.hidden for row in joining}
        interrupted = sorted((row for row in joining if row.ids), key=lambda row: id(row.branch))
        for _, group in groupby(interrupted, key=lambda row: id(row.branch)):
            rows = list(group)
            prefix = rows[0].branch.prefix
            known = [KnownTokens(ids=row.ids, places=[len(row.ids) - 1]) for row in rows]
            at_once = tokens_at_once(self._network, prefix, rows[0].branch.hidden, known)
            read = yield from read_behind(self._network, prefix, known, at_once)
            for row, found in zip(rows, read, strict=True):
                starts[row.key] = JoiningRow(prefix=prefix, longest=row.longest, memory=found.memory)
                hidden[row.key] = found.hidden
        return list(starts.values()), torch.cat(list(hidden.values()))

    def _choose(self, logits: Tensor) -> None:
        """Choose the next token of every row and hand it to its request."""
        by_chooser: dict[int, list[int]] = {}
        for place, row in enumerate(self._writing):
            by_chooser.setdefault(id(self._chooser(row)), []).append(place)
        for places in by_chooser.values():
            rows = [self._writing[place] for place in places]
            part = logits if len(by_chooser) == 1 else logits[places]
            try:
                tokens = self._chosen(rows, part)
            except BadText as error:
                rows, tokens = self._chosen_for_others(rows, part, error)
            for row, token in zip(rows, tokens, strict=True):
                if not row.is_over:
                    row.request.deliver(row, token)

    def _chosen(self, rows: Sequence[WrittenRow], logits: Tensor) -> list[int]:
        return self._chooser(rows[0]).choose(logits, [row.key for row in rows], [len(row.ids) for row in rows])

    def _chosen_for_others(
        self, rows: Sequence[WrittenRow], logits: Tensor, error: BadText
    ) -> tuple[list[WrittenRow], list[int]]:
        """Fail the requests whose logits are no numbers; return the rows of the others and their tokens."""
        are_numbers = logits.max(dim=-1).values.isfinite().tolist()
        failed = {row.request for row, is_number in zip(rows, are_numbers, strict=True) if not is_number}
        if not failed or self._asking in failed:
            raise error
        for request in failed:
            request.fail(error)
        places = [place for place, row in enumerate(rows) if row.request not in failed]
        others = [rows[place] for place in places]
        return others, self._chosen(others, logits[places]) if others else []

    def _chooser(self, row: WrittenRow) -> TokenChooser:
        """Return what chooses a row's tokens: one for all rows that are sampled alike."""
        sampling = row.request.sampling
        alike = (sampling.temperature, sampling.top_p, sampling.top_k, sampling.repetition_penalty)
        if alike not in self._choosers:
            self._choosers[alike] = TokenChooser(sampling)
        return self._choosers[alike]

    def _is_short(self, row: WrittenRow) -> bool:
        native = self._network.native_length
        return native is None or row.reach <= native
