"""`python -m nano.train STAGE`: one stage of the recipe, the export of what the stages have reached, or `all` of it.

Every stage is seeded, saves its state under .train/ every minute or two and goes on from there when started again.
`reading`, `eyes` and `roaming` make a policy (`export_policy`). `samples` and `rewarding` go on from the shipped policy and make
a PRM (`export_start`). With what it misjudges (`mined`) and the Monte-Carlo labels of that (`rollouts`), `sharpening` (PRM) and
`outcome` (ORM) go on from it (`export_judges`); that can be repeated. The `labels_...` stages, no part of `all`,
study kinds of labels (`export_ablations`).
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
from nano.model.parts import Eyes, Reader, Seer, deepened
from nano.model.tokenizer import build_tokenizer
from nano.train.data.policy_samples import ROLLOUTS, SAMPLES, sample_files
from nano.train.data.reward_rows import Asked
from nano.train.data.rows import Layout
from nano.train.export import WEIGHTS, export_judge, export_policy
from nano.train.loop import STATE, Run, alone, checkpoint, claim, fit, group, load_stage
from nano.train.stages.hard_examples import FOLDER as MINED
from nano.train.stages.hard_examples import mine
from nano.train.stages.label_ablation import THRESHOLDS, RelabelledLosses
from nano.train.stages.language import ReadingLosses
from nano.train.stages.reward import Material, RewardLosses
from nano.train.stages.rollouts import write_rollouts
from nano.train.stages.samples import write_samples
from nano.train.stages.vision import EyesLosses

TOKENIZER = STATE / "tokenizer"
STEPS = {
    "reading": 3500,
    "eyes": 4000,
    "roaming": 7800,
    "rewarding": 3000,
    "sharpening": 1500,
    "outcome": 1500,
    **dict.fromkeys(THRESHOLDS, 400),
}
SAMPLE_POOLS = 12  # of 1024 pictures, two solutions each
MINED_POOLS = 16  # that follow these
ROLLED_POOLS = 2  # of the sampled ones; the mined ones are rolled out all
RELABELLED_POOLS = 1  # of these


def open_fresh(seed: int) -> tuple[InternVLForConditionalGeneration, Layout]:
    """A fresh model with the recipe's tokenizer, which is trained once and then kept."""
    alone(_keep_tokenizer)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(TOKENIZER)
    model = build_model(tokenizer, seed)
    # As loud as the codes; at the usual 0.02 words would drown beside pictures.
    torch.nn.init.normal_(model.model.language_model.embed_tokens.weight, std=0.5)
    return model, Layout(tokenizer)


def _keep_tokenizer() -> None:
    if not TOKENIZER.exists():
        build_tokenizer().save_pretrained(TOKENIZER)


