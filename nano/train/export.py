"""Writes what the stages have reached as the shipped checkpoint folders, nano/weights/policy and nano/weights/reward_model."""

from __future__ import annotations

import hashlib
import itertools
import logging
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import InternVLForConditionalGeneration, PreTrainedTokenizerFast

from nano import known_world
from nano.model import save_folder
from nano.train.loop import STATE, load_stage
from nano.train.pictures import drawn, picture_pool
from nano.train.seeing import Seer, load_policy
from nano.world.scenes import Split, scenes

log = logging.getLogger(__name__)

WEIGHTS = Path("nano/weights")
FITTED, CALIBRATED = 4096, 2000  # training pictures behind mean and precision, held-out ones behind the threshold


def export_policy(model: InternVLForConditionalGeneration, seed: int, weights: Path = WEIGHTS) -> None:
    """Write the policy."""
    seer = Seer(model)
    load_policy(seer)
    write_folder(weights / "policy", seer, model, "nano-policy", seed)


def export_reward(model: InternVLForConditionalGeneration, seed: int, weights: Path = WEIGHTS) -> None:
    """Write the reward model."""
    seer = Seer(model)
    load_stage("verdict", seer)
    write_folder(weights / "reward_model", seer, model, "nano-prm", seed)


def write_folder(folder: Path, seer: Seer, model: InternVLForConditionalGeneration, name: str, seed: int) -> None:
    """Write one checkpoint folder with the statistics of the pictures it knows."""
    tokenizer = PreTrainedTokenizerFast.from_pretrained(STATE / "tokenizer")
    look = fit_look(seer, seed)
    known = {
        "description": known_world.DESCRIPTION,
        "words": known_world.words(),
        "feature_threshold": round(look.threshold, 3),
    }
    digest = hashlib.sha256(b"".join(value.numpy().tobytes() for value in model.state_dict().values())).hexdigest()
    details: dict[str, object] = {
        "name": name,
        "revision": digest[:12],
        "system": None,
        "policy_prompt": "{question}",
        "known_world": known,
    }
    save_folder(folder, model, tokenizer, details)
    save_file({"mean": look.mean, "precision": look.precision}, folder / "known_world.safetensors")
    for path in folder.iterdir():
        path.chmod(0o644)  # safetensors files come out readable by their owner only
    log.info("exported name=%s revision=%s", name, digest[:12])


@torch.no_grad()
def fit_look(seer: Seer, seed: int) -> known_world.FeatureModel:
    """Statistics of picture features: fitted on training pictures, threshold from held-out ones."""
    pools = range(FITTED // len(picture_pool(0, seed).scenes))
    known = torch.cat([known_world.features(seer.look(picture_pool(index, seed).pixels)) for index in pools])
    fresh = tuple(itertools.islice(scenes(seed + 500, Split.HELD_OUT), CALIBRATED))
    return known_world.fit_features(known, known_world.features(seer.look(drawn(fresh))))
