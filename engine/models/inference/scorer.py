"""All steps of all solutions of one problem: images and prompt prefix are read once, then each step costs its own tokens only.

A row is one solution; its steps may come one at a time, while it is still being written, or all at once. Several rows go into one
forward, as many as memory allows; a long addition is read in pieces. Only two logits are computed, in float32, where each step
ends. Equal, up to rounding, to one forward per step over everything before it. Knows nothing of runs and events.

Source: VisualPRM, sec. 3.1, and the single-pass form of its released code.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch
from PIL.Image import Image
from torch import Tensor

from engine.errors import OutOfMemory
from engine.models.inference import memory_budget
from engine.models.inference.long_prompts import read_whole, with_last_answer
from engine.models.inference.network import Network, Pictures, memory_named, prefill
from engine.models.inference.sampler import check_length
from engine.models.inference.shared_attention import AppendingRows, Prefix, RowMemory
from engine.prompts.prm_formats.base import PrmIds, encode_prm
from engine.prompts.segments import encode

TOKENS_OF_A_ROW = 1024  # read in one forward: bounds the scores among new tokens where there is no fused kernel
PROBES = ("A", "\n", " a", "1", "$", "-", "的")  # first characters of a step, to find what no step can change before it


@dataclass(slots=True)
class _RowState:
    """One solution: what was read of it."""

    memory: RowMemory = field(default_factory=RowMemory)
    behind: int = 0  # prefix tokens this row shares
    ids: list[int] = field(default_factory=list)  # own tokens read so far; ``memory`` may have been given up for others


@dataclass(frozen=True, slots=True, kw_only=True)
class _Addition:
    """New tokens of one row."""

    row: int
    behind: int  # prefix tokens in front
    start: int  # the row's own tokens so far
    ids: tuple[int, ...]
    positions: tuple[int, ...]  # indices into ids where scores are read

    def cut(self, length: int) -> tuple[_Addition, _Addition]:
        """Return the first ``length`` tokens and the rest, to be read after them."""
        scores = bisect_left(self.positions, length)
        first = replace(self, ids=self.ids[:length], positions=self.positions[:scores])
        later = tuple(position - length for position in self.positions[scores:])
        return first, replace(self, start=self.start + length, ids=self.ids[length:], positions=later)


@dataclass(frozen=True, slots=True, kw_only=True)
class _SharedPrompt:
    """What all rows have in common."""

    question: str
    tiles: tuple[int, ...]  # of each image
    prefix: tuple[int, ...]  # ids every prompt begins with
    one_pass: bool  # see :func:`open_session`
    tokens_at_once: int  # padded tokens to read in one forward


class SharedScoring:
    """Implements ``ScoringSession`` for any :class:`Network`."""

    def __init__(self, network: Network, problem: _SharedPrompt, prefix: Prefix, pictures: Pictures | None) -> None:
        self._network = network
        self._question = problem.question
        self._tiles = problem.tiles
        self._one_pass = problem.one_pass
        self._prefix = prefix
        self._prefix_ids = problem.prefix
        self._at_once = problem.tokens_at_once  # halved whenever memory runs out
        self._pictures = pictures if network.native_length is not None else None
        self._steps: dict[int, tuple[str, ...]] = {}  # by row, only where a row may become too long to share
        self._outdated: set[int] = set()
        self._rows: dict[int, _RowState] = {}
        self._answers = [network.tokens.token_id(answer) for answer in network.prm_format.answers]

    def score(self, new_steps: Mapping[int, Sequence[str]]) -> Generator[None, None, Mapping[int, tuple[float, ...]]]:
        """See ``ScoringSession``."""
        whole = self._too_long(new_steps)
        for prompt in whole.values():
            check_length(len(prompt.ids), self._network.context, "The solution")
        additions = [self._addition(row, steps) for row, steps in new_steps.items() if steps and row not in whole]
        for addition in additions:
            check_length(addition.behind + addition.start + len(addition.ids), self._network.context, "The solution")
        scores: dict[int, tuple[float, ...]] = {row: () for row in new_steps}
        if self._one_pass:
            self._outdated |= {row for row in whole if self._steps.get(row)}
        if self._network.native_length is not None:
            self._steps |= {row: (*self._steps.get(row, ()), *steps) for row, steps in new_steps.items()}
        for row, prompt in whole.items():
            scores[row] = self._read(read_whole(self._network, prompt, self._pictures))[-len(new_steps[row]) :]
            yield
        while additions:
            batch, later = _next_batch(additions, self._at_once)
            try:
                read = self._forward(batch)
            except OutOfMemory:
                if not self._make_do_with_less(batch, new_steps):
                    raise
                read = None
            if read is None:  # outside the handler, whose error still holds the failed forward's tensors
                memory_budget.release(self._network.device)
                continue
            additions = later
            for addition, values in zip(batch, read, strict=True):
                scores[addition.row] += values
            yield
        return scores

    def drop(self, row: int) -> None:
        """See ``ScoringSession``."""
        self._rows.pop(row, None)
        self._steps.pop(row, None)
        self._outdated.discard(row)

    def is_outdated(self, row: int) -> bool:
        """See ``KnowsOutdatedScores``: a step beyond the native length moved the positions of those before it."""
        return row in self._outdated

    def _make_do_with_less(self, batch: Sequence[_Addition], needed: Container[int]) -> bool:
        """Halve what is read at once; at one row, first give up what was read of rows that are not ``needed`` now."""
        if len(batch) == 1:
            spare = [row for number, row in self._rows.items() if number not in needed and row.memory.length]
            for row in spare:
                row.memory = RowMemory()
            if spare:
                return True
        longest = max(len(addition.ids) for addition in batch)
        self._at_once = len(batch) * longest // 2
        return self._at_once >= memory_budget.LEAST_TOKENS

    def _too_long(self, new_steps: Mapping[int, Sequence[str]]) -> dict[int, PrmIds]:
        """Return the whole prompts of the rows that are too long to share the prefix, with all their steps so far."""
        limit = self._network.native_length
        found: dict[int, PrmIds] = {}
        if limit is None:
            return found
        for row, steps in new_steps.items():
            known = (*self._steps.get(row, ()), *steps)
            if not steps:
                continue
            prompt = encode_prm(
                self._network.style, self._network.prm_format, self._network.tokens, self._question, known, self._tiles
            )
            if self._one_pass:
                prompt = with_last_answer(self._network, prompt)
            if len(prompt.ids) > limit:
                found[row] = prompt
        return found

    def _encode(self, steps: Sequence[str]) -> PrmIds:
        """Return the whole prompt of these steps."""
        network = self._network
        return encode_prm(network.style, network.prm_format, network.tokens, self._question, steps, self._tiles)

    def _addition(self, number: int, steps: Sequence[str]) -> _Addition:
        """Return the row's new tokens; changes nothing."""
        row = self._rows.get(number)
        if row is None:
            whole = encode_prm(
                self._network.style, self._network.prm_format, self._network.tokens, self._question, steps, self._tiles
            )
            behind = _common_length(self._prefix_ids, whole.ids)
            return _Addition(
                row=number,
                behind=behind,
                start=0,
                ids=whole.ids[behind:],
                positions=tuple(position - behind for position in whole.positions),
            )
        ids = row.ids[row.memory.length :]  # empty unless the memory was given up
        positions = []
        for step in steps:
            ids += encode(self._network.prm_format.following(step), self._network.tokens)
            positions.append(len(ids) - 1)
        return _Addition(
            row=number, behind=row.behind, start=row.memory.length, ids=tuple(ids), positions=tuple(positions)
        )

    @torch.inference_mode()
    def _forward(self, batch: Sequence[_Addition]) -> list[tuple[float, ...]]:
        """Read the new tokens of several rows that share the same prefix length."""
        network = self._network
        rows = [self._rows.get(addition.row) or _RowState(behind=addition.behind) for addition in batch]
        longest = max(len(addition.ids) for addition in batch)
        ids = torch.tensor([[*a.ids, *[0] * (longest - len(a.ids))] for a in batch], device=network.device)
        starts = torch.tensor([[a.behind + a.start + self._prefix.offset] for a in batch], device=network.device)
        # padding lies behind the last read position; its own are clamped, so that it does not pass for a longer prompt
        limit = network.native_length or network.context
        positions = (starts + torch.arange(longest, device=network.device)).clamp(max=limit - 1)
        most = max(len(a.positions) for a in batch)
        read = [[*a.positions, *[longest - 1] * (max(1, most) - len(a.positions))] for a in batch]
        attend = AppendingRows(
            self._prefix.first(batch[0].behind),
            [row.memory for row in rows],
            [len(a.ids) for a in batch],
            torch.tensor(read, device=network.device),
        )
        with memory_named(network.device):
            hidden = network.forward(network.embed(ids), positions, attend)  # (B, longest, hidden)
            values = [self._read(hidden[index, list(a.positions)]) for index, a in enumerate(batch)]
        attend.commit()
        for row, addition in zip(rows, batch, strict=True):
            row.ids[addition.start : addition.start + len(addition.ids)] = addition.ids
            self._rows[addition.row] = row
        return values

    def _read(self, hidden: Tensor) -> tuple[float, ...]:
        """Return P(+) against P(-) at each of the hidden states (steps, hidden)."""
        chances = self._network.logits(hidden, self._answers).softmax(dim=-1)[:, 0]
        return tuple(float(chance) for chance in chances.tolist())


