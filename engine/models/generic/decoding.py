"""Solutions written by transformers' own forward pass and cache, a token of every row a step.

A prompt is read once for as many rows as memory has room for; what its cache holds is copied for each, and rows that are over
leave it. The others begin when these are over. Models without a cache write one row after the other. The order of
work is that of ``GenerationMixin._sample``, whose preparation is used as it is.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from engine.domain import Sampling
from engine.errors import OutOfMemory
from engine.models.generic.chat import as_device
from engine.models.generic.loading import GenericModel, computing
from engine.models.inference import memory_budget
from engine.models.inference.network import memory_named
from engine.models.inference.token_choice import TokenChooser
from engine.models.inference.written_row import RowText
from engine.protocols import Chunk

CACHES = ("cache", "past_key_values", "cache_params")  # names that transformers has had for it


@dataclass(slots=True)
class Reading:
    """A prompt that was read, or rows behind it: what the next forward needs."""

    ids: Tensor  # (B, Q)
    logits: Tensor  # (B, vocabulary), float32: of the next token
    state: dict[str, Any] = field(default_factory=dict)  # cache, mask, positions: transformers' ``model_kwargs``

    @property
    def cache(self) -> Any:
        """Keys, values and other memory; None where the model has none."""
        return next((self.state[name] for name in CACHES if self.state.get(name) is not None), None)

    def rows(self, chosen: Sequence[int]) -> None:
        """Keep these rows, in this order; a row may be chosen more than once."""
        count, index = len(self.ids), torch.tensor(list(chosen), device=self.ids.device)
        cache = self.cache
        if cache is not None:
            cache.reorder_cache(index)
        self.ids, self.logits = self.ids[index.to(self.ids.device)], self.logits[index.to(self.logits.device)]
        self.state = {
            name: value if name in CACHES else _chosen(value, index, count, 1 if _is_positions(name, value) else 0)
            for name, value in self.state.items()
        }


def _is_positions(name: str, value: Any) -> bool:
    """Whether a value holds positions in several dimensions, the rows behind these: (3 or 4, B, Q)."""
    return name == "position_ids" and isinstance(value, Tensor) and value.dim() == 3


def _chosen(value: Any, index: Tensor, count: int, dim: int = 0) -> Any:
    if isinstance(value, Tensor):
        is_by_row = value.dim() > dim and value.shape[dim] == count
        return value.index_select(dim, index.to(value.device)) if is_by_row else value
    if isinstance(value, Mapping) and hasattr(value, "to_tuple"):  # what an encoder gave
        return type(value)(**{name: _chosen(part, index, count) for name, part in value.items()})
    return value


@torch.inference_mode()
def read(loaded: GenericModel, inputs: Mapping[str, Any], longest: int) -> Reading:
    """Read a prompt for rows of up to ``longest`` tokens behind it."""
    model = loaded.model
    given = as_device(inputs, loaded.device, model.dtype)
    found: dict[str, Any] = {}

    def prefill(whole: Any, input_ids: Tensor, *_: Any, generation_config: Any, **state: Any) -> Tensor:
        for name in ("logits_processor", "stopping_criteria", "synced_gpus", "streamer"):
            state.pop(name, None)
        output = whole._prefill(input_ids, generation_config, state)
        found["reading"] = _after(whole, output, input_ids, state)
        return input_ids

    with computing(loaded):
        model.generate(**given, custom_generate=prefill, do_sample=False, num_beams=1, max_new_tokens=longest + 1)
    reading: Reading = found["reading"]
    return reading


@torch.inference_mode()
def step(loaded: GenericModel, before: Reading, tokens: Sequence[int]) -> Reading:
    """Read one more token of every row."""
    model = loaded.model
    ids = torch.cat([before.ids, torch.tensor(list(tokens), device=before.ids.device)[:, None]], dim=-1)
    has_cache = before.cache is not None
    given = model.prepare_inputs_for_generation(ids, next_sequence_length=1 if has_cache else None, **before.state)
    with computing(loaded):
        return _after(model, model(**given, return_dict=True), ids, before.state)


def _after(model: Any, output: Any, ids: Tensor, state: dict[str, Any]) -> Reading:
    state = model._update_model_kwargs_for_generation(output, state, is_encoder_decoder=model.config.is_encoder_decoder)
    logits = output.logits[:, -1].to(copy=True, dtype=torch.float32)
    return Reading(ids=ids, logits=logits, state=state)


@dataclass(frozen=True, slots=True, kw_only=True)
class _RowsBehind:
    """Rows that go on from the same tokens."""

    inputs: Mapping[str, Any]
    rows: list[RowText]


class GenericDecoder:
    """Writes rows that are sampled in one way."""

    def __init__(self, loaded: GenericModel, sampling: Sampling, *, first: int = 0) -> None:
        """``first``: so many rows are ended before others begin; 0: all begin together where memory allows it."""
        self._loaded = loaded
        self._sampling = sampling
        self._chooser = TokenChooser(sampling)
        self._waiting: deque[_RowsBehind] = deque()
        self._first = first
        self._most: int | None = None  # rows at once, once memory ran out
        self._together = 1  # rows in what is computed now

    @property
    def is_busy(self) -> bool:
        """Whether rows wait."""
        return any(not row.is_over for group in self._waiting for row in group.rows)

    def longest(self, inputs: Mapping[str, Any]) -> int:
        """Return how many tokens a row behind this prompt may come to."""
        return min(self._sampling.max_new_tokens, self._loaded.context - int(inputs["input_ids"].shape[1]))

    def add(self, inputs: Mapping[str, Any], rows: Sequence[tuple[RowText, int, int]]) -> None:
        """Have rows written behind a prompt, each with the numbers of its ``(seed, draw)``."""
        for row, seed, draw in rows:
            self._chooser.join(row.number, seed, draw, inputs["input_ids"][0].tolist(), row.longest)
        self._waiting.append(_RowsBehind(inputs=inputs, rows=[row for row, _, _ in rows]))

    def drop(self, number: int) -> None:
        """Write no more of a row."""
        for group in self._waiting:
            for row in group.rows:
                row.is_dropped = row.is_dropped or row.number == number
        self._chooser.leave(number)

    def write(self) -> Generator[tuple[Chunk, ...], None, None]:
        """Write rows until all are over. Yields after every forward step. Raises OutOfMemory when one row does not fit."""
        while self._waiting:
            group = self._waiting[0]
            group.rows[:] = [row for row in group.rows if not row.is_over]
            if not group.rows:
                self._waiting.popleft()
                continue
            # a row that was interrupted goes on from tokens of its own
            alike = [row for row in group.rows if not row.ids] or group.rows[:1]
            rows = alike[: self._first or self._most or len(alike)]
            self._first = 0
            try:
                yield from self._write_together(group.inputs, rows)
            except OutOfMemory:
                if self._together <= 1:
                    raise
                self._most = math.ceil(self._together / 2)
            memory_budget.release(self._loaded.device)  # outside the handler, whose error still holds tensors

    def _write_together(
        self, inputs: Mapping[str, Any], rows: Sequence[RowText]
    ) -> Generator[tuple[Chunk, ...], None, None]:
        """Write those of ``rows``, which have written the same so far, that memory has room for. Raises OutOfMemory."""
        device = self._loaded.device
        self._together = 1  # the prompt, however many rows go on from it
        reading = read(self._loaded, _longer(inputs, rows[0].ids), max(row.longest for row in rows))
        yield ()
        wanted = [row for row in rows if not row.is_over]  # some may have been dropped meanwhile
        writing = wanted[: self._fitting(reading, wanted)] if wanted else []
        self._together = len(writing)
        if len(writing) > 1:
            with memory_named(device):
                reading.rows([0] * len(writing))
        while writing:
            self._together = len(writing)
            with memory_named(device):
                chosen = self._chooser.choose(
                    reading.logits, [row.number for row in writing], [len(row.ids) for row in writing]
                )
            chunks = [row.add(token, self._loaded.stop_ids) for row, token in zip(writing, chosen, strict=True)]
            yield tuple(chunks)
            for row in writing:
                if row.is_over:
                    self._chooser.leave(row.number)
            with memory_named(device):
                writing, chosen = _kept(reading, writing, chosen)
            if writing:
                reading = step(self._loaded, reading, chosen)
                yield ()
                with memory_named(device):
                    writing, _ = _kept(reading, writing, chosen)  # some may have been dropped meanwhile

    def _fitting(self, reading: Reading, rows: Sequence[RowText]) -> int:
        """Return how many rows to write together: each holds a copy of what was read of the prompt."""
        cache = reading.cache
        if cache is None:
            return 1
        read_bytes = sum(part.numel() * part.element_size() for part in _tensors(cache))
        longest, prompt = max(row.longest for row in rows), reading.ids.shape[1]
        row_bytes = (
            math.ceil(read_bytes * (1 + longest / prompt)) + memory_budget.CHOOSING_BYTES * reading.logits.shape[-1]
        )
        free = memory_budget.free_bytes(self._loaded.device)
        return memory_budget.rows_at_once(len(rows), free, row_bytes)


def _kept(reading: Reading, rows: Sequence[RowText], tokens: Sequence[int]) -> tuple[list[RowText], list[int]]:
    """Take the rows that are over out of what was read; return the others and their tokens."""
    places = [place for place, row in enumerate(rows) if not row.is_over]
    if places and len(places) < len(rows):
        reading.rows(places)
    return [rows[place] for place in places], [tokens[place] for place in places]


def _longer(inputs: Mapping[str, Any], ids: Sequence[int]) -> Mapping[str, Any]:
    """Return a prompt with more tokens of text behind it."""
    if not ids:
        return inputs
    length = inputs["input_ids"].shape[1]
    longer = dict(inputs)
    for name, value in inputs.items():
        if isinstance(value, Tensor) and value.shape == (1, length):
            fill = (
                torch.tensor([list(ids)])
                if name == "input_ids"
                else torch.zeros(1, len(ids)) + (name == "attention_mask")
            )
            longer[name] = torch.cat([value, fill.to(value.dtype)], dim=1)
    return longer


def _tensors(cache: Any) -> list[Tensor]:
    """Return all that a cache holds."""
    found: list[Tensor] = []
    for layer in getattr(cache, "layers", None) or [*getattr(cache, "self_attention_cache", cache).layers]:
        for value in vars(layer).values():
            parts = value if isinstance(value, list | tuple) else value.values() if isinstance(value, dict) else [value]
            found += [part for part in parts if isinstance(part, Tensor)]
    return found
