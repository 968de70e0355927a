"""Which loader reads which kind of checkpoint: a family's, whose prompts are read once, or the generic one.

Knows ``config.json``'s model_type and nothing else of a family.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

from engine.errors import EngineError, LoadError, NotShared
from engine.model_catalogue.model_choice import ModelPath, ModelUse, Outlook
from engine.models.checkpoints import folder as checkpoint_folder
from engine.models.checkpoints.folder import CheckpointSettings, Placement, check_layers
from engine.models.families import qwen_vl, smolvlm, text
from engine.models.families.internvl import InternVL, check_internvl, load_internvl
from engine.models.families.internvl_original.loading import check_original, load_original
from engine.models.families.llava_onevision import LlavaOnevision, check_llava_onevision, load_llava_onevision
from engine.models.families.qwen_vl import QwenVL
from engine.models.families.rope_config import check_stretch
from engine.models.families.smolvlm import SmolVLM
from engine.models.families.template_check import begun_thought, template_notice
from engine.models.families.text import TextOnly
from engine.models.generic.formats import FORMATS, OutcomeReward
from engine.models.generic.heads import head_of
from engine.models.generic.loading import GenericModel, check_generic, load_generic
from engine.prompts.known_models import known_prm_format, says_that_it_scores, says_that_it_scores_wholes
from engine.prompts.prm_formats import JUDGE, PRM_FORMATS

log = logging.getLogger(__name__)

Family = InternVL | LlavaOnevision | QwenVL | SmolVLM | TextOnly
LoadedModel = Family | GenericModel

LOADERS: dict[str, Callable[[Path, Placement], Family]] = {
    "internvl": load_internvl,  # InternVL2.5 and 3, "-hf" folders
    "internvl_chat": load_original,  # the same models as OpenGVLab publishes them
    "llava_onevision": load_llava_onevision,
    **{kind: partial(qwen_vl.load_qwen_vl, kind) for kind in qwen_vl.CLASSES},
    **{kind: partial(smolvlm.load_smolvlm, kind) for kind in smolvlm.CLASSES},
    **{kind: partial(text.load_text_model, kind) for kind in text.CLASSES},
}
WITHOUT_NATIVE_CODE = ("minicpmv", "minicpmo")  # transformers has no class for them, and remote code is never run


CHECKS: dict[str, Callable[[Path], None]] = {
    "internvl": check_internvl,
    "internvl_chat": check_original,
    "llava_onevision": check_llava_onevision,
    **{kind: partial(qwen_vl.check_qwen_vl, kind) for kind in qwen_vl.CLASSES},
    **{kind: partial(smolvlm.check_smolvlm, kind) for kind in smolvlm.CLASSES},
    **{kind: partial(text.check_text_folder, kind) for kind in text.CLASSES},
}


def load_model(folder: Path, placement: Placement) -> LoadedModel:
    """Load a checkpoint folder on the path that computes it fastest. Raises LoadError."""
    try:
        if path_of(folder, placement) is ModelPath.FAST:
            return _load_family(folder, placement)
        model = _with_stated_prompts(load_generic(folder, placement), folder, placement)
    except EngineError:
        raise
    except Exception as error:  # a file may hold anything, and the libraries that read it raise whatever they meet
        raise LoadError(f"{str(folder)!r} cannot be loaded: {type(error).__name__}: {error}") from error
    log.info("model=%s path=%s", model.card.name, model.card.path)
    return model


def _load_family(folder: Path, placement: Placement) -> Family:
    network = LOADERS[checkpoint_folder.model_type(folder)](folder, placement)
    notice = template_notice(folder, network.style.chat)
    if notice is not None:
        log.warning("model=%s %s", network.card.name, notice)
    style = replace(network.style, thought=begun_thought(folder, network.style.chat, network.tokens))
    stated = placement.prompts.of(network.card.name, placement.name, folder.name)
    return replace(
        network,
        template_notice=notice,
        style=replace(style, **stated.values),  # type: ignore[arg-type]  # its fields
        card=replace(network.card, prompts=stated.version),
    )


def _with_stated_prompts(model: GenericModel, folder: Path, placement: Placement) -> GenericModel:
    stated = placement.prompts.of(model.card.name, placement.name, folder.name)
    card = replace(model.card, prompts=stated.version)
    return replace(model, card=card, **stated.values)  # type: ignore[arg-type]  # its fields


def path_of(folder: Path, placement: Placement | None = None) -> ModelPath:
    """Return how a folder's model would be computed here. Raises LoadError for what cannot be, as far as small files tell.

    ``placement`` may ask for a PRM format that is written on the generic path only.
    """
    kind = checkpoint_folder.model_type(folder)
    if kind in WITHOUT_NATIVE_CODE:
        raise LoadError(
            f"{str(folder)!r} is a {kind!r} model, which transformers has no native code for, and code that comes with a "
            "checkpoint is never run here. Serve it with vLLM and give its address instead: see docs/deployment.md."
        )
    check_layers(folder)
    check_stretch(folder)
    if kind in CHECKS and not _asked_on_generic_path(folder, placement):
        try:
            CHECKS[kind](folder)
            return ModelPath.FAST
        except NotShared as error:
            try:
                check_generic(folder, placement)
            except LoadError as other:
                raise LoadError(f"{error} Nor does transformers' own forward pass read it: {other}") from other
            return ModelPath.GENERIC
    check_generic(folder, placement)
    return ModelPath.GENERIC


def _asked_on_generic_path(folder: Path, placement: Placement | None) -> bool:
    """Whether the PRM format that is stated, or that the model's name wants, is none of the fast path's."""
    settings = CheckpointSettings.read(folder)
    stated = (placement.prm_format if placement else None) or settings.prm_format
    wanted = stated or known_prm_format(settings.name or (placement.name if placement else None) or folder.name)
    return wanted in FORMATS and wanted not in PRM_FORMATS


@dataclass(frozen=True, slots=True, kw_only=True)
class _FileState:
    """What changes when a file is written again."""

    name: str
    written: int  # nanoseconds
    size: int  # bytes


def outlook(folder: Path) -> Outlook:
    """Return what loading a folder would come to. Reads small files, once as long as no file of the folder changes."""
    files = sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
    states = ((path.name, path.stat()) for path in files)
    return _outlook(
        folder, tuple(_FileState(name=name, written=each.st_mtime_ns, size=each.st_size) for name, each in states)
    )


@lru_cache(maxsize=256)
def _outlook(folder: Path, _files: tuple[_FileState, ...]) -> Outlook:
    reason = refusal(folder)
    if reason is not None:
        return Outlook(refusal=reason)
    name = str(CheckpointSettings.read(folder).name or folder.name)
    path = path_of(folder)
    head = head_of(folder).prm_format if path is ModelPath.GENERIC else None
    asked = head or CheckpointSettings.read(folder).prm_format or known_prm_format(name)
    if asked == OutcomeReward.name or says_that_it_scores_wholes(name):
        scores = ModelUse.ORM
    else:
        is_trained = (asked is not None and asked != JUDGE.name) or says_that_it_scores(name)
        scores = ModelUse.PRM if is_trained else ModelUse.JUDGE
    return Outlook(path=path, uses=(scores,) if head else (ModelUse.POLICY, scores))


def check_how_it_is_asked(folder: Path, prm_format: str | None, called: str | None) -> None:
    """Raise LoadError for a model that was trained to score, by its name, in a way that nobody here knows."""
    settings = CheckpointSettings.read(folder)
    name = settings.name or called or folder.name
    if prm_format or settings.prm_format or known_prm_format(name) or not says_that_it_scores(name):
        return
    is_trained_as_visualprm = checkpoint_folder.model_type(folder).startswith("internvl")
    if not is_trained_as_visualprm and head_of(folder).prm_format is None:
        raise LoadError(
            f"{name!r} was trained to score, by its name, but how it is asked about steps is not known. State it with "
            f'--prm-format, or as "prm_format" in workbench.json: {", ".join(dict.fromkeys((*PRM_FORMATS, *FORMATS)))} '
            "(docs/models.md says what each of them is)."
        )


def refusal(folder: Path) -> str | None:
    """Return why loading would refuse a folder, as far as its configuration tells; None: nothing there is against it.

    Reads small files only: damage in weights and tokenizers is found by loading.
    """
    try:
        path_of(folder)
    except LoadError as error:
        return str(error)
    except Exception as error:  # see load_model
        return f"{str(folder)!r} cannot be loaded: {type(error).__name__}: {error}"
    return None
