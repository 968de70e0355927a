"""Which PRM format a checkpoint is asked in: the caller's word, else ``workbench.json``'s, else by its name, else the family's own.

Knows files and tokenizers; the formats themselves are ``engine.prompts.prm_formats``.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.errors import LoadError
from engine.models.checkpoints.folder import Placement, Workbench
from engine.prompts.chat import CHATML, VISUALPRM, Chat, PromptStyle, Reading, VisualPrm
from engine.prompts.known_models import known_reading
from engine.prompts.prm_formats import JUDGE, READINGS
from engine.prompts.prm_formats.judge import Judge
from engine.prompts.tokenizer import Tokens


def with_reading(
    style: PromptStyle, folder: Path, placement: Placement, workbench: Workbench, otherwise: Reading
) -> PromptStyle:
    """Return the style with the reading that the caller, ``workbench.json`` or the name asks for, else ``otherwise``.

    Raises LoadError for a name that is no reading.
    """
    stated = placement.reading or workbench.reading
    if stated is not None:
        if stated not in READINGS:
            raise LoadError(f"reading {stated!r} is unknown; choose one of {', '.join(READINGS)}.")
        return replace(style, reading=_written(READINGS[stated], style.chat))
    name = workbench.name or placement.name or folder.name
    known = known_reading(name)
    return replace(style, reading=_written(otherwise if known is None else READINGS[known], style.chat))


def _written(reading: Reading, chat: Chat) -> Reading:
    """Return the reading in a family's own turns. Raises LoadError for one that is tied to a released model's."""
    if chat is CHATML:
        return reading
    if isinstance(reading, Judge | VisualPrm):
        return type(reading)(chat)
    raise LoadError(
        f"The reading {reading.name!r} is written in turns that this model does not know. State another one with --reading: "
        f"{JUDGE.name} or {VISUALPRM.name}."
    )


def check_reading(reading: Reading, tokens: Tokens) -> None:
    """Make sure that the model has the words its reading needs. Raises LoadError."""
    for token in (*reading.answers, *reading.marks):
        try:
            tokens.token_id(token)
        except LoadError as error:
            raise LoadError(
                f"The model has no token {token!r}, which the reading {reading.name!r} needs. State another one with "
                f'--reading or "reading" in workbench.json: {", ".join(READINGS)}.'
            ) from error
    for token in reading.marks:
        if tokens.token_id(token) not in tokens.special_ids:
            raise LoadError(f"Token {token!r} is not marked special, so a step could forge it.")
