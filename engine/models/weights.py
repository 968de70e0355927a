"""The weights of a native folder as a transformers model, strictly: every tensor of the class comes from the checkpoint.

A missing, unexpected or mismatched key is an error, never a random weight. Knows neither families nor prompts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from engine.errors import LoadError
from engine.models import shared
from engine.models.checkpoint import Placement
from engine.models.layout import put


def load_weights(model_class: Any, folder: Path, placement: Placement) -> Any:
    """Load ``folder`` as ``model_class`` (a transformers class), in eval mode, text attention ours. Raises LoadError."""
    shared.register()
    try:
        model, report = model_class.from_pretrained(
            folder,
            dtype=placement.dtype,
            attn_implementation={"text_config": shared.ATTENTION, "vision_config": "sdpa"},
            output_loading_info=True,
            ignore_mismatched_sizes=True,  # reported below with the others: transformers' own error does not name the key
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
