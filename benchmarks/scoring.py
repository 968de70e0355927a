"""Scoring N solutions of one picture: this engine against the ways that are usual, on the same random model.

* single pass: one forward per solution, picture encoded again, logits of every position (the reward model's released code);
* stepwise: one forward per step of every solution, each with the picture;
* copied prefix: picture and prompt once, then their cache copied to N rows of one padded batch.

``python -m benchmarks.scoring --json``. Where calls do not depend on each other, a few are measured and multiplied.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import DynamicCache, InternVLForConditionalGeneration

from benchmarks import metering, midsize, peaks, work
from benchmarks.metering import metered, warm_up
from benchmarks.midsize import QUESTION, Workload
from engine.domain import Problem, Solution
from engine.events import RunEnded, SolutionScored
from engine.models.registry import NetworkRewardModel, Options, load_network
from engine.prompts.prm_formats.base import PrmIds, encode_prm
from engine.prompts.prm_formats.visualprm import MINUS, PLUS
from engine.protocols import Models
from engine.serving.run import RunRequest, run
from engine.serving.scoring_queue import ScorePlan

CALLS = 3  # measured of the peers' independent calls, spread evenly over their lengths


def ours(folder: Path, size: Workload, device: torch.device) -> dict[str, Any]:
    """The whole way of a request: picture, prompt, all steps of all solutions."""
    network = load_network(folder, Options(device=str(device), dtype=size.dtype_name))
    model = NetworkRewardModel(network)
    problem = Problem(question=QUESTION)
    given = tuple(
        Solution(problem_id=problem.id, steps=steps, policy_model="random") for steps in midsize.solutions(size)
    )
    request = RunRequest(
        problem=problem, images=(midsize.picture(size),), solutions=given, plan=ScorePlan(max_steps=None)
    )
    warm_up(device, lambda: _scores_of(request, model))
    with metered(device) as cost:
        scores = _scores_of(request, model)
    tiles = network.count_tiles(request.images)
    asked = [
        encode_prm(network.style, network.prm_format, network.tokens, QUESTION, solution.steps, tiles)
        for solution in given
    ]
    prefix = _shared([prompt.ids for prompt in asked])
    suffixes = [len(prompt.ids) - prefix for prompt in asked]
    read = [[place - prefix for place in prompt.positions] for prompt in asked]
    operations = work.scoring_operations(size, sum(tiles), prefix, suffixes, read)
    return {
        "seconds": cost.seconds,
        "extra_bytes": cost.extra_bytes,
        "peak_bytes": cost.peak_bytes,
        "operations": operations,
        "matrix_rate": peaks.matrix_rate(device, size.dtype),
        "tiles": sum(tiles),
        "scores": scores,
    }


def _scores_of(request: RunRequest, model: NetworkRewardModel) -> dict[int, list[float]]:
    scores: dict[int, list[float]] = {}
    models = Models(policy=None, reward_model=model)
    for event in (e for events in run(request, models, lambda: False) for e in events):
        match event:
            case SolutionScored():
                scores[event.draw] = [s.score for s in event.scoring.step_scores if s.score is not None]
            case RunEnded() if event.error is not None:
                raise event.error
            case _:
                pass
    return scores


def single_pass(folder: Path, size: Workload, device: torch.device) -> dict[str, Any]:
    """One forward per solution, all logits."""
    peer = _Peer(folder, size, device)
    rows = sorted(range(size.rows), key=lambda row: len(peer.prompts[row].ids))
    chosen = _spread(rows)
    warm_up(device, lambda: peer.alone(peer.prompts[chosen[0]]))
    with metered(device) as cost:
        scores = {row: peer.alone(peer.prompts[row]) for row in chosen}
    return _scaled(cost, len(chosen), len(rows)) | {"scores": scores}


def stepwise(folder: Path, size: Workload, device: torch.device) -> dict[str, Any]:
    """One forward per step over everything before it, all logits."""
    peer = _Peer(folder, size, device)
    steps = sorted(
        ((row, step) for row in range(size.rows) for step in range(len(peer.prompts[row].positions))),
        key=lambda place: peer.prompts[place[0]].positions[place[1]],
    )
    chosen = _spread(steps)
    warm_up(device, lambda: peer.alone(_until(peer.prompts[chosen[0][0]], chosen[0][1])))
    with metered(device) as cost:
        scores = [(row, step, peer.alone(_until(peer.prompts[row], step))[-1]) for row, step in chosen]
    return _scaled(cost, len(chosen), len(steps)) | {"single_scores": scores}


def copied_prefix(folder: Path, size: Workload, device: torch.device) -> dict[str, Any]:
    """Prompt once, its cache copied to all rows, one padded batch, two logits where they are needed."""
    peer = _Peer(folder, size, device)
    with metered(device) as cost:
        scores = dict(enumerate(peer.together()))
    return {"seconds": cost.seconds, "extra_bytes": cost.extra_bytes, "scores": scores}


class _Peer:
    """The native class with its own attention and cache, on the ids this engine reads."""

    def __init__(self, folder: Path, size: Workload, device: torch.device) -> None:
        network: Any = load_network(folder, Options(device="cpu", dtype=size.dtype_name))
        images = [midsize.picture(size)]
        tiles = network.count_tiles(images)
        self.prompts = [
            encode_prm(network.style, network.prm_format, network.tokens, QUESTION, steps, tiles)
            for steps in midsize.solutions(size)
        ]
        self._answers = [network.tokens.token_id(PLUS), network.tokens.token_id(MINUS)]
        self._device = device
        self._processor, self._image, self._dtype = network.processor, images[0], size.dtype
        del network
        model: Any = InternVLForConditionalGeneration.from_pretrained(folder, dtype=size.dtype)
        self._model = model.to(device).eval()

    @torch.inference_mode()
    def alone(self, prompt: PrmIds) -> list[float]:
        """Read one prompt with its picture."""
        logits = self._model(input_ids=self._ids([prompt.ids]), pixel_values=self._pixels(), use_cache=False).logits
        return _chances(logits[0, list(prompt.positions)].float()[:, self._answers])

    @torch.inference_mode()
    def together(self) -> list[list[float]]:
        """Read the shared beginning once and everything else behind copies of its cache."""
        shared = _shared([prompt.ids for prompt in self.prompts])
        cache = DynamicCache()
        ids = self._ids([self.prompts[0].ids[:shared]])
        self._model(input_ids=ids, pixel_values=self._pixels(), cache=cache, logits_to_keep=1)
        cache.batch_repeat_interleave(len(self.prompts))
        rest = [prompt.ids[shared:] for prompt in self.prompts]
        longest = max(map(len, rest))
        padded = self._ids([[*ids, *[0] * (longest - len(ids))] for ids in rest])  # right padding: causal, so unseen
        hidden = self._model.model.language_model(input_ids=padded, cache=cache).last_hidden_state
        head = self._model.lm_head.weight[self._answers].float()
        return [
            _chances(hidden[row, [at - shared for at in prompt.positions]].float() @ head.T)
            for row, prompt in enumerate(self.prompts)
        ]

    def _ids(self, rows: Sequence[Sequence[int]]) -> torch.Tensor:
        return torch.tensor(rows, device=self._device)

    def _pixels(self) -> torch.Tensor:
        pixels: torch.Tensor = self._processor([self._image], return_tensors="pt")["pixel_values"]
        return pixels.to(self._device, self._dtype)


def _shared(rows: Sequence[Sequence[int]]) -> int:
    """Return how many tokens all rows begin with."""
    return next(place for place, ids in enumerate(zip(*rows, strict=False)) if len(set(ids)) > 1)


def _chances(logits: torch.Tensor) -> list[float]:
    chances: list[float] = logits.softmax(dim=-1)[:, 0].tolist()
    return chances


def _until(prompt: PrmIds, step: int) -> PrmIds:
    """Return the prompt up to where one step is scored."""
    end = prompt.positions[step]
    return PrmIds(ids=prompt.ids[: end + 1], positions=(end,))


def _spread(calls: Sequence[Any]) -> list[Any]:
    """Choose calls at the middle of equal parts: their mean stands for all."""
    count = min(CALLS, len(calls))
    return [calls[(2 * part + 1) * len(calls) // (2 * count)] for part in range(count)]


def _scaled(cost: metering.Cost, measured: int, calls: int) -> dict[str, Any]:
    seconds = cost.seconds * calls / measured
    return {"seconds": seconds, "extra_bytes": cost.extra_bytes, "measured_calls": measured, "calls": calls}


def compare(costs: dict[str, dict[str, Any]], size: Workload) -> dict[str, Any]:
    """Return the ratios and whether all ways agree."""
    mine = costs["ours"]
    known = {int(row): scores for row, scores in mine["scores"].items()}
    differences = [
        abs(score - known[int(row)][step])
        for way in ("single_pass", "copied_prefix")
        for row, scores in costs[way]["scores"].items()
        for step, score in enumerate(scores)
    ]
    differences += [abs(score - known[row][step]) for row, step, score in costs["stepwise"]["single_scores"]]
    peers = {way: cost for way, cost in costs.items() if way != "ours"}
    return {
        "speedup_over_single_pass": peers["single_pass"]["seconds"] / mine["seconds"],
        "speedup_over_stepwise": peers["stepwise"]["seconds"] / mine["seconds"],
        "speedup_over_copied_prefix": peers["copied_prefix"]["seconds"] / mine["seconds"],
        "memory_ratio_to_copied_prefix": mine["extra_bytes"] / peers["copied_prefix"]["extra_bytes"],
        "max_abs_difference": max(differences),
        "compared_scores": len(differences),
        "matrix_rate_fraction": mine["operations"] / mine["seconds"] / mine["matrix_rate"],
        "matrix_rate_teraflops": mine["matrix_rate"] / 1e12,
        "peak_gib": mine["peak_bytes"] / 2**30,
        "tiles": mine["tiles"],
        "solutions": size.rows,
        "steps": sum(map(len, known.values())),
        "seconds": {way: cost["seconds"] for way, cost in costs.items()},
        "extra_mib": {way: cost["extra_bytes"] / 2**20 for way, cost in costs.items()},
        "scaled": True,
        "scaled_from_calls": {
            way: [cost["measured_calls"], cost["calls"]] for way, cost in peers.items() if "calls" in cost
        },
    }


WAYS = {"ours": ours, "single_pass": single_pass, "stepwise": stepwise, "copied_prefix": copied_prefix}

if __name__ == "__main__":
    metering.main("benchmarks.scoring", __doc__ or "", WAYS, compare)
