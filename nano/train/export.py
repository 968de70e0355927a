"""Writes what the stages have reached as checkpoint folders under nano/weights."""

from __future__ import annotations

import hashlib
import itertools
import json
import logging
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import InternVLForConditionalGeneration, PreTrainedTokenizerFast

from nano.model import known_world
from nano.model.architecture import REWARD_LAYERS, save_folder
from nano.model.parts import Seer, deepened
from nano.train.data.pictures import drawn, picture_pool
from nano.train.loop import STATE, load_stage
from nano.world.scenes import Split, scenes

log = logging.getLogger(__name__)

WEIGHTS = Path("nano/weights")
KNOWN = "known_world.safetensors"
FITTED, CALIBRATED = 4096, 2000  # training pictures behind mean and precision, held-out ones behind the threshold


def export_policy(model: InternVLForConditionalGeneration, seed: int, weights: Path = WEIGHTS) -> None:
    """Write what `reading` and `eyes` have reached as the policy, with the statistics of the pictures it knows."""
    seer = Seer(model)
    load_policy(seer)
    look = fit_look(seer, seed)
    known: dict[str, object] = {
        "description": known_world.DESCRIPTION,
        "words": known_world.words(),
        "feature_threshold": round(look.threshold, 3),
    }
    folder = weights / "policy"
    write_folder(folder, model, PreTrainedTokenizerFast.from_pretrained(STATE / "tokenizer"), "nano-policy", known)
    save_file({"mean": look.mean, "precision": look.precision}, folder / KNOWN)
    _readable(folder)


def export_judge(stage: str, name: str, folder: Path, policy: Path = WEIGHTS / "policy") -> None:
    """Write what a judging stage has reached; its eyes, and so the pictures it knows, are those of the policy folder.

    Raises FileNotFoundError when the stage never ran.
    """
    model = deepened(policy, REWARD_LAYERS, seed=0)
    load_stage(stage, Seer(model).reader)
    known = json.loads((policy / "workbench.json").read_text(encoding="utf-8"))["known_world"]
    write_folder(folder, model, PreTrainedTokenizerFast.from_pretrained(policy), name, known)
    shutil.copyfile(policy / KNOWN, folder / KNOWN)
    _readable(folder)


def load_policy(seer: Seer) -> None:
    """The policy: what the eyes and `reading` learnt apart fits together, because both keep to the codes."""
    load_stage("reading", seer.reader)
    load_stage("roaming", seer.eyes)


def write_folder(
    folder: Path,
    model: InternVLForConditionalGeneration,
    tokenizer: PreTrainedTokenizerFast,
    name: str,
    known: dict[str, object],
) -> None:
    """Write one checkpoint folder; its revision is a digest of the weights."""
    digest = hashlib.sha256(b"".join(value.numpy().tobytes() for value in model.state_dict().values())).hexdigest()
    details: dict[str, object] = {
        "name": name,
        "revision": digest[:12],
        "system": None,
        "policy_prompt": "{question}",
        "known_world": known,
    }
    save_folder(folder, model, tokenizer, details)
    log.info("exported name=%s revision=%s", name, digest[:12])


def _readable(folder: Path) -> None:
    for path in folder.iterdir():
        path.chmod(0o644)  # safetensors files come out readable by their owner only


@torch.no_grad()
def fit_look(seer: Seer, seed: int) -> known_world.FeatureModel:
    """Statistics of picture features: fitted on training pictures, threshold from held-out ones."""
    pools = range(FITTED // len(picture_pool(0, seed).scenes))
    known = torch.cat([known_world.features(seer.look(picture_pool(index, seed).pixels)) for index in pools])
    fresh = tuple(itertools.islice(scenes(seed + 500, Split.HELD_OUT), CALIBRATED))
    return known_world.fit_features(known, known_world.features(seer.look(drawn(fresh))))
