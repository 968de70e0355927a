"""`python -m nano.train STAGE`: one stage of the recipe, the export of the weights that stages have reached, or `all` of it.

Every stage is seeded, saves its state under .train/ every minute or two and resumes from it when started again.
`language`, `vision` and `vision_free` make a policy (`export_policy`). `samples` and `reward` continue from the shipped
policy and make a PRM (`export_start`). From that PRM, with the solutions that it misjudges most (`hard_examples`) and
the Monte-Carlo estimates of their steps (`rollouts`), `reward_monte_carlo` (PRM) and `outcome` (ORM) continue
(`export_reward_models`); that can be repeated. The `labels_...` stages, no part of `all`, compare kinds of labels
(`export_ablations`).
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import torch
from torch import Tensor
from transformers import InternVLForConditionalGeneration, PreTrainedTokenizerFast

from nano.model.architecture import POLICY_LAYERS, REWARD_LAYERS, build_model
from nano.model.parts import NanoModel, TextModel, VisionEncoder, with_text_layers
from nano.model.tokenizer import build_tokenizer
from nano.train.data.policy_samples import ROLLOUTS, SAMPLES, sample_files
from nano.train.data.reward_rows import RewardKind
from nano.train.data.rows import RowEncoder
from nano.train.export import WEIGHTS, export_policy, export_reward_model
from nano.train.loop import (
    STATE,
    STORED_AS,
    StageRun,
    checkpoint,
    claim_state,
    fit,
    in_first_process,
    load_stage,
    parameter_group,
)
from nano.train.stages.hard_examples import HARD_EXAMPLES, write_hard_examples
from nano.train.stages.label_ablation import THRESHOLDS, LabelAblationLosses
from nano.train.stages.language import LanguageLosses
from nano.train.stages.reward import RewardData, RewardLosses
from nano.train.stages.rollouts import write_rollouts
from nano.train.stages.samples import write_samples
from nano.train.stages.vision import VisionLosses

TOKENIZER = STATE / "tokenizer"
STEPS = {
    "language": 3500,
    "vision": 4000,
    "vision_free": 7800,
    "reward": 3000,
    "reward_monte_carlo": 1500,
    "outcome": 1500,
    **dict.fromkeys(THRESHOLDS, 400),
}
SAMPLE_POOLS = 12  # of 1024 pictures, two solutions each
HARD_POOLS = 16  # the pools after these, for hard examples
ROLLOUT_POOLS = 2  # of the samples; hard examples are completed all
ABLATION_POOLS = 1  # of these


def open_fresh(seed: int) -> tuple[InternVLForConditionalGeneration, RowEncoder]:
    """A randomly initialised network with the recipe's tokenizer, which is trained once and then kept."""
    in_first_process(_keep_tokenizer)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(TOKENIZER)
    network = build_model(tokenizer, seed)
    # Of the same scale as the slot codes; at the usual 0.02 words would be negligible beside image tokens.
    torch.nn.init.normal_(network.model.language_model.embed_tokens.weight, std=0.5)
    return network, RowEncoder(tokenizer)


def _keep_tokenizer() -> None:
    if not TOKENIZER.exists():
        build_tokenizer().save_pretrained(TOKENIZER)


