"""Rows that are being written: each grows by a token a forward, behind a prefix and to a length of its own.

A row stands behind a chain of prefixes: the prompt of its problem, then perhaps the beginning of a solution. Every part of a chain
is read once for all rows behind it, also where some stand behind its first tokens only. Rows join and leave between any two
forwards. Where rows are equally long no mask is made. Knows no text and no sampling.

Shapes: B rows, H query heads, K key/value heads, G = H / K, T tokens attended to, D head size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from engine.models.inference.partial_attention import (
    Part,
    as_output,
    by_products,
    first_part,
    grouped,
    joined,
    whole_part,
)
from engine.models.inference.shared_attention import Prefix, RowMemory

FIRST_CAPACITY = 64  # tokens a row has room for at first; doubles when full


@dataclass(frozen=True, slots=True, kw_only=True)
class JoiningRow:
    """Where a row begins: behind a prefix, with what it has written already, if anything."""

    prefix: Prefix
    memory: RowMemory | None = None
    longest: int = 0  # own tokens it may come to, where these may be more than those of rows that joined before


class _ByDevice:
    """Something small that layers on several devices need; made where it is first needed."""

    def __init__(self, make: Callable[[torch.device], Tensor]) -> None:
        self._make = make
        self._made: dict[torch.device, Tensor] = {}

    def on(self, device: torch.device) -> Tensor:
        """Return it on a device."""
        if device not in self._made:
            self._made[device] = self._make(device)
        return self._made[device]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """Rows that read the first tokens of one part of a chain."""

    part: Prefix
    longest: int  # tokens of it that the row reads which reads most
    rows: _ByDevice | None  # (R,); None: all rows
    visible: _ByDevice | None  # (R, longest), what each row reads; None: all read all of it

    @property
    def is_even(self) -> bool:
        """Whether every row reads the same."""
        return self.rows is None and self.visible is None


class _Readings:
    """Which rows read which parts of the chains they stand behind."""

    def __init__(self, prefixes: Sequence[Prefix], places: int) -> None:
        """``places``: how many rows every forward computes, those included that nobody reads."""
        readers: dict[int, list[tuple[int, Prefix]]] = {}
        for row, prefix in enumerate(prefixes):
            for part in prefix.parts:
                readers.setdefault(id(part.whole), []).append((row, part))
        self._readings = [_reading(found, len(prefixes), places) for found in readers.values()]

    @property
    def is_even(self) -> bool:
        """Whether all rows read the same parts, whichever row is where."""
        return all(reading.is_even for reading in self._readings)

    def is_like(self, other: _Readings) -> bool:
        """Whether the same operators read what these and the others say: all rows the same parts, whichever row is where."""
        mine, theirs = self._readings, other._readings
        return len(mine) == len(theirs) and all(
            a.part is b.part and a.longest == b.longest and a.is_even and b.is_even
            for a, b in zip(mine, theirs, strict=True)
        )

    def joined_with(self, own: Part, layer: int, query: Tensor, scale: float) -> Part:
        """Return attention over ``own`` and over every part that each row reads."""
        for reading in self._readings:
            keys = reading.part.keys[layer][:, :, : reading.longest]
            values = reading.part.values[layer][:, :, : reading.longest]
            rows = reading.rows.on(query.device) if reading.rows is not None else None
            asked = query if rows is None else query[rows]
            if reading.visible is None:
                found = whole_part(asked, keys, values, scale)
            else:
                found = first_part(asked, keys, values, scale, reading.visible.on(query.device))
            if rows is None:
                own = joined(found, own)
            else:
                output, lse = joined(found, (own[0][rows], own[1][rows]))
                own = own[0].float().index_copy(0, rows, output), own[1].index_copy(0, rows, lse)
        return own


def _reading(found: Sequence[tuple[int, Prefix]], rows: int, places: int) -> _Reading:
    lengths = [part.length for _, part in found]
    longest = max(lengths)
    numbers = [row for row, _ in found]
    is_whole = min(lengths) == longest
    is_of_all = len(found) == (rows if is_whole else places)

    def visible(device: torch.device) -> Tensor:
        return torch.arange(longest, device=device) < torch.tensor(lengths, device=device)[:, None]

    return _Reading(
        part=found[0][1].whole,
        longest=longest,
        rows=None if is_of_all else _ByDevice(lambda device: torch.tensor(numbers, device=device)),
        visible=None if is_whole else _ByDevice(visible),
    )


@dataclass(slots=True)
class _OwnPart:
    """Own keys and values of rows, (places, K, capacity, D) a layer. A row is a place; the places behind the rows are free."""

    longest: int  # own tokens a row may come to; room is made for no more
    keys: list[Tensor] = field(default_factory=list)
    values: list[Tensor] = field(default_factory=list)

    @property
    def places(self) -> int:
        """How many rows there is room for."""
        return self.keys[0].shape[0] if self.keys else 0

    @property
    def capacity(self) -> int:
        """How many tokens of a row there is room for."""
        return self.keys[0].shape[2] if self.keys else 0

    def resize(self, like: Prefix, places: int, capacity: int, kept: int) -> None:
        """Make room for so many rows and tokens; what ``kept`` rows hold stays."""
        tokens = min(self.capacity, capacity)
        for stored, parts in ((self.keys, like.keys), (self.values, like.values)):
            for layer, part in enumerate(parts):  # one by one: two copies of everything might not fit
                # zeros: what does not count yet is weighted with 0, which makes NaN of what may lie in fresh memory
                larger = part.new_zeros(places, part.shape[1], capacity, part.shape[3])
                if layer == len(stored):
                    stored.append(larger)
                    continue
                larger[:kept, :, :tokens] = stored[layer][:kept, :, :tokens]
                stored[layer] = larger

    def room_for(self, tokens: int) -> int:
        """Return the capacity that holds ``tokens``: twice what there was, but no more than is ever needed."""
        if tokens <= self.capacity:
            return self.capacity
        return min(max(2 * self.capacity, FIRST_CAPACITY, tokens), max(self.longest, tokens))

    def move(self, source: int, target: int) -> None:
        """Copy what a row holds to another place."""
        for stored in (*self.keys, *self.values):
            stored[target] = stored[source]

    def put(self, place: int, memory: RowMemory) -> None:
        """Copy what was read of a row into its place."""
        for layer in range(len(self.keys)):
            key, value = memory.past(layer)
            self.keys[layer][place, :, : memory.length] = key[0]
            self.values[layer][place, :, : memory.length] = value[0]

    def copy_of(self, place: int, length: int) -> RowMemory:
        """Return a copy of what counts of a row."""
        memory = RowMemory()
        for layer, (keys, values) in enumerate(zip(self.keys, self.values, strict=True)):
            memory.write(layer, keys[place : place + 1, :, :length], values[place : place + 1, :, :length])
        memory.add(length)
        return memory


class _GrowingRows:
    """Rows that grow by a token each a forward, each behind its own prefix."""

    read = None  # a row's one token is the one that is read

    def __init__(self, longest: int) -> None:
        """``longest``: own tokens a row may come to; room is made for no more."""
        self._own = _OwnPart(longest)
        self._prefixes: list[Prefix] = []  # by row
        self._lengths: list[int] = []  # by row: own tokens

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self._prefixes)

    @property
    def held_tokens(self) -> int:
        """Own tokens that there is room for, of all rows together."""
        return self._own.places * self._own.capacity

    @property
    def positions(self) -> list[int]:
        """Position of each row's next token: its prefix and own tokens so far, plus the prefix's offset."""
        return [prefix.end + length for prefix, length in zip(self._prefixes, self._lengths, strict=True)]

    def row(self, place: int) -> JoiningRow:
        """Return a copy of a row as it is now, to join again."""
        length = self._lengths[place]
        memory = self._own.copy_of(place, length) if length else None
        return JoiningRow(prefix=self._prefixes[place], memory=memory, longest=self._own.longest)


class DecodingRows(_GrowingRows):
    """Rows in as much room as they take; implements ``AttentionContext``."""

    def __init__(self, longest: int) -> None:
        """See the base class."""
        super().__init__(longest)
        self._arrange()

    def join(self, rows: Sequence[JoiningRow]) -> None:
        """Take more rows, behind those that there are."""
        before = len(self)
        lengths = [row.memory.length if row.memory is not None else 0 for row in rows]
        self._own.longest = max(self._own.longest, *(row.longest for row in rows))
        needed, capacity = before + len(rows), self._own.room_for(max(1, *lengths))
        if needed > self._own.places or capacity > self._own.capacity:
            self._own.resize(rows[0].prefix, max(needed, self._own.places), capacity, before)
        for place, row in enumerate(rows, start=before):
            if row.memory is not None:
                self._own.put(place, row.memory)
        self._prefixes += [row.prefix for row in rows]
        self._lengths += lengths
        self._arrange()

    def leave(self, places: Sequence[int]) -> None:
        """Let rows go, the last one first; the last of those that stay takes the place that becomes free.

        Once no more than half of the places are taken, the others are given up.
        """
        for place in sorted(places, reverse=True):
            last = len(self) - 1
            if place < last:
                self._own.move(last, place)
            swap_out(self._prefixes, place)
            swap_out(self._lengths, place)
        if self._prefixes and 2 * len(self) <= self._own.places:
            self._own.resize(self._prefixes[0], len(self), self._own.capacity, len(self))
        self._arrange()

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """Append a token to every row's own part and attend to what each row stands behind and to its own part."""
        if layer == 0:
            self._grow()
        keys, values = self._own.keys[layer], self._own.values[layer]
        rows, end, visible = len(self), self._longest + 1, None  # one token sees all
        if self._is_even:
            keys[:rows, :, self._longest : end] = key
            values[:rows, :, self._longest : end] = value
        else:
            counted = self._counted.on(key.device)
            places = torch.arange(rows, device=key.device)
            keys[places, :, counted] = key[:, :, 0]
            values[places, :, counted] = value[:, :, 0]
            visible = (torch.arange(end, device=key.device) <= counted[:, None])[:, None]
        own = by_products(grouped(query, key), keys[:rows, :, :end], values[:rows, :, :end], scale, visible)
        return as_output(self._readings.joined_with(own, layer, query, scale), query)

    def advance(self) -> None:
        """Count the token of the forward just done."""
        self._lengths = [length + 1 for length in self._lengths]
        self._count()

    def _grow(self) -> None:
        capacity = self._own.room_for(self._longest + 1)
        if capacity > self._own.capacity:
            self._own.resize(self._prefixes[0], self._own.places, capacity, len(self))

    def _arrange(self) -> None:
        self._readings = _Readings(self._prefixes, len(self))
        self._count()

    def _count(self) -> None:
        lengths = self._lengths
        self._longest = max(lengths, default=0)
        self._is_even = min(lengths, default=0) == self._longest
        self._counted = _ByDevice(lambda device: torch.tensor(lengths, device=device))


