"""Folders of models that no family here reads -> :class:`GenericModel`: transformers' class, its processor, its template.

Chooses the class by ``config.json``; the weights are loaded as strictly as a family's. Knows no prompts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from engine.errors import LoadError
from engine.model_catalogue.model_choice import ModelPath
from engine.models.checkpoints.folder import CheckpointSettings, Placement, read_json, read_stop_ids
from engine.models.checkpoints.weights import check_files, load_weights
from engine.models.families.base import card_of
from engine.models.generic.chat import Chat
from engine.models.generic.formats import FORMATS, StepFormat
from engine.models.generic.heads import Head, head_of
from engine.models.input_check import InputCheck
from engine.prompts.known_models import known_prm_format
from engine.prompts.prm_formats import JUDGE
from engine.prompts.style import PAPER_POLICY_PROMPT
from engine.prompts.tokenizer import Tokens
from engine.protocols import ModelCard

THINKS = (
    "This is a thinking model: it is asked not to think, where its template has a switch for that. What it thinks all the same is "
    "kept apart from the steps and counts towards the token limit."
)
UNBOUNDED = 1 << 17  # tokens a prompt may have where config.json does not say


@dataclass(frozen=True, slots=True, kw_only=True)
class GenericModel:
    """A loaded model with its own processor."""

    model: Any  # transformers' class, in eval mode
    chat: Chat
    tokens: Tokens  # for reading what it writes
    card: ModelCard
    context: int  # positions: prompt and answer together
    stop_ids: frozenset[int]  # tokens that end an answer
    writes: bool  # False: it has a head that scores instead
    prm_format: StepFormat  # how it is asked about steps
    policy_prompt: str  # "{question}" is replaced by the question
    system: str | None  # message in front; None: as the template has it
    input_check: InputCheck | None
    device: torch.device
    template_notice: str | None = None

    @property
    def reads_pictures(self) -> bool:
        """Whether it takes pictures; without them every problem that has one is refused (InvalidRequest)."""
        return self.chat.reads_pictures


def load_generic(folder: Path, placement: Placement) -> GenericModel:
    """Load a folder. Raises LoadError, naming what is missing or unsupported."""
    settings = CheckpointSettings.read(folder)
    head = head_of(folder)
    prm_format = _choose_format(folder, head, placement, settings)
    chat = Chat.open(folder, needs_template=prm_format.needs_template)
    model = load_weights(head.model_class, folder, placement, shares_prefix=False)
    card = card_of(model, str(read_json(folder / "config.json")["model_type"]), folder, placement, settings)
    return GenericModel(
        model=model,
        chat=chat,
        tokens=Tokens.of(chat.tokenizer.backend_tokenizer),
        card=replace(card, path=ModelPath.GENERIC),
        context=int(getattr(model.config.get_text_config(), "max_position_embeddings", None) or UNBOUNDED),
        stop_ids=_stop_ids(folder, model, chat.tokenizer) if head.prm_format is None else frozenset(),
        writes=head.prm_format is None,
        prm_format=prm_format,
        policy_prompt=settings.prompt.get("policy_prompt", PAPER_POLICY_PROMPT),
        system=settings.prompt.get("system"),
        input_check=settings.input_check,
        device=placement.device,
        template_notice=THINKS if chat.thinks else None,
    )


def check_generic(folder: Path, placement: Placement | None = None) -> None:
    """Raise LoadError for what the small files of a folder ask for in vain."""
    settings = CheckpointSettings.read(folder)
    head = head_of(folder)
    check_files(folder)
    placement = placement or Placement(device=torch.device("cpu"), dtype=torch.float32)
    prm_format = _choose_format(folder, head, placement, settings)
    Chat.open(folder, needs_template=prm_format.needs_template)


def _choose_format(folder: Path, head: Head, placement: Placement, settings: CheckpointSettings) -> StepFormat:
    """Return how a model is asked about steps. Raises LoadError for a format that no generic model is asked in."""
    stated = placement.prm_format or settings.prm_format
    stated = stated or head.prm_format or known_prm_format(settings.name or placement.name or folder.name) or JUDGE.name
    if stated not in FORMATS:
        raise LoadError(
            f"The PRM format {stated!r} is tied to other models than {str(folder)!r}. State another one with --prm-format: "
            f"{', '.join(FORMATS)}."
        )
    chosen = FORMATS[stated]
    if (chosen.answers is None) != (head.prm_format is not None):
        has, needs = ("no head that scores", "one") if head.prm_format is None else ("a head that scores", "words")
        raise LoadError(f"{str(folder)!r} has {has}, and the PRM format {stated!r} needs {needs}. State another one.")
    return chosen


def _stop_ids(folder: Path, model: Any, tokenizer: Any) -> frozenset[int]:
    """Return the tokens that end an answer, as ``generate`` has them."""
    stated = model.generation_config.eos_token_id
    ids = stated if isinstance(stated, list) else [] if stated is None else [stated]
    found = frozenset({*ids, *read_stop_ids(folder)})
    return found or frozenset({tokenizer.eos_token_id} - {None})
