"""Several problems at once: the policy's rows of all of them in one forward, against one problem after another.

* together: requests that are served in turns, as the engine serves them, so that every forward writes for all;
* one after another: the same requests, each to its end;
* each with pictures of one tile, and with pictures that fill all tiles, whose prompts take most of the time.

Greedy, so that both must write the same; the cost of a token is that of a drawn one: ``python -m benchmarks.batching --json``.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from benchmarks import metering, midsize
from benchmarks.metering import metered, warm_up
from benchmarks.midsize import QUESTION, Workload
from engine.domain import Sampling
from engine.models.inference.decoder import Decoder
from engine.models.inference.sampler import sample
from engine.models.registry import Options, load_network
from engine.protocols import Chunk


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemBatch:
    """How much is written."""

    problems: int = 16
    solutions: int = 8  # of each problem
    new_tokens: int = 200  # of each solution


def batch_of(size: Workload) -> ProblemBatch:
    """Return how much is written by a model of this size."""
    return ProblemBatch(problems=3, solutions=2, new_tokens=5) if size is midsize.SIZES["quick"] else ProblemBatch()


def together(folder: Path, size: Workload, device: torch.device, *, is_one_tile: bool) -> dict[str, Any]:
    """All problems in turns, as the engine serves its runs."""
    return _written(folder, size, device, is_one_tile=is_one_tile, at_once=batch_of(size).problems)


def one_after_another(folder: Path, size: Workload, device: torch.device, *, is_one_tile: bool) -> dict[str, Any]:
    """Each problem to its end before the next."""
    return _written(folder, size, device, is_one_tile=is_one_tile, at_once=1)


def _written(folder: Path, size: Workload, device: torch.device, *, is_one_tile: bool, at_once: int) -> dict[str, Any]:
    batch = batch_of(size)
    loaded: Any = load_network(folder, Options(device=str(device), dtype=size.dtype_name))
    network = replace(loaded, stop_ids=frozenset())  # no token ends a solution
    sampling = Sampling(n=batch.solutions, temperature=0.0, max_new_tokens=batch.new_tokens)
    images = _pictures(size, batch.problems, is_one_tile=is_one_tile)
    decoder = Decoder(network)

    def requests(sampling: Sampling) -> list[Generator[tuple[Chunk, ...], None, None]]:
        return [
            sample(network, [image], f"{QUESTION} ({number})", sampling, decoder=decoder)
            for number, image in enumerate(images)
        ]

    warm_up(device, lambda: _in_turns(requests(replace(sampling, max_new_tokens=2)), at_once))
    with metered(device) as cost:
        texts = _in_turns(requests(sampling), at_once)
    return {"seconds": cost.seconds, "extra_bytes": cost.extra_bytes, "texts": texts}


def _in_turns(requests: Sequence[Generator[tuple[Chunk, ...], None, None]], at_once: int) -> list[dict[int, str]]:
    """Serve requests in turns, so many at once; return the texts of each."""
    texts: list[dict[int, str]] = [{} for _ in requests]
    waiting = list(enumerate(requests))
    active: list[tuple[int, Generator[tuple[Chunk, ...], None, None]]] = []
    while waiting or active:
        while waiting and len(active) < at_once:
            active.append(waiting.pop(0))
        for number, request in tuple(active):
            chunks = next(request, None)
            if chunks is None:
                active.remove((number, request))
            for chunk in chunks or ():
                texts[number][chunk.draw] = texts[number].get(chunk.draw, "") + chunk.text
    return texts


def _pictures(size: Workload, count: int, *, is_one_tile: bool) -> list[Image.Image]:
    """Return pictures of noise, no two alike, of one tile or as many as the size's picture has."""
    whole = midsize.picture(size)
    shown = whole.resize((size.edge, size.edge)) if is_one_tile else whole
    return [shown.rotate(number * 360 / count) for number in range(count)]


def compare(costs: dict[str, dict[str, Any]], size: Workload) -> dict[str, Any]:
    """Return the ratios and whether all wrote the same."""
    batch = batch_of(size)
    tokens = batch.problems * batch.solutions * batch.new_tokens
    ratios = {
        tiles: costs[f"one after another, {tiles}"]["seconds"] / costs[f"together, {tiles}"]["seconds"]
        for tiles in TILES
    }
    return {
        "speedup_with_one_tile": ratios["one tile"],
        "speedup_with_all_tiles": ratios["all tiles"],
        "greedy_texts_equal": all(
            costs[f"together, {tiles}"]["texts"] == costs[f"one after another, {tiles}"]["texts"] for tiles in TILES
        ),
        "problems": batch.problems,
        "solutions": batch.solutions,
        "tokens_each": batch.new_tokens,
        "tokens_per_second": {way: tokens / cost["seconds"] for way, cost in costs.items()},
        "seconds": {way: cost["seconds"] for way, cost in costs.items()},
        "extra_mib": {way: cost["extra_bytes"] / 2**20 for way, cost in costs.items()},
        "scaled": False,
    }


TILES = {"one tile": True, "all tiles": False}
WAYS = {
    f"{way}, {tiles}": partial(work, is_one_tile=is_one_tile)
    for tiles, is_one_tile in TILES.items()
    for way, work in (("one after another", one_after_another), ("together", together))
}

if __name__ == "__main__":
    metering.main("benchmarks.batching", __doc__ or "", WAYS, compare)