def open_session(
    network: Network, images: Sequence[Image], question: str, *, one_pass: bool = True
) -> Generator[None, None, SharedScoring]:
    """Read images and prompt prefix; see ``RewardModel.open_session``.

    ``one_pass`` matters beyond the network's native length only: False scores each step as a prompt of its own (and a whole
    response as one step) does, True as one pass over the whole dialogue does.
    """
    tiles = network.count_tiles(images)
    ids = _prefix_ids(network, question, tiles)
    yield
    pictures = None
    if images:
        pictures = network.encode_pictures(images)
        yield
    is_shared = network.native_length is None or len(ids) <= network.native_length
    prefix, at_once = (
        _read_prefix(network, ids, pictures) if is_shared else (Prefix([], []), memory_budget.LEAST_TOKENS)
    )
    problem = _SharedPrompt(
        question=question, tiles=tuple(tiles), prefix=tuple(ids), one_pass=one_pass, tokens_at_once=at_once
    )
    yield
    return SharedScoring(network, problem, prefix, pictures)


@torch.inference_mode()
def _read_prefix(network: Network, ids: Sequence[int], pictures: Pictures | None) -> tuple[Prefix, int]:
    """Return what all rows share, and how many tokens behind it fit into one forward."""
    with memory_named(network.device):
        prefix, hidden = prefill(network, ids, pictures)
    return prefix, memory_budget.tokens_behind(prefix, hidden.shape[-1] * hidden.element_size())


