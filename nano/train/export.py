"""Write the weights that the stages have reached as checkpoint folders under nano/weights."""

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

from engine.models.input_check import picture_features
from nano.model import known_world
from nano.model.architecture import REWARD_LAYERS, save_folder
from nano.model.parts import NanoModel, with_text_layers
from nano.train.data.pictures import draw_pixels, picture_pool
from nano.train.loop import STATE, load_stage
from nano.world.scenes import SceneSplit, scenes

log = logging.getLogger(__name__)

WEIGHTS = Path("nano/weights")
STATISTICS_FILE = "known_world.safetensors"
FITTED, CALIBRATED = 4096, 2000  # training pictures for mean and precision, held-out ones for the threshold


def export_policy(network: InternVLForConditionalGeneration, seed: int, weights: Path = WEIGHTS) -> None:
    """Write the weights of the last `language` and `vision_free` as the policy, with the statistics of its training pictures.

    Raises FileNotFoundError when one of the stages never ran.
    """
    model = NanoModel(network)
    load_policy(model)
    fitted = fit_picture_statistics(model, seed)
    statistics: dict[str, object] = {
        "description": known_world.DESCRIPTION,
        "words": known_world.question_words(),
        "feature_threshold": round(fitted.threshold, 3),
    }
    folder = weights / "policy"
    write_folder(
        folder, network, PreTrainedTokenizerFast.from_pretrained(STATE / "tokenizer"), "nano-policy", statistics
    )
    save_file({"mean": fitted.mean, "precision": fitted.precision}, folder / STATISTICS_FILE)
    _make_readable(folder)


def export_reward_model(stage: str, name: str, folder: Path, policy: Path = WEIGHTS / "policy") -> None:
    """Write the weights of a reward stage; vision encoder and picture statistics are those of the policy folder.

    Raises FileNotFoundError when the stage never ran.
    """
    model = with_text_layers(policy, REWARD_LAYERS, seed=0)
    load_stage(stage, NanoModel(model).text)
    statistics = json.loads((policy / "workbench.json").read_text(encoding="utf-8"))["known_world"]
    write_folder(folder, model, PreTrainedTokenizerFast.from_pretrained(policy), name, statistics)
    shutil.copyfile(policy / STATISTICS_FILE, folder / STATISTICS_FILE)
    _make_readable(folder)


def load_policy(model: NanoModel) -> None:
    """Load the policy: text model and vision encoder, trained apart, fit together because both use the slot codes."""
    load_stage("language", model.text)
    load_stage("vision_free", model.vision)


def write_folder(
    folder: Path,
    model: InternVLForConditionalGeneration,
    tokenizer: PreTrainedTokenizerFast,
    name: str,
    statistics: dict[str, object],
) -> None:
    """Write one checkpoint folder; its revision is a digest of the weights."""
    digest = hashlib.sha256(b"".join(value.numpy().tobytes() for value in model.state_dict().values())).hexdigest()
    details: dict[str, object] = {
        "name": name,
        "revision": digest[:12],
        "system": None,
        "policy_prompt": "{question}",
        "known_world": statistics,
    }
    save_folder(folder, model, tokenizer, details)
    log.info("exported name=%s revision=%s", name, digest[:12])


def _make_readable(folder: Path) -> None:
    for path in folder.iterdir():
        path.chmod(0o644)  # safetensors writes files that only their owner can read


@torch.no_grad()
def fit_picture_statistics(model: NanoModel, seed: int) -> known_world.FeatureStatistics:
    """Statistics of picture features: fitted on training pictures, the threshold from held-out ones."""
    pools = range(FITTED // len(picture_pool(0, seed).scenes))
    trained = [model.image_tokens(picture_pool(index, seed).pixels) for index in pools]
    held_out = tuple(itertools.islice(scenes(seed + 500, SceneSplit.HELD_OUT), CALIBRATED))
    return known_world.fit_statistics(
        torch.cat([picture_features(tokens) for tokens in trained]),
        picture_features(model.image_tokens(draw_pixels(held_out))),
    )
