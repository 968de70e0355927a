"""How well foreign pictures are told from those of this world."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors.torch import load_file
from torch import Tensor

from engine.models.input_check import picture_features, squared_distance
from nano.model.parts import NanoModel
from nano.model.pixels import resize_pictures
from nano.world.foreign_pictures import TRAINED_KINDS, draw_foreign_pictures

FOREIGN_PER_KIND = 50


def foreign_picture_rates(model: NanoModel, folder: Path, pixels: Tensor, seed: int) -> dict[str, object]:
    """How often a picture of this world is called foreign, and how often a foreign one is not, by kind: trained on or not."""
    known = load_file(folder / "known_world.safetensors")
    details = json.loads((folder / "workbench.json").read_text(encoding="utf-8"))
    threshold = float(details["known_world"]["feature_threshold"])

    def flagged(shown: Tensor) -> float:
        features = picture_features(model.image_tokens(shown))
        distances = squared_distance(features, known["mean"], known["precision"])
        return round(float((distances > threshold).float().mean()), 4)

    foreign = draw_foreign_pictures(seed, FOREIGN_PER_KIND)
    missed = {kind: round(1 - flagged(resize_pictures(pictures)), 4) for kind, pictures in foreign.items()}
    return {
        "false_alarm": flagged(pixels),
        "missed_of_taught_kinds": {kind: rate for kind, rate in missed.items() if kind in TRAINED_KINDS},
        "missed_of_other_kinds": {kind: rate for kind, rate in missed.items() if kind not in TRAINED_KINDS},
    }