def _prefix_ids(network: Network, question: str, tiles: Sequence[int]) -> list[int]:
    """Return the ids every solution's prompt begins with.

    A tokenizer may join the end of the template with the start of a step, so what several unlike steps agree on is taken. A
    step that begins unlike all of them shares less, and is still exact.
    """
    shared: list[int] | None = None
    for probe in PROBES:
        ids = encode(network.prm_format.first(network.style, question, probe, tiles), network.tokens)
        if shared is None:
            check_length(len(ids), network.context, "The question")  # before the other probes: it may be huge
            shared = ids
        shared = shared[: _common_length(shared, ids)]
    assert shared is not None
    return shared


def _common_length(left: Sequence[int], right: Sequence[int]) -> int:
    for index, (a, b) in enumerate(zip(left, right, strict=False)):
        if a != b:
            return index
    return min(len(left), len(right))


def _next_batch(additions: Sequence[_Addition], at_once: int) -> tuple[list[_Addition], list[_Addition]]:
    """Return what to read now and what later: rows of the same prefix length and of similar lengths, the shortest first."""
    first, *others = sorted(additions, key=lambda addition: (addition.behind, len(addition.ids)))
    most = min(at_once, TOKENS_OF_A_ROW)
    if len(first.ids) > most:
        piece, rest = first.cut(most)
        return [piece], [rest, *others]
    batch = [first]
    for addition in others:
        longest = len(addition.ids)
        if addition.behind != first.behind or longest > most or (len(batch) + 1) * longest > at_once:
            break
        batch.append(addition)
    return batch, others[len(batch) - 1 :]