def train_reading(seed: int, steps: dict[str, int]) -> None:
    """The language model learns to look up and to compute, from codes."""
    model, layout = open_fresh(seed)
    reader, planned = Reader(model), steps["reading"]
    losses = ReadingLosses(reader, layout, seed, pools=max(1, planned // 15))
    fit(Run(name="reading", steps=planned, groups=(group(reader, 0.02, 0.003),)), reader, losses)


def train_eyes(seed: int, steps: dict[str, int]) -> None:
    """Vision tower and projector learn to write codes."""
    eyes = Eyes(open_fresh(seed)[0])
    fit(Run(name="eyes", steps=steps["eyes"], groups=(group(eyes, 0.02, 0.003),)), eyes, EyesLosses(eyes, seed))


def train_roaming(seed: int, steps: dict[str, int]) -> None:
    """The eyes learn to read pictures that leave the grid."""
    eyes = Eyes(open_fresh(seed)[0])
    load_stage("eyes", eyes)
    run = Run(name="roaming", steps=steps["roaming"], groups=(group(eyes, 0.015, 0.003),))
    fit(run, eyes, EyesLosses(eyes, seed, roaming=True))


def draw_samples(seed: int, steps: dict[str, int]) -> None:
    """The shipped policy writes solutions about training pictures."""
    write_samples(*_shipped("policy", POLICY_LAYERS, seed), SAMPLE_POOLS, seed)


def train_rewarding(seed: int, steps: dict[str, int]) -> None:
    """The PRM goes on from the policy, with three more layers: from whole solutions and bare computations."""
    seer, layout = _shipped("policy", REWARD_LAYERS, seed)
    losses = RewardLosses(seer, layout, Material(files=[sample_files(SAMPLES)], asked=Asked.STEPS), seed)
    _fit_reader("rewarding", seer, losses, steps, rate=0.01)


def draw_mined(seed: int, steps: dict[str, int]) -> None:
    """The solutions that the PRM misjudges most, out of very many that the shipped policy writes."""
    policy, layout = _shipped("policy", POLICY_LAYERS, seed)
    pools = range(SAMPLE_POOLS, SAMPLE_POOLS + MINED_POOLS)
    mine(policy, _shipped("reward_model", REWARD_LAYERS, seed)[0], layout, pools, seed)


def draw_rollouts(seed: int, steps: dict[str, int]) -> None:
    """The shipped policy completes the step prefixes of what `sharpening` and the `labels_...` stages learn from."""
    files = [path for some in _rolled_files() for path in some]
    write_rollouts(*_shipped("policy", POLICY_LAYERS, seed), files, seed)


def train_sharpening(seed: int, steps: dict[str, int]) -> None:
    """The PRM goes on by Monte-Carlo labels at half the rate, half the time with solutions that it misjudged."""
    _train_judge("sharpening", Asked.STEPS, seed, steps)


def train_outcome(seed: int, steps: dict[str, int]) -> None:
    """The ORM: from the same start with the same solutions for as long, but with one label a solution."""
    _train_judge("outcome", Asked.OUTCOME, seed, steps)


def _train_judge(stage: str, asked: Asked, seed: int, steps: dict[str, int]) -> None:
    seer, layout = _shipped("reward_model", REWARD_LAYERS, seed)
    rollouts = ROLLOUTS if asked is Asked.STEPS else None
    material = Material(files=_rolled_files(), asked=asked, rollouts=rollouts)
    _fit_reader(stage, seer, RewardLosses(seer, layout, material, seed), steps, rate=0.005)


def _rolled_files() -> list[list[Path]]:
    return [sample_files(SAMPLES)[:ROLLED_POOLS], sample_files(MINED)]


def train_relabelled(stage: str, seed: int, steps: dict[str, int]) -> None:
    """A PRM goes on from the policy with nothing but the labels that the stage is named after."""
    seer, layout = _shipped("policy", REWARD_LAYERS, seed)
    losses = RelabelledLosses(seer, layout, range(RELABELLED_POOLS), seed, THRESHOLDS[stage])
    _fit_reader(stage, seer, losses, steps, rate=0.01)


def _fit_reader(
    stage: str, seer: Seer, losses: Callable[[int], Iterator[Tensor]], steps: dict[str, int], *, rate: float
) -> None:
    run = Run(name=stage, steps=steps[stage], groups=(group(seer.reader, rate, rate / 10),))
    fit(run, seer.reader, losses)


def _shipped(name: str, layers: int, seed: int) -> tuple[Seer, Layout]:
    """A shipped model with so many text layers, and its own tokenizer."""
    folder = WEIGHTS / name
    return Seer(deepened(folder, layers, seed)), Layout(PreTrainedTokenizerFast.from_pretrained(folder))


STAGES: dict[str, Callable[[int, dict[str, int]], None]] = {
    "reading": train_reading,
    "eyes": train_eyes,
    "roaming": train_roaming,
    "samples": draw_samples,
    "rewarding": train_rewarding,
    "mined": draw_mined,
    "rollouts": draw_rollouts,
    "sharpening": train_sharpening,
    "outcome": train_outcome,
}

ABLATIONS: dict[str, Callable[[int, dict[str, int]], None]] = {
    **{stage: partial(train_relabelled, stage) for stage in THRESHOLDS},
}

PRM = ("nano-prm", WEIGHTS / "reward_model")
JUDGES = {
    "export_start": {"rewarding": PRM},
    "export_judges": {"sharpening": PRM, "outcome": ("nano-orm", WEIGHTS / "outcome_model")},
    "export_ablations": {stage: (f"nano-prm-{stage}", STATE / "ablations" / stage) for stage in THRESHOLDS},
}
EXPORTS = ("export_policy", *JUDGES)
EXPORTED_AFTER = {"roaming": "export_policy", "rewarding": "export_start", "outcome": "export_judges"}


def export(what: str, seed: int) -> None:
    """Write the policy, or every reward model whose stage has run."""
    if what == "export_policy":
        export_policy(open_fresh(seed)[0], seed)
        return
    for stage, (name, folder) in JUDGES[what].items():
        if checkpoint(stage).exists():
            export_judge(stage, name, folder)


def run_all(seed: int, steps: dict[str, int]) -> None:
    """The whole recipe: every stage in order, each model exported before others go on from it."""
    for stage, run in STAGES.items():
        run(seed, steps)
        if stage in EXPORTED_AFTER:
            alone(partial(export, EXPORTED_AFTER[stage], seed))


def main(arguments: list[str] | None = None) -> int:
    """Run one stage, or export; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m nano.train", description="Train the embedded models.")
    parser.add_argument("stage", choices=[*STAGES, *ABLATIONS, *EXPORTS, "all"])
    parser.add_argument("--seed", type=int, default=1, help="seed of data and initial weights (default 1)")
    parser.add_argument("--steps", type=int, default=None, help="optimiser steps instead of the stage's own number")
    parser.add_argument(
        "--threads", type=int, default=1, help="CPU threads (default 1: two processes stand a busy machine better)"
    )
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(options.threads)
    if options.stage in EXPORTS:
        export(options.stage, options.seed)
        return 0
    try:
        alone(partial(claim, options.seed))
    except ValueError as error:
        parser.error(str(error))
    steps = STEPS if options.steps is None else dict.fromkeys(STEPS, options.steps)
    (run_all if options.stage == "all" else (STAGES | ABLATIONS)[options.stage])(options.seed, steps)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
