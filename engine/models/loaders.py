"""Which loader reads which kind of checkpoint. Knows ``config.json``'s model_type and nothing else of a family."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from engine.errors import EngineError, LoadError
from engine.models.checkpoints import folder as checkpoint_folder
from engine.models.checkpoints.folder import Placement, check_layers
from engine.models.families.internvl import InternVL, check_internvl, load_internvl
from engine.models.families.internvl_original.loading import check_original, load_original
from engine.models.families.qwen_vl import QwenVL, check_qwen2_5_vl, check_qwen3_vl, load_qwen2_5_vl, load_qwen3_vl
from engine.models.families.rope_config import check_stretch
from engine.models.families.smolvlm import SmolVLM, check_smolvlm, load_smolvlm
from engine.models.families.template_check import template_notice

log = logging.getLogger(__name__)

Family = InternVL | QwenVL | SmolVLM

LOADERS: dict[str, Callable[[Path, Placement], Family]] = {
    "internvl": load_internvl,  # InternVL2.5 and 3, "-hf" folders
    "internvl_chat": load_original,  # the same models as OpenGVLab publishes them
    "qwen2_5_vl": load_qwen2_5_vl,
    "qwen3_vl": load_qwen3_vl,
    "smolvlm": load_smolvlm,  # SmolVLM-256M and -500M, SmolVLM2
}
WITHOUT_NATIVE_CODE = ("minicpmv", "minicpmo")  # transformers has no class for them, and remote code is never run


CHECKS: dict[str, Callable[[Path], None]] = {
    "internvl": check_internvl,
    "internvl_chat": check_original,
    "qwen2_5_vl": check_qwen2_5_vl,
    "qwen3_vl": check_qwen3_vl,
    "smolvlm": check_smolvlm,
}


def load_family(folder: Path, placement: Placement) -> Family:
    """Load a checkpoint folder of any supported family. Raises LoadError."""
    kind = _supported_kind(folder)
    try:
        network = LOADERS[kind](folder, placement)
    except EngineError:
        raise
    except Exception as error:  # a file may hold anything, and the libraries that read it raise whatever they meet
        raise LoadError(f"{str(folder)!r} cannot be loaded: {type(error).__name__}: {error}") from error
    notice = template_notice(folder, network.style.chat)
    if notice is not None:
        log.warning("model=%s %s", network.card.name, notice)
    return replace(network, template_notice=notice)


def refusal(folder: Path) -> str | None:
    """Return why loading would refuse a folder, as far as its configuration tells; None: nothing there is against it.

    Reads small files only: damage in weights and tokenizers is found by loading.
    """
    try:
        CHECKS[_supported_kind(folder)](folder)
    except LoadError as error:
        return str(error)
    except Exception as error:  # see load_family
        return f"{str(folder)!r} cannot be loaded: {type(error).__name__}: {error}"
    return None


def _supported_kind(folder: Path) -> str:
    """Return ``config.json``'s model_type. Raises LoadError for a kind that is not supported and for sizes that cannot be."""
    kind = checkpoint_folder.model_type(folder)
    if kind in WITHOUT_NATIVE_CODE:
        raise LoadError(
            f"{str(folder)!r} is a {kind!r} model, which transformers has no native code for, and code that comes with a "
            "checkpoint is never run here. Serve it with vLLM and give its address instead: see docs/deployment.md."
        )
    check_layers(folder)
    check_stretch(folder)
    if kind not in LOADERS:
        raise LoadError(
            f"{str(folder)!r} is a {kind!r} model; supported: {', '.join(map(repr, LOADERS))} (see docs/models.md)."
        )
    return kind