def train_language(seed: int, steps: dict[str, int]) -> None:
    """The text model learns to look values up and to compute, from slot codes."""
    network, encoder = open_fresh(seed)
    text_model, planned = TextModel(network), steps["language"]
    losses = LanguageLosses(text_model, encoder, seed, pools=max(1, planned // 15))
    run = StageRun(name="language", steps=planned, groups=(parameter_group(text_model, 0.02, 0.003),))
    fit(run, text_model, losses)


def train_vision(seed: int, steps: dict[str, int]) -> None:
    """Vision tower and projector learn to produce slot codes from pictures on the grid."""
    vision = VisionEncoder(open_fresh(seed)[0])
    run = StageRun(name="vision", steps=steps["vision"], groups=(parameter_group(vision, 0.02, 0.003),))
    fit(run, vision, VisionLosses(vision, seed))


def train_vision_free(seed: int, steps: dict[str, int]) -> None:
    """They continue with freely placed pictures."""
    vision = VisionEncoder(open_fresh(seed)[0])
    load_stage("vision", vision)
    run = StageRun(name="vision_free", steps=steps["vision_free"], groups=(parameter_group(vision, 0.015, 0.003),))
    fit(run, vision, VisionLosses(vision, seed, free_placement=True))


def sample_policy(seed: int, steps: dict[str, int]) -> None:
    """The shipped policy samples solutions of problems about training pictures."""
    write_samples(*_shipped("policy", POLICY_LAYERS, seed), SAMPLE_POOLS, seed)


def train_reward(seed: int, steps: dict[str, int]) -> None:
    """The PRM continues from the policy, with three more layers: from whole solutions, computations and readings."""
    model, encoder = _shipped("policy", REWARD_LAYERS, seed)
    data = RewardData(files=[sample_files(SAMPLES)], kind=RewardKind.PROCESS)
    _fit_text_model("reward", model, RewardLosses(model, encoder, data, seed), steps, rate=0.01)


def collect_hard_examples(seed: int, steps: dict[str, int]) -> None:
    """The solutions that the PRM misjudges most, out of very many that the shipped policy samples."""
    policy, encoder = _shipped("policy", POLICY_LAYERS, seed)
    pools = range(SAMPLE_POOLS, SAMPLE_POOLS + HARD_POOLS)
    write_hard_examples(policy, _shipped("reward_model", REWARD_LAYERS, seed)[0], encoder, pools, seed)


def estimate_rollouts(seed: int, steps: dict[str, int]) -> None:
    """The shipped policy completes the step prefixes of what `reward_monte_carlo` and the `labels_...` stages learn from."""
    files = [path for folder in _rollout_files() for path in folder]
    write_rollouts(*_shipped("policy", POLICY_LAYERS, seed), files, seed)


def train_reward_monte_carlo(seed: int, steps: dict[str, int]) -> None:
    """The PRM continues with Monte-Carlo labels at half the rate, half the time with solutions that it misjudged."""
    _continue_reward_model("reward_monte_carlo", RewardKind.PROCESS, seed, steps)


def train_outcome(seed: int, steps: dict[str, int]) -> None:
    """The ORM: from the same start with the same solutions for as long, but with one label a solution."""
    _continue_reward_model("outcome", RewardKind.OUTCOME, seed, steps)


def _continue_reward_model(stage: str, kind: RewardKind, seed: int, steps: dict[str, int]) -> None:
    model, encoder = _shipped("reward_model", REWARD_LAYERS, seed)
    rollouts = ROLLOUTS if kind is RewardKind.PROCESS else None
    data = RewardData(files=_rollout_files(), kind=kind, rollouts=rollouts)
    _fit_text_model(stage, model, RewardLosses(model, encoder, data, seed), steps, rate=0.005)


def _rollout_files() -> list[list[Path]]:
    return [sample_files(SAMPLES)[:ROLLOUT_POOLS], sample_files(HARD_EXAMPLES)]


def train_ablation(stage: str, seed: int, steps: dict[str, int]) -> None:
    """A PRM continues from the policy with nothing but the labels that the stage is named after."""
    model, encoder = _shipped("policy", REWARD_LAYERS, seed)
    losses = LabelAblationLosses(model, encoder, range(ABLATION_POOLS), seed, THRESHOLDS[stage])
    _fit_text_model(stage, model, losses, steps, rate=0.01)


def _fit_text_model(
    stage: str, model: NanoModel, losses: Callable[[int], Iterator[Tensor]], steps: dict[str, int], *, rate: float
) -> None:
    run = StageRun(name=stage, steps=steps[stage], groups=(parameter_group(model.text, rate, rate / 10),))
    fit(run, model.text, losses)


def _shipped(name: str, layers: int, seed: int) -> tuple[NanoModel, RowEncoder]:
    """A shipped model with so many text layers, and its own tokenizer."""
    folder = WEIGHTS / name
    encoder = RowEncoder(PreTrainedTokenizerFast.from_pretrained(folder))
    return NanoModel(with_text_layers(folder, layers, seed)), encoder


STAGES: dict[str, Callable[[int, dict[str, int]], None]] = {
    "language": train_language,
    "vision": train_vision,
    "vision_free": train_vision_free,
    "samples": sample_policy,
    "reward": train_reward,
    "hard_examples": collect_hard_examples,
    "rollouts": estimate_rollouts,
    "reward_monte_carlo": train_reward_monte_carlo,
    "outcome": train_outcome,
}

ABLATIONS: dict[str, Callable[[int, dict[str, int]], None]] = {
    **{stage: partial(train_ablation, stage) for stage in THRESHOLDS},
}

PRM = ("nano-prm", WEIGHTS / "reward_model")
REWARD_EXPORTS = {
    "export_start": {"reward": PRM},
    "export_reward_models": {"reward_monte_carlo": PRM, "outcome": ("nano-orm", WEIGHTS / "outcome_model")},
    "export_ablations": {stage: (f"nano-prm-{stage}", STATE / "ablations" / stage) for stage in THRESHOLDS},
}
EXPORTS = ("export_policy", *REWARD_EXPORTS)
EXPORTED_AFTER = {"vision_free": "export_policy", "reward": "export_start", "outcome": "export_reward_models"}
FORMER_NAMES = {
    **{stored: stage for stage, stored in STORED_AS.items()},
    "mined": "hard_examples",
    "export_judges": "export_reward_models",
}
"""Names that stages had, which the command still takes."""


def export(what: str, seed: int) -> None:
    """Write the policy, or every reward model whose stage has run."""
    if what == "export_policy":
        export_policy(open_fresh(seed)[0], seed)
        return
    for stage, (name, folder) in REWARD_EXPORTS[what].items():
        if checkpoint(stage).exists():
            export_reward_model(stage, name, folder)


def run_all(seed: int, steps: dict[str, int]) -> None:
    """The whole recipe: every stage in order, each model exported before others continue from it."""
    for stage, run in STAGES.items():
        run(seed, steps)
        if stage in EXPORTED_AFTER:
            in_first_process(partial(export, EXPORTED_AFTER[stage], seed))


def main(arguments: list[str] | None = None) -> int:
    """Run one stage, or export; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m nano.train", description="Train the embedded models.")
    parser.add_argument(
        "stage", type=lambda name: FORMER_NAMES.get(name, name), choices=[*STAGES, *ABLATIONS, *EXPORTS, "all"]
    )
    parser.add_argument("--seed", type=int, default=1, help="seed of data and initial weights (default 1)")
    parser.add_argument("--steps", type=int, default=None, help="optimiser steps instead of the stage's own number")
    parser.add_argument(
        "--threads",
        type=int,
        default=1,
        help="CPU threads (default 1: on a busy machine two processes of one thread are faster)",
    )
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(options.threads)
    if options.stage in EXPORTS:
        export(options.stage, options.seed)
        return 0
    try:
        in_first_process(partial(claim_state, options.seed))
    except ValueError as error:
        parser.error(str(error))
    steps = STEPS if options.steps is None else dict.fromkeys(STEPS, options.steps)
    (run_all if options.stage == "all" else (STAGES | ABLATIONS)[options.stage])(options.seed, steps)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
