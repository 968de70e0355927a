"""Text models as a ``Network``, for problems without a picture: Qwen2 and 2.5, Qwen3 and its mixtures, Llama 3, Mistral, Gemma 1.

They are asked in their own turns, behind the system message that their chat template writes by itself. Does not know what is
asked of the model.

Source: the chat templates of Qwen2.5-7B-Instruct, Qwen3-8B, Llama-3.1-8B-Instruct, gemma-7b-it, Mistral-7B-Instruct-v0.3 and
Mistral-Nemo-Instruct-2407.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL.Image import Image
from tokenizers import Tokenizer
from torch import Tensor
from transformers import (
    GemmaForCausalLM,
    LlamaForCausalLM,
    MistralForCausalLM,
    Qwen2ForCausalLM,
    Qwen3ForCausalLM,
    Qwen3MoeForCausalLM,
)

from engine.errors import InvalidRequest, NotShared
from engine.model_catalogue.footprint import tensor_names
from engine.models.checkpoints.folder import CheckpointSettings, Placement, read_json
from engine.models.checkpoints.weights import load_weights
from engine.models.families.base import LoadedNetwork, card_of, check_text_model, read_native, stop_ids
from engine.models.families.prm_format_choice import choose_prm_format
from engine.models.families.rope_config import context_length, native_length
from engine.models.families.template_check import default_system, dialogue, read_template, special_token, writes
from engine.models.inference.network import Pictures
from engine.prompts.chat import (
    CHATML,
    GEMMA,
    GEMMA_TOKENS,
    LLAMA3,
    LLAMA3_TOKENS,
    MISTRAL_NEMO,
    MISTRAL_TOKENS,
    MISTRAL_V3,
    TURN_END,
    TURN_START,
    ChatTemplate,
)
from engine.prompts.prm_formats import JUDGE
from engine.prompts.prm_formats.judge import NO, YES
from engine.prompts.segments import as_string, encode
from engine.prompts.style import PromptStyle
from engine.prompts.tokenizer import TOKENIZER, Tokens

# model_type -> transformers' class
CLASSES: dict[str, Any] = {
    "qwen2": Qwen2ForCausalLM,
    "qwen3": Qwen3ForCausalLM,
    "qwen3_moe": Qwen3MoeForCausalLM,
    "llama": LlamaForCausalLM,
    "mistral": MistralForCausalLM,
    "gemma": GemmaForCausalLM,  # the first; those that came later attend in windows
}
_TURNS: tuple[tuple[ChatTemplate, tuple[str, ...]], ...] = ((CHATML, (TURN_START, TURN_END)), (LLAMA3, LLAMA3_TOKENS))
# turns that versions of a model write differently, by vocabularies that may begin a text with a space of their own: they are
# taken where the folder's own template and tokenizer write them token for token, and nothing else: they have no turn for a system
# message, so that one which the template writes by itself (Mistral Small's) would be lost
_TURNS_TO_COMPARE: tuple[tuple[ChatTemplate, tuple[str, ...]], ...] = (
    (GEMMA, GEMMA_TOKENS),
    (MISTRAL_V3, MISTRAL_TOKENS),
    (MISTRAL_NEMO, MISTRAL_TOKENS),
)
NO_PICTURES = "This model reads text only. Leave the picture out, or choose a model that reads pictures."


@dataclass(frozen=True, slots=True, kw_only=True)
class TextOnly(LoadedNetwork):
    """A loaded text model; implements ``Network``. It refuses pictures."""

    @property
    def reads_pictures(self) -> bool:
        """See ``Network``."""
        return False

    def count_tiles(self, images: Sequence[Image]) -> tuple[int, ...]:
        """See ``Network``. Raises InvalidRequest where there is a picture."""
        if images:
            raise InvalidRequest(NO_PICTURES)
        return ()

    def see(self, image: Image) -> Pictures:
        """See ``LoadedNetwork``. Raises InvalidRequest."""
        raise InvalidRequest(NO_PICTURES)

    def pixel_inputs(self, images: Sequence[Image], prompt: Tensor) -> dict[str, Tensor]:
        """See ``LoadedNetwork``. Raises InvalidRequest."""
        raise InvalidRequest(NO_PICTURES)


def load_text_model(kind: str, folder: Path, placement: Placement) -> TextOnly:
    """Load a folder of one of ``CLASSES``. Raises LoadError, naming what is missing or unsupported."""
    _check_architecture(folder, CLASSES[kind])
    settings = CheckpointSettings.read(folder)
    tokens = Tokens.open(folder)
    chat = _choose_turns(folder, tokens)
    model = load_weights(CLASSES[kind], folder, placement)
    check_text_model(folder, model.config)
    template = read_template(folder)
    system = None if template is None else default_system(template, chat)
    bos = _first_token(folder, tokens)
    style = settings.style(PromptStyle(system=system, chat=chat), tokens_per_tile=1, bos=bos)
    return TextOnly(
        model=model,
        tokens=tokens,
        style=style,
        prm_format=choose_prm_format(chat, folder, placement, settings, JUDGE),
        card=card_of(model, kind, folder, placement, settings),
        context=context_length(model.config),
        native_length=native_length(model.config),
        stop_ids=stop_ids(folder, tokens, chat.end),
        input_check=settings.input_check,
        device=placement.device,
    )


def check_text_folder(kind: str, folder: Path) -> None:
    """Raise LoadError for what the configuration of a folder asks for in vain."""
    _check_architecture(folder, CLASSES[kind])
    read_native(folder, CLASSES[kind])
    _choose_turns(folder, Tokens.open(folder))


def _check_architecture(folder: Path, model_class: Any) -> None:
    """Raise NotShared for a model with another head: one that classifies tokens or sequences scores in another way."""
    stated = read_json(folder / "config.json").get("architectures")
    if isinstance(stated, list) and stated and model_class.__name__ not in stated:
        raise NotShared(f"{str(folder)!r} is a {stated[0]!r} and no {model_class.__name__}.")
    if any(name.startswith("v_head.") for name in tensor_names(folder)):
        raise NotShared(f"{str(folder)!r} has a value head.")


def _choose_turns(folder: Path, tokens: Tokens) -> ChatTemplate:
    """Return the turns whose tokens the tokenizer has. Raises NotShared where it has those of none."""
    for chat, needed in _TURNS:
        if all(tokens.has_special(each) for each in needed):
            return chat
    for chat, needed in _TURNS_TO_COMPARE:
        if all(tokens.has_special(each) for each in needed) and _is_written_so(folder, tokens, chat):
            return chat
    known = " or ".join(", ".join(needed) for _chat, needed in _TURNS)
    raise NotShared(f"The tokenizer of {str(folder)!r} has neither {known}: its turns are not known here.")


def _is_written_so(folder: Path, tokens: Tokens, chat: ChatTemplate) -> bool:
    """Return whether a folder's template and tokenizer write a dialogue in these turns, token for token, and answers as a token."""
    template = read_template(folder)
    if template is None or not writes(folder, template, chat, is_all=True):
        return False
    segments = dialogue(chat)
    whole: list[int] = (
        Tokenizer.from_file(str(folder / TOKENIZER)).encode(as_string(segments), add_special_tokens=False).ids
    )
    has_answers = all(tokens.has(chat.answer_gap + each) for each in (YES, NO))
    return has_answers and whole == encode(segments, tokens)


def _first_token(folder: Path, tokens: Tokens) -> str | None:
    """Return the token that every prompt begins with, where the chat template writes one."""
    text = special_token(folder, "bos_token")
    is_written = "bos_token" in (read_template(folder) or "")
    return text if text is not None and is_written and tokens.has_special(text) else None
