"""The training loop of every stage: learning rates, logging, and checkpoints with optimiser state, so that a stage resumes.

Knows steps and losses. Does not know what is learned.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, distributed, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from nano.train.optimiser import build_optimisers, schedule, set_rate

log = logging.getLogger(__name__)

STATE = Path(".train")
SAVE_SECONDS = 90.0
LOG_STEPS = 20
EMA_DECAY = 0.97  # of the moving average of the weights: about the last 30 steps
STORED_AS = {
    "language": "reading",
    "vision": "eyes",
    "vision_free": "roaming",
    "reward": "rewarding",
    "reward_monte_carlo": "sharpening",
}
"""Stages whose checkpoints keep the names they had when the first ones were saved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterGroup:
    """Parameters with the same learning rates."""

    named: tuple[tuple[str, nn.Parameter], ...]
    """Names and parameters."""
    muon_rate: float
    """Learning rate of hidden matrices."""
    adam_rate: float
    """Learning rate of everything else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRun:
    """One stage: what it trains and for how long."""

    name: str
    """Of the stage, as on the command line."""
    steps: int
    """Optimiser steps in all, at which the schedule ends."""
    groups: tuple[ParameterGroup, ...]
    """All trained parameters."""


def parameter_group(module: nn.Module, muon_rate: float, adam_rate: float) -> ParameterGroup:
    """All parameters of a module as one group."""
    return ParameterGroup(named=tuple(module.named_parameters()), muon_rate=muon_rate, adam_rate=adam_rate)


def fit(run: StageRun, module: nn.Module, losses: Callable[[int], Iterable[Tensor]]) -> None:
    """Train `module` in place for `run.steps` steps, resuming from the stage's checkpoint if there is one.

    `losses(pool)` yields one loss an optimiser step for data pool number `pool`; it must depend on `pool` only, so that
    a resumed run sees the rows it would have seen. Under torchrun the pools are divided among the processes, whose
    gradients are averaged: on a busy machine two single-threaded processes are faster than one with two threads.
    """
    optimisers = [o for g in run.groups for o in build_optimisers(g.named, g.muon_rate, g.adam_rate)]
    path = checkpoint(run.name)
    averaged = AveragedModel(module, multi_avg_fn=get_ema_multi_avg_fn(EMA_DECAY))
    step, pool, seconds = _resume(path, module, averaged, optimisers)
    rank, ranks = join_processes()
    saved = started = time.monotonic()
    recent: list[float] = []
    while step < run.steps:
        for loss in losses(pool * ranks + rank):
            set_rate(optimisers, schedule(step, run.steps))
            loss.backward()
            _average(run, ranks)
            for optimiser in optimisers:
                optimiser.step()
                optimiser.zero_grad(set_to_none=True)
            averaged.update_parameters(module)
            recent.append(float(loss.detach()))
            step += 1
            if step % LOG_STEPS == 0 and rank == 0:
                hours = (seconds + time.monotonic() - started) / 3600
                log.info("%s step=%d loss=%.4f hours=%.3f", run.name, step, sum(recent) / len(recent), hours)
                recent.clear()
            if step >= run.steps:
                break
        pool += 1
        if rank == 0 and (time.monotonic() - saved > SAVE_SECONDS or step >= run.steps):
            saved = time.monotonic()
            _save(path, module, averaged, optimisers, (step, pool, seconds + saved - started))


def join_processes() -> tuple[int, int]:
    """Join the other processes of torchrun; returns (rank, number of processes), outside of torchrun (0, 1)."""
    if not distributed.is_torchelastic_launched():
        return 0, 1
    if not distributed.is_initialized():
        distributed.init_process_group("gloo")
    return distributed.get_rank(), distributed.get_world_size()


def in_first_process(action: Callable[[], None]) -> None:
    """Run `action` in the first process only; the others wait for it."""
    rank, ranks = join_processes()
    if rank == 0:
        action()
    if ranks > 1:
        distributed.barrier()


def claim_state(seed: int) -> None:
    """Reserve .train/ for one seed: stages reuse the files there, which with another seed belong to other pictures.

    Raises ValueError when it is reserved for another seed.
    """
    path = STATE / "seed"
    owner = path.read_text(encoding="utf-8") if path.exists() else str(seed)
    if owner != str(seed):
        raise ValueError(f"{str(STATE)!r} holds stages of seed {owner}: move it away before running seed {seed}.")
    STATE.mkdir(exist_ok=True)
    path.write_text(owner, encoding="utf-8")


def _average(run: StageRun, ranks: int) -> None:
    if ranks == 1:
        return
    gradients = [p.grad for g in run.groups for _, p in g.named if p.grad is not None]
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    distributed.all_reduce(flat)
    for gradient, mean in zip(gradients, (flat / ranks).split([g.numel() for g in gradients]), strict=True):
        gradient.copy_(mean.view_as(gradient))


def checkpoint(name: str) -> Path:
    """The file of a stage's weights, optimiser state and progress."""
    return STATE / f"{STORED_AS.get(name, name)}.run.pt"


def load_stage(name: str, module: nn.Module) -> None:
    """Load the moving average of the weights that a stage has reached.

    Raises FileNotFoundError when the stage never ran.
    """
    path = checkpoint(name)
    if not path.exists():
        raise FileNotFoundError(f"{str(path)!r} does not exist: run `python -m nano.train {name}` first.")
    module.load_state_dict(torch.load(path, weights_only=True)["averaged"])


def _save(
    path: Path,
    module: nn.Module,
    averaged: AveragedModel,
    optimisers: list[torch.optim.Optimizer],
    progress: tuple[int, int, float],
) -> None:
    path.parent.mkdir(exist_ok=True)
    state = {
        "module": module.state_dict(),
        "averaged": averaged.module.state_dict(),
        "optimisers": [o.state_dict() for o in optimisers],
        "progress": progress,
    }
    torch.save(state, path.with_suffix(".tmp"))
    path.with_suffix(".tmp").replace(path)


def _resume(
    path: Path, module: nn.Module, averaged: AveragedModel, optimisers: list[torch.optim.Optimizer]
) -> tuple[int, int, float]:
    if not path.exists():
        return 0, 0, 0.0
    state = torch.load(path, weights_only=True)
    module.load_state_dict(state["module"])
    averaged.module.load_state_dict(state["averaged"])
    averaged.n_averaged.fill_(1)  # at 0 the next update would overwrite the average
    for optimiser, saved in zip(optimisers, state["optimisers"], strict=True):
        optimiser.load_state_dict(saved)
    step, pool, seconds = state["progress"]
    log.info("%s resumed at step=%d", path.stem, step)
    return int(step), int(pool), float(seconds)
