"""How well pictures of another world are told from those of this one."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors.torch import load_file
from torch import Tensor

from nano.model import known_world
from nano.model.parts import Seer
from nano.model.pixels import resized
from nano.world.foreign_pictures import TAUGHT, strangers

STRANGERS_A_KIND = 50


def unknown_pictures(seer: Seer, folder: Path, pixels: Tensor, seed: int) -> dict[str, object]:
    """How often a world picture is called unknown, and how often a strange one is not; kinds not taught come apart."""
    known = load_file(folder / "known_world.safetensors")
    details = json.loads((folder / "workbench.json").read_text(encoding="utf-8"))
    threshold = float(details["known_world"]["feature_threshold"])

    def far(some: Tensor) -> float:
        found = known_world.distance(known_world.features(seer.look(some)), known["mean"], known["precision"])
        return round(float((found > threshold).float().mean()), 4)

    missed = {kind: round(1 - far(resized(some)), 4) for kind, some in strangers(seed, STRANGERS_A_KIND).items()}
    return {
        "false_alarm": far(pixels),
        "missed_of_taught_kinds": {kind: rate for kind, rate in missed.items() if kind in TAUGHT},
        "missed_of_other_kinds": {kind: rate for kind, rate in missed.items() if kind not in TAUGHT},
    }