class FixedRows(_GrowingRows):
    """As :class:`DecodingRows`, in tensors that stay where they are until they are full or half empty.

    How many tokens of each place count is a number on the device, so that the same operators do every step. They do it for places
    of rows that have left too, which nobody reads.
    """

    def __init__(self, longest: int) -> None:
        """See the base class."""
        super().__init__(longest)
        self._readings = _Readings((), 0)
        self._counted = torch.zeros(0, dtype=torch.long)  # (places,)
        self._tokens = torch.arange(0)  # (capacity,)

    @property
    def places(self) -> int:
        """How many rows every step computes."""
        return self._own.places

    @property
    def is_even(self) -> bool:
        """Whether all rows stand behind the same: else the operators of a step change whenever one leaves."""
        return self._readings.is_even

    def join(self, rows: Sequence[JoiningRow]) -> bool:
        """Take more rows, behind those that there are; return whether the same operators still do a step."""
        before = len(self)
        lengths = [row.memory.length if row.memory is not None else 0 for row in rows]
        self._prefixes += [row.prefix for row in rows]
        self._lengths += lengths
        self._own.longest = max(self._own.longest, *(row.longest for row in rows))
        needed, capacity = before + len(rows), self._own.room_for(max(1, *lengths))
        is_same = needed <= self.places and capacity == self._own.capacity
        if not is_same:
            self._resize(max(needed, self.places), capacity, before)
        for place, row in enumerate(rows, start=before):
            if row.memory is not None:
                self._own.put(place, row.memory)
        return self._arrange() and is_same

    def leave(self, places: Sequence[int]) -> bool:
        """Let rows go as :class:`DecodingRows` does; return whether the same operators still do a step."""
        for place in sorted(places, reverse=True):
            last = len(self) - 1
            if place < last:
                self._own.move(last, place)
            swap_out(self._prefixes, place)
            swap_out(self._lengths, place)
        is_same = not self._prefixes or 2 * len(self) > self.places
        if not is_same:
            self._resize(len(self), self._own.capacity, len(self))
        return self._arrange() and is_same

    def make_room(self) -> bool:
        """Make room for one more token of every row; return whether the same operators still do a step."""
        capacity = self._own.room_for(max(self._lengths, default=0) + 1)
        if capacity == self._own.capacity:
            return True
        self._resize(self.places, capacity, len(self))
        return False

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """Put the new token into every place's own part and attend to what rows stand behind and to the own part."""
        keys, values = self._own.keys[layer], self._own.values[layer]
        where = self._counted[:, None, None, None].expand_as(key)
        keys.scatter_(2, where, key)
        values.scatter_(2, where, value)
        visible = (self._tokens <= self._counted[:, None])[:, None]  # (places, 1, capacity)
        own = by_products(grouped(query, key), keys, values, scale, visible)
        return as_output(self._readings.joined_with(own, layer, query, scale), query)

    def advance(self) -> None:
        """Count the token of the forward just done."""
        self._lengths = [length + 1 for length in self._lengths]
        self._counted[: len(self)] += 1

    def _resize(self, places: int, capacity: int, kept: int) -> None:
        like = self._prefixes[0]
        self._own.resize(like, places, capacity, kept)
        self._counted = torch.zeros(places, dtype=torch.long, device=like.keys[0].device)
        self._tokens = torch.arange(capacity, device=like.keys[0].device)
        self._count()

    def _arrange(self) -> bool:
        """Find out again who reads what; return whether it is what it was."""
        readings = _Readings(self._prefixes, self.places)
        is_same = readings.is_like(self._readings)
        self._readings = readings
        self._count()
        return is_same

    def _count(self) -> None:
        # what is written at free places must not pass their end
        counted = [*self._lengths, *[0] * (self.places - len(self))]
        self._counted.copy_(torch.tensor(counted, dtype=torch.long))


def swap_out(rows: list[Any], place: int) -> None:
    """Take the row at ``place`` out of a list; the last one takes its place."""
    last = rows.pop()
    if place < len(rows):
        rows[place] = last
