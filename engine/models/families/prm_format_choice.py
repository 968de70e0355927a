"""Which PRM format a checkpoint is asked in: the caller's, else the one that ``workbench.json`` states, else by its name.

Knows files and tokenizers; the formats themselves are ``engine.prompts.prm_formats``.
"""

from __future__ import annotations

from pathlib import Path

from engine.errors import LoadError
from engine.models.checkpoints.folder import CheckpointSettings, Placement
from engine.prompts.chat import CHATML, ChatTemplate
from engine.prompts.known_models import known_prm_format
from engine.prompts.prm_formats import JUDGE, PRM_FORMATS
from engine.prompts.prm_formats.base import PrmFormat
from engine.prompts.prm_formats.judge import Judge
from engine.prompts.prm_formats.visualprm import VISUALPRM, VisualPrm
from engine.prompts.tokenizer import Tokens


def choose_prm_format(
    template: ChatTemplate, folder: Path, placement: Placement, settings: CheckpointSettings, default: PrmFormat
) -> PrmFormat:
    """Return the format that the caller, ``workbench.json`` or the model's name asks for, else ``default``.

    Raises LoadError for a name that is no format, and for a format that cannot be written in the family's ``template``.
    """
    stated = placement.prm_format or settings.prm_format
    if stated is not None:
        if stated not in PRM_FORMATS:
            raise LoadError(f"prm_format {stated!r} is unknown; choose one of {', '.join(PRM_FORMATS)}.")
        return _in_template(PRM_FORMATS[stated], template)
    known = known_prm_format(settings.name or placement.name or folder.name)
    return _in_template(default if known is None else PRM_FORMATS[known], template)


def _in_template(prm_format: PrmFormat, template: ChatTemplate) -> PrmFormat:
    """Return the format in a family's own turns. Raises LoadError for one that is tied to a released model's."""
    if template is CHATML:
        return prm_format
    if isinstance(prm_format, Judge | VisualPrm):
        return type(prm_format)(template)
    raise LoadError(
        f"The PRM format {prm_format.name!r} is written in turns that this model does not know. State another one with "
        f"--prm-format: {JUDGE.name} or {VISUALPRM.name}."
    )


def check_prm_format(prm_format: PrmFormat, tokens: Tokens) -> None:
    """Make sure that the model has the tokens its PRM format needs. Raises LoadError."""
    for token in (*prm_format.answers, *prm_format.step_tokens):
        try:
            tokens.token_id(token)
        except LoadError as error:
            raise LoadError(
                f"The model has no token {token!r}, which the PRM format {prm_format.name!r} needs. State another one with "
                f'--prm-format or "prm_format" in workbench.json: {", ".join(PRM_FORMATS)}.'
            ) from error
    for token in prm_format.step_tokens:
        if tokens.token_id(token) not in tokens.special_ids:
            raise LoadError(f"Token {token!r} is not marked special, so a step could forge it.")
