"""The weights of a native folder as a transformers model, strictly: every tensor of the class comes from the checkpoint.

A missing, unexpected or mismatched key is an error, never a random weight. Knows neither families nor prompts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError

from engine.errors import LoadError
from engine.model_catalogue.footprint import read_footprint
from engine.models.checkpoints.folder import Placement, read_index, read_json
from engine.models.inference import shared_attention
from engine.models.placement.device_layout import put

SLACK = 1_000_000  # parameters more than the files hold that are left to the exact report of what is missing


def load_weights(model_class: Any, folder: Path, placement: Placement, *, shares_prefix: bool = True) -> Any:
    """Load ``folder`` as ``model_class`` (a transformers class), in eval mode. Raises LoadError.

    ``shares_prefix``: with our attention in the text model; else with transformers' own everywhere.
    """
    check_files(folder)
    shared_attention.register()
    try:
        _check_size(model_class, folder)
        model, report = model_class.from_pretrained(
            folder,
            dtype=placement.dtype,
            attn_implementation=_attention(model_class) if shares_prefix else None,
            output_loading_info=True,
            ignore_mismatched_sizes=True,  # reported below with the others: transformers' own error does not name the key
            use_safetensors=True,  # never pickled ones, which run code
            local_files_only=True,
            trust_remote_code=False,
        )
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise LoadError(f"The weights in {str(folder)!r} cannot be loaded: {error}") from error
    for kind in ("missing_keys", "unexpected_keys", "mismatched_keys", "error_msgs"):
        keys = sorted(str(key) for key in report.get(kind) or ())
        if keys:
            shown = ", ".join(keys[:5]) + (f" and {len(keys) - 5} more" if len(keys) > 5 else "")
            raise LoadError(f"{str(folder)!r} does not fit its config.json: {kind.replace('_', ' ')}: {shown}.")
    put(model, placement.layout)
    return model.eval()


def _attention(model_class: Any) -> str | dict[str, str]:
    """Return which attention each part of a model computes with: a text model alone has no parts."""
    if not model_class.config_class.sub_configs:
        return shared_attention.ATTENTION
    return {"text_config": shared_attention.ATTENTION, "vision_config": "sdpa"}


def check_files(folder: Path) -> None:
    """Refuse what is not the model's own weights as they are. Raises LoadError."""
    read_index(folder)
    read_footprint(folder)
    if (
        folder / "adapter_config.json"
    ).is_file():  # transformers would load another model under it where peft is installed
        raise LoadError(f"{str(folder)!r} holds an adapter. Merge it into its model and load the result.")
    if "quantization_config" in read_json(folder / "config.json"):
        raise LoadError(
            f"The weights in {str(folder)!r} are quantised already (quantization_config). Load the original ones, "
            "with --quantise where room is short."
        )


def _check_size(model_class: Any, folder: Path) -> None:
    """Refuse a configuration of another model than the files hold, before transformers makes what is missing up.

    A text model that ``config.json`` leaves out would be one of 7 billion parameters.
    """
    config = model_class.config_class.from_pretrained(folder, local_files_only=True)
    with torch.device("meta"):
        wanted = sum(parameter.numel() for parameter in model_class(config).parameters())
    held = read_footprint(folder).parameters
    if wanted > 1.5 * held + SLACK:
        raise LoadError(
            f"config.json in {str(folder)!r} describes a model of {wanted:,} parameters, and its files hold {held:,}."
        )
