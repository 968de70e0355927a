"""Which models were picked last while the app ran: one small file in the data folder. Knows names; knows no model."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path

from storage.files.atomic import write_atomically

log = logging.getLogger(__name__)

NAME = "models.json"
ROLES = ("policy", "reward_model")


def read_chosen_models(data_dir: Path) -> Mapping[str, str]:
    """Return what was written last, by role; nothing where there is no file, or none that can be read."""
    path = data_dir / NAME
    try:
        stated = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        if not isinstance(stated, dict) or not all(isinstance(each, str) for each in stated.values()):
            raise ValueError("it is not an object of texts")
    except (OSError, ValueError, RecursionError) as error:
        log.warning("the models picked last are not known: %s cannot be read: %s", path, error)
        return {}
    return {role: source for role, source in stated.items() if role in ROLES}


def write_chosen_models(data_dir: Path, chosen: Mapping[str, str]) -> None:
    """Replace the file. Raises DiskError."""
    write_atomically(data_dir / NAME, json.dumps(chosen, indent=1).encode())
