"""What a configuration says of rotary positions: how long a prompt may be, and what is refused.

Knows ``config.json``; the positions themselves are ``inference.dynamic_rope``'s.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.errors import LoadError, NotShared
from engine.models.checkpoints.folder import read_json
from engine.models.inference.dynamic_rope import DYNAMIC

LINEAR = "linear"
ROPE_FIELDS = "rope_parameters (or rope_scaling)"
MOST_STRETCH = 1000  # models are stretched by up to 64 or so
MAX_GROWTH = 32  # times the native length


def refuse_dynamic(folder: Path, config: Any) -> None:
    """Refuse a growing rotary embedding where it cannot be computed without memory of earlier prompts. Raises NotShared."""
    if (config.rope_parameters or {}).get("rope_type") == DYNAMIC:
        raise NotShared(
            f"config.json in {str(folder)!r} says rope_type {DYNAMIC!r} in {ROPE_FIELDS}, which is not "
            "supported with positions in three dimensions."
        )


def native_length(config: Any) -> int | None:
    """Return up to how many tokens the text model's positions do not depend on the prompt's length; None: always."""
    is_dynamic = (config.rope_parameters or {}).get("rope_type") == DYNAMIC
    return int(config.max_position_embeddings) if is_dynamic else None


def context_length(config: Any) -> int:
    """Return how many tokens a prompt may have: a growing or stretched rotary embedding goes beyond ``max_position_embeddings``.

    Dynamic NTK has no end of its own; 32 times the native length is this engine's, so that a runaway prompt fails early. Raises
    LoadError when there is no room for any. What :func:`check_stretch` refuses must not come here.
    """
    rope = config.rope_parameters or {}
    native = int(config.max_position_embeddings)
    if native < 1:
        raise LoadError(f"config.json says max_position_embeddings {native}: no prompt would fit.")
    kind = rope.get("rope_type")
    stretch = MAX_GROWTH if kind == DYNAMIC else float(rope["factor"]) if kind == LINEAR else 1
    context = int(native * stretch)
    if context < 1:
        raise LoadError(f"config.json says factor {rope['factor']!r} in {ROPE_FIELDS}: no prompt would fit.")
    return context


def check_stretch(folder: Path) -> None:
    """Refuse positions stretched by nothing, backwards, without end, or by no number, before weights are read. Raises LoadError."""
    config = read_json(folder / "config.json")
    for part in (config, *(section for section in config.values() if isinstance(section, dict))):
        for rope in (part.get("rope_parameters"), part.get("rope_scaling")):
            if not isinstance(rope, dict) or (rope.get("rope_type") or rope.get("type")) not in (DYNAMIC, LINEAR):
                continue
            factor: Any = rope.get("factor")
            is_number = isinstance(factor, int | float) and not isinstance(factor, bool)
            if not (is_number and 0 < factor <= MOST_STRETCH):  # NaN is not either
                stated = f"factor {factor!r}" if "factor" in rope else "no factor"
                raise LoadError(
                    f"config.json in {str(folder)!r} says {stated} in {ROPE_FIELDS}; it must be a number above 0 and "
                    f"at most {MOST_STRETCH}."
                )
