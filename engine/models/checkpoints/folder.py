"""A checkpoint folder as it lies on disk: which family it is, what ``workbench.json`` adds, a content hash. Loads no weight.

``workbench.json`` is optional and ours: ``{"name", "revision", "system", "policy_prompt", "prm_format", "known_world"}``;
``"reading"`` is the former name of ``"prm_format"``. Without the file a folder gets InternVL2.5's own prompt.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from engine.errors import LoadError
from engine.models.input_check import InputCheck, read_input_check
from engine.models.placement.device_layout import Layout
from engine.prompts.prompt_file import NO_PROMPTS, PromptFile
from engine.prompts.style import PromptStyle

INTERNVL25 = PromptStyle()
MOST_LAYERS = 1000  # the largest models have about 130
INDEX = "model.safetensors.index.json"
WHOLE_BYTES = 16 << 20  # a weight file up to this size is hashed whole, of a larger one BLOCKS blocks of BLOCK_BYTES
BLOCKS = 256  # of a 5 GB shard one every 20 MB: few matrices of a large model are smaller
BLOCK_BYTES = 16 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where and how weights are loaded, and the caller's name for them."""

    device: torch.device
    dtype: torch.dtype
    layers: tuple[torch.device, ...] = ()  # of each text layer, where they lie on several devices; see Layout
    max_tiles: int | None = None  # most tiles an image is cut into, thumbnail not counted; None: as the checkpoint says
    name: str | None = None  # hub id, when the folder came from the hub
    revision: str | None = None  # hub commit
    prm_format: str | None = None  # how it is asked about steps; None: as workbench.json, the name or the family says
    prompts: PromptFile = NO_PROMPTS  # stated by a person

    @property
    def layout(self) -> Layout:
        """Where the weights lie."""
        return Layout(home=self.device, layers=self.layers)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointSettings:
    """What ``workbench.json`` says; the defaults when there is none."""

    name: str | None = None
    revision: str | None = None
    prompt: Mapping[str, Any] = field(default_factory=dict)  # fields of PromptStyle that replace the family's own
    input_check: InputCheck | None = None
    prm_format: str | None = None  # name of how it is asked about steps

    @classmethod
    def read(cls, folder: Path) -> CheckpointSettings:
        """Read it, if it is there. Raises LoadError on unknown fields and wrong types."""
        path = folder / "workbench.json"
        if not path.is_file():
            return cls()
        stated = read_json(path)
        unknown = set(stated) - {"name", "revision", "system", "policy_prompt", "known_world", "prm_format", "reading"}
        if unknown:
            raise LoadError(f"{str(path)!r} has unknown fields: {sorted(unknown)}.")
        prompt: dict[str, Any] = {}
        if "system" in stated:
            prompt["system"] = _text_or_none(path, "system", stated["system"])
        if "policy_prompt" in stated:
            policy_prompt = _text_or_none(path, "policy_prompt", stated["policy_prompt"])
            if policy_prompt is None or "{question}" not in policy_prompt:
                raise LoadError(f"{str(path)!r}: policy_prompt {policy_prompt!r} has no '{{question}}' in it.")
            prompt["policy_prompt"] = policy_prompt
        key = "reading" if "reading" in stated and "prm_format" not in stated else "prm_format"
        known = stated.get("known_world")
        return cls(
            name=_text_or_none(path, "name", stated.get("name")),
            revision=_text_or_none(path, "revision", stated.get("revision")),
            prompt=prompt,
            input_check=None if known is None else read_input_check(folder, known),
            prm_format=_text_or_none(path, key, stated.get(key)),
        )

    def style(self, family: PromptStyle = INTERNVL25, *, tokens_per_tile: int, bos: str | None = None) -> PromptStyle:
        """Return the family's prompt style with what the model itself and ``workbench.json`` say."""
        return replace(family, tokens_per_tile=tokens_per_tile, bos=bos, **self.prompt)


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object. Raises LoadError."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise LoadError(f"{str(path)!r} cannot be read: {error}") from error
    if not isinstance(value, dict):
        raise LoadError(f"{str(path)!r} holds {type(value).__name__}, not an object.")
    return value


def read_preparation(folder: Path) -> dict[str, Any]:
    """Read how a folder prepares pictures. Raises LoadError.

    transformers 5 saves it inside ``processor_config.json``, and reads that first; earlier releases wrote a file of its own.
    """
    path = folder / "processor_config.json"
    inside = read_json(path).get("image_processor") if path.is_file() else None
    return inside if isinstance(inside, dict) else read_json(folder / "preprocessor_config.json")


def read_index(folder: Path) -> dict[str, str] | None:
    """Return which file of a folder holds which tensor; None where there is no index. Raises LoadError.

    A file must be a safetensors file of this folder: others may be pickled, which runs code, or somebody else's.
    """
    path = folder / INDEX
    if not path.is_file():
        return None
    weight_map = read_json(path).get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise LoadError(f"{str(path)!r} has no weight_map.")
    files = {str(tensor): str(file) for tensor, file in weight_map.items()}
    for file in files.values():
        if not file.endswith(".safetensors") or Path(file).name != file or "\\" in file:
            raise LoadError(f"{str(path)!r} names {file!r}, which is not a safetensors file in this folder.")
    return files


def read_stop_ids(folder: Path) -> frozenset[int]:
    """Return the ids ``generation_config.json`` ends an answer with; none when there is no such file. Raises LoadError."""
    path = folder / "generation_config.json"
    stated = read_json(path).get("eos_token_id") if path.is_file() else None
    ids = stated if isinstance(stated, list) else [] if stated is None else [stated]
    if not all(isinstance(each, int) for each in ids):
        raise LoadError(f"{str(path)!r}: eos_token_id must be a number or a list of numbers, not {stated!r}.")
    return frozenset(ids)


def model_type(folder: Path) -> str:
    """Return ``config.json``'s model_type. Raises LoadError when the folder is no checkpoint."""
    if not (
        folder / "config.json"
    ).is_file():  # one sentence, whether the folder is there or not: who asks learns no names
        raise LoadError(f"{str(folder)!r} is not a checkpoint: there is no folder with a config.json at that path.")
    return str(read_json(folder / "config.json").get("model_type"))


def check_layers(folder: Path) -> None:
    """Refuse a number of layers that would fill the memory before it is noticed to be false. Raises LoadError."""
    config = read_json(folder / "config.json")
    for part in (config, *(section for section in config.values() if isinstance(section, dict))):
        for name in ("num_hidden_layers", "depth"):
            layers = part.get(name)
            if isinstance(layers, int | float) and layers > MOST_LAYERS:
                raise LoadError(f"config.json in {str(folder)!r} asks for {layers} layers; the most is {MOST_LAYERS}.")


def fingerprint(folder: Path) -> str:
    """Return 12 hexadecimal digits that change when the weights change.

    Of each file count its name, its size and all of it, or evenly spaced blocks where it is large: of two large files that differ
    between the blocks only, the digits are the same.
    """
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.safetensors")):
        size = path.stat().st_size
        digest.update(f"{path.name} {size}\n".encode())
        with path.open("rb") as file:
            if size <= WHOLE_BYTES:
                digest.update(file.read())
                continue
            for block in range(BLOCKS):
                file.seek(
                    (size - BLOCK_BYTES) * block // (BLOCKS - 1)
                )  # the first is the header, the last ends the file
                digest.update(file.read(BLOCK_BYTES))
    return digest.hexdigest()[:12]


def _text_or_none(path: Path, field: str, value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise LoadError(f"{str(path)!r}: {field} must be a text or null, not {value!r}.")
    return value
