"""`python -m nano.train STAGE`: one stage of the recipe, `all` of them, or `export` of what they have reached.

Every stage is seeded, saves its state under .train/ every minute or two and goes on from there when started again.
`reading` and `eyes` do not depend on each other and can run side by side; together they are the policy. `judging` needs
`reading` only, `samples` both, `reward` everything before it.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable
from dataclasses import dataclass

import torch
from transformers import InternVLForConditionalGeneration, PreTrainedTokenizerFast

from nano.model import POLICY_LAYERS, REWARD_LAYERS, build_model
from nano.tokenizer import build_tokenizer
from nano.train.export import export_policy, export_reward
from nano.train.eyes import EyesLosses
from nano.train.judging import CodeJudgingLosses, RewardLosses
from nano.train.loop import STATE, Group, Run, fit, group, load_stage
from nano.train.reading import ReadingLosses, top_layers
from nano.train.rows import Layout
from nano.train.samples import FOLDER, write_samples
from nano.train.seeing import Seer, load_policy

TOKENIZER = STATE / "tokenizer"
STEPS = {"reading": 3500, "eyes": 4000, "judging": 900, "reward": 300, "verdict": 700}
SAMPLE_POOLS = 9  # of 1024 pictures, two solutions each


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """One stage's model and what goes with it."""

    model: InternVLForConditionalGeneration
    """The whole model."""
    seer: Seer
    """The same model in its parts."""
    layout: Layout
    """The tokenizer and prompt code."""
    seed: int
    """Seed of data and initial weights."""
    steps: dict[str, int]
    """Optimiser steps of each stage."""


def open_workshop(seed: int, steps: int | None = None, layers: int = POLICY_LAYERS) -> Workshop:
    """A fresh model with the recipe's tokenizer, which is trained once and then kept."""
    if not TOKENIZER.exists():
        build_tokenizer().save_pretrained(TOKENIZER)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(TOKENIZER)
    model = build_model(tokenizer, seed, layers)
    # As loud as the codes; at the usual 0.02 words would drown beside pictures.
    torch.nn.init.normal_(model.model.language_model.embed_tokens.weight, std=0.5)
    planned = {stage: steps if steps is not None else planned for stage, planned in STEPS.items()}
    return Workshop(model=model, seer=Seer(model), layout=Layout(tokenizer), seed=seed, steps=planned)


def train_reading(shop: Workshop) -> None:
    """The language model learns to look up and to compute, from codes."""
    reader, steps = shop.seer.reader, shop.steps["reading"]
    losses = ReadingLosses(reader, shop.layout, shop.seed, pools=steps // 15)
    fit(Run(name="reading", steps=steps, groups=(group(reader, 0.02, 0.003),)), reader, losses)


def train_eyes(shop: Workshop) -> None:
    """Vision tower and projector learn to write codes."""
    eyes = shop.seer.eyes
    fit(
        Run(name="eyes", steps=shop.steps["eyes"], groups=(group(eyes, 0.02, 0.003),)),
        eyes,
        EyesLosses(eyes, shop.seed),
    )


def train_judging(shop: Workshop) -> None:
    """The reward model learns to find built-in mistakes, from codes."""
    reader = shop.seer.reader
    load_stage("reading", reader)
    run = Run(name="judging", steps=shop.steps["judging"], groups=(group(reader, 0.01, 0.0015),))
    fit(run, reader, CodeJudgingLosses(reader, shop.layout, shop.seed))


def draw_samples(shop: Workshop) -> None:
    """The policy writes solutions about training pictures."""
    load_policy(shop.seer)
    write_samples(shop.seer, shop.layout, SAMPLE_POOLS, shop.seed)


def train_reward(shop: Workshop) -> None:
    """The reward model learns from what the policy writes about pictures; its eyes are the policy's."""
    load_policy(shop.seer)
    load_stage("judging", shop.seer.reader)
    run = Run(name="reward", steps=shop.steps["reward"], groups=(group(shop.seer.reader, 0.01, 0.0015),))
    fit(run, shop.seer, RewardLosses(shop.seer, shop.layout, FOLDER, shop.seed))


def train_verdict(shop: Workshop) -> None:
    """Two more layers on top of what `reward` reached, everything below frozen, learn to compare."""
    deep = open_workshop(shop.seed, layers=REWARD_LAYERS)
    reader = deep.seer.reader
    load_stage("reward", deep.seer, deepen=True)
    named = tuple(top_layers(reader, POLICY_LAYERS))
    run = Run(
        name="verdict", steps=shop.steps["verdict"], groups=(Group(named=named, muon_rate=0.02, adam_rate=0.002),)
    )
    fit(run, deep.seer, RewardLosses(deep.seer, deep.layout, FOLDER, deep.seed, teach=0.0))


STAGES: dict[str, Callable[[Workshop], None]] = {
    "reading": train_reading,
    "eyes": train_eyes,
    "judging": train_judging,
    "samples": draw_samples,
    "reward": train_reward,
    "verdict": train_verdict,
}


def main(arguments: list[str] | None = None) -> int:
    """Run one stage; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m nano.train", description="Train the embedded models.")
    parser.add_argument("stage", choices=[*STAGES, "export", "all"])
    parser.add_argument("--seed", type=int, default=1, help="seed of data and initial weights (default 1)")
    parser.add_argument("--steps", type=int, default=None, help="optimiser steps instead of the stage's own number")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads (default 1: two stages side by side)")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(options.threads)
    chosen = list(STAGES) if options.stage == "all" else [options.stage] if options.stage in STAGES else []
    for stage in chosen:
        STAGES[stage](open_workshop(options.seed, options.steps))
    if options.stage in ("export", "all"):
        export_policy(open_workshop(options.seed).model, options.seed)
        export_reward(open_workshop(options.seed, layers=REWARD_LAYERS).model, options.seed)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
