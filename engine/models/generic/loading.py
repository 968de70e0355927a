"""Folders of models that no family here reads -> :class:`GenericModel`: transformers' class, its processor, its template.

Chooses the class by ``config.json``; the weights are loaded as strictly as a family's. Knows no prompts.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import GenerationConfig

from engine.errors import InvalidRequest, LoadError, OutOfMemory
from engine.model_catalogue.model_choice import ModelPath
from engine.models.checkpoints.folder import CheckpointSettings, Placement, read_json, read_stop_ids
from engine.models.checkpoints.weights import check_files, load_weights
from engine.models.families.base import card_of
from engine.models.generic.chat import Chat
from engine.models.generic.formats import FORMATS, StepFormat
from engine.models.generic.heads import Head, head_of
from engine.models.inference.network import memory_named
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
TRIED_TOKENS = 16  # of a text that is read twice, whole and half
LEAST_FLOAT32, LEAST_HALF = 1e-3, 0.25  # share of the logits' spread that rounding does not reach
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
    right_label: int  # of a head with several
    policy_prompt: str  # "{question}" is replaced by the question
    system: str | None  # message in front; None: as the template has it
    input_check: InputCheck | None
    device: torch.device
    is_causal: bool = (
        True  # what it computes at a token holds whatever follows; else each step is read in a pass of its own
    )
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
    _check_tokens(folder, prm_format, chat)
    model = load_weights(head.model_class, folder, placement, shares_prefix=False)
    stop_ids = frozenset[int]()
    if head.prm_format is None:
        stop_ids = _stop_ids(folder, model, chat.tokenizer)
        model.generation_config = _tokens_of(model.generation_config, stop_ids)
    card = card_of(model, str(read_json(folder / "config.json")["model_type"]), folder, placement, settings)
    return GenericModel(
        model=model,
        chat=chat,
        tokens=Tokens.of(chat.tokenizer.backend_tokenizer),
        card=replace(card, path=ModelPath.GENERIC),
        context=_context(model.config.get_text_config()),
        stop_ids=stop_ids,
        writes=head.prm_format is None,
        prm_format=prm_format,
        right_label=head.right,
        policy_prompt=settings.prompt.get("policy_prompt", PAPER_POLICY_PROMPT),
        system=settings.prompt.get("system"),
        input_check=settings.input_check,
        device=placement.device,
        is_causal=is_causal(model, placement.device, reads_pictures=chat.reads_pictures),
        template_notice=THINKS if chat.thinks else None,
    )


def check_generic(folder: Path, placement: Placement | None = None) -> None:
    """Raise LoadError for what the small files of a folder ask for in vain."""
    settings = CheckpointSettings.read(folder)
    head = head_of(folder)
    check_files(folder)
    placement = placement or Placement(device=torch.device("cpu"), dtype=torch.float32)
    prm_format = _choose_format(folder, head, placement, settings)
    _check_tokens(folder, prm_format, Chat.open(folder, needs_template=prm_format.needs_template))


def _check_tokens(folder: Path, prm_format: StepFormat, chat: Chat) -> None:
    """Raise LoadError where a format's token is none of the tokenizer's: scores would be read at another one."""
    needed = prm_format.needed_token
    if needed is not None and needed not in chat.tokenizer.get_vocab():
        raise LoadError(
            f"The tokenizer of {str(folder)!r} has no token {needed!r}, at which the PRM format {prm_format.name!r} reads "
            "scores. Put the reward model's own tokenizer files beside its weights, or state another format with --prm-format."
        )


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


def _tokens_of(stated: GenerationConfig, stop_ids: frozenset[int]) -> GenerationConfig:
    """Return the tokens that a folder states for ``generate``, and nothing else: penalties, beams and caches are chosen here."""
    tokens = {name: getattr(stated, name) for name in ("bos_token_id", "pad_token_id", "decoder_start_token_id")}
    return GenerationConfig(**tokens, eos_token_id=sorted(stop_ids) or None)


def _context(config: Any) -> int:
    """Return how many positions a model has, as far as its configuration says."""
    stated = getattr(config, "max_position_embeddings", None)
    return stated if isinstance(stated, int) and stated > 0 else UNBOUNDED


@contextmanager
def computing(loaded: GenericModel) -> Iterator[None]:
    """Translate what a forward pass raises: OutOfMemory, or InvalidRequest for what transformers cannot compute."""
    try:
        with memory_named(loaded.device):
            yield
    except (ValueError, TypeError, AttributeError, LookupError, NotImplementedError) as error:
        raise InvalidRequest(_cannot_compute(error)) from error


def _cannot_compute(error: Exception) -> str:
    return (
        f"transformers {transformers.__version__} cannot compute this model: {type(error).__name__}: {error}. Try another version "
        "of it, or serve the model with vLLM and give its address: see docs/deployment.md."
    )


@torch.inference_mode()
def is_causal(model: Any, device: torch.device, *, reads_pictures: bool) -> bool:
    """Return whether a model computes the same of a text's beginning alone. Raises LoadError where it computes nothing of a text.

    Attention that chooses among all tokens of a text (DeepSeek's sparse one) shows it at lengths that are not tried here.
    """
    config = model.config.get_text_config()
    if getattr(config, "index_topk", None):
        return False
    ids = torch.arange(TRIED_TOKENS, device=device)[None] % (config.vocab_size - 1) + 1
    try:
        with memory_named(device):
            texts = (ids, ids[:, : TRIED_TOKENS // 2])
            whole, half = (model(input_ids=text, use_cache=False).logits.float() for text in texts)
    except OutOfMemory:
        raise
    except Exception as error:  # whatever a class of transformers meets
        if reads_pictures:  # it may read nothing without one
            return False
        raise LoadError(_cannot_compute(error)) from error
    if whole.dim() < 3:  # of a text as a whole
        return False
    furthest = (whole[:, : half.shape[1]] - half).abs().max()
    return bool(furthest <= half.std() * (LEAST_FLOAT32 if model.dtype == torch.float32 else LEAST_HALF))


def _stop_ids(folder: Path, model: Any, tokenizer: Any) -> frozenset[int]:
    """Return the tokens that end an answer, as ``generate`` has them."""
    stated = model.generation_config.eos_token_id
    ids = stated if isinstance(stated, list) else [] if stated is None else [stated]
    found = frozenset({*ids, *read_stop_ids(folder)})
    return found or frozenset({tokenizer.eos_token_id} - {None})
