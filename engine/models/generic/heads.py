"""Which class computes a folder's scores or words, and what its numbers mean as the chance that a step is right.

transformers has classes with heads that classify tokens and whole texts; two that it lacks are made here: the two-layer head of
Qwen2.5-Math-PRM and -RM, and the value head that Skywork's reward models (and TRL's before) add to a model that writes.

Sources: ``modeling_qwen2_rm.py`` of Qwen/Qwen2.5-Math-PRM-7B; github.com/SkyworkAI/skywork-o1-prm-inference, prm_model.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from torch import Tensor, nn
from transformers.modeling_outputs import TokenClassifierOutput
from transformers.models.auto import modeling_auto

from engine.errors import LoadError
from engine.model_catalogue.footprint import tensor_names
from engine.models.checkpoints.folder import read_json

WRITERS = (
    "MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES",
    "MODEL_FOR_MULTIMODAL_LM_MAPPING_NAMES",
    "MODEL_FOR_CAUSAL_LM_MAPPING_NAMES",
)
TOKENS, TEXTS = "MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING_NAMES", "MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES"
TWO_LAYERS = {
    "ForProcessRewardModel": "qwen-math-prm",
    "ForRewardModel": "orm",
}  # the end of an architecture's name -> format
MASKED = "MODEL_FOR_MASKED_LM_MAPPING_NAMES"
RIGHT = frozenset({"correct", "right", "good", "positive", "true", "yes", "valid", "+", "+1", "1"})  # names of labels
WRONG = frozenset({"incorrect", "wrong", "bad", "negative", "false", "no", "invalid", "error", "-", "-1", "0"})
VALUE_HEAD = "v_head.summary.weight"


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What computes a folder's numbers."""

    model_class: Any
    prm_format: str | None = None  # how a model with this head is asked where nobody says; None: it writes
    right: int = 1  # which of several labels says that a step is right


def head_of(folder: Path) -> Head:
    """Return the class for a folder's weights. Raises LoadError where transformers has none."""
    stated = read_json(folder / "config.json")
    kind = str(stated.get("model_type"))
    wanted = str(next(iter(stated.get("architectures") or ()), ""))
    writers = [name for mapping in WRITERS for name in _classes(mapping, kind)]
    if wanted not in writers:
        for end, prm_format in TWO_LAYERS.items():
            if wanted.endswith(end):
                return Head(
                    model_class=_two_layers(folder, kind), prm_format=prm_format, right=_right_label(folder, stated)
                )
        for mapping, prm_format in ((TOKENS, "trl-prm"), (TEXTS, "orm")):
            if wanted in _classes(mapping, kind):
                return Head(model_class=_named(wanted), prm_format=prm_format, right=_right_label(folder, stated))
        if not writers:
            raise LoadError(
                f"{str(folder)!r} is a {kind!r} model, which transformers {transformers.__version__} has no class for that reads "
                "pictures and writes text, and code that comes with a checkpoint is never run here. Serve it with vLLM and give "
                "its address instead: see docs/deployment.md."
            )
    if not stated.get("is_decoder") and _reads_both_ways(kind):
        raise LoadError(
            f"{str(folder)!r} is a {kind!r} model that reads a text in both directions (config.json does not set is_decoder): "
            "it can neither write one nor judge steps by the next word. Choose a model that writes, or one that classifies."
        )
    found = _named(wanted if wanted in writers else writers[0])
    if VALUE_HEAD in tensor_names(folder):
        return Head(model_class=_with_value_head(found), prm_format="skywork-prm")
    if wanted and wanted not in writers and "Prm" not in wanted:
        raise LoadError(
            f"{str(folder)!r} is a {wanted!r}; of its kind only those that write, or classify tokens or texts, are loaded: "
            f"{', '.join(dict.fromkeys(writers))}."
        )
    return Head(model_class=found)


def chances(logits: Tensor, right: int) -> Tensor:
    """Return the chance of being right (places,) from numbers (places, labels): the only one's sigmoid, or a label's share."""
    if logits.shape[-1] == 1:
        return logits[..., 0].float().sigmoid()
    return logits.float().softmax(dim=-1)[..., right]


def _right_label(folder: Path, stated: Mapping[str, Any]) -> int:
    """Return which label says that a step is right: by its name, else the second of two. Raises LoadError where nothing tells."""
    named = stated.get("id2label") or {place: f"LABEL_{place}" for place in range(int(stated.get("num_labels") or 2))}
    names = [str(name) for _, name in sorted(named.items(), key=lambda item: int(item[0]))]
    right, wrong = (
        [place for place, name in enumerate(names) if name.strip().lower() in words] for words in (RIGHT, WRONG)
    )
    if len(right) == 1:
        return right[0]
    if len(names) == 2 and not right:
        return 0 if wrong == [1] else 1
    if len(names) == 1:
        return 0
    raise LoadError(
        f"{str(folder)!r} sorts steps into {len(names)} labels ({', '.join(names)}), and nothing tells which of them means right. "
        'Call that one "correct" in id2label of its config.json.'
    )


def _classes(mapping: str, kind: str) -> tuple[str, ...]:
    found = getattr(modeling_auto, mapping, {}).get(kind, ())
    return (found,) if isinstance(found, str) else tuple(found)


def _reads_both_ways(kind: str) -> bool:
    """Whether a model of this kind is an encoder where nothing says that it is a decoder."""
    config = transformers.CONFIG_MAPPING[kind]()
    return (
        getattr(config, "is_decoder", None) is False and not config.is_encoder_decoder and bool(_classes(MASKED, kind))
    )


def _named(name: str) -> Any:
    try:
        return getattr(transformers, name)
    except (ImportError, AttributeError, RuntimeError) as error:
        raise LoadError(f"transformers cannot give {name!r}: {error}") from error


def _two_layers(folder: Path, kind: str) -> Any:
    """Return a class of this kind that scores tokens with two layers. Raises LoadError."""
    names = _classes(TOKENS, kind)
    if not names:
        raise LoadError(f"{str(folder)!r}: transformers has no {kind!r} model that classifies tokens.")
    whole = _named(names[0])

    class TwoLayers(whole):  # type: ignore[misc, valid-type]
        def __init__(self, config: Any) -> None:
            super().__init__(config)
            size = config.hidden_size
            self.score = nn.Sequential(nn.Linear(size, size), nn.ReLU(), nn.Linear(size, config.num_labels))

    return TwoLayers


def _with_value_head(whole: Any) -> Any:
    """Return a class that writes, with a head that gives each token one number instead of the next token's chances."""

    class ValueHead(nn.Module):
        def __init__(self, size: int) -> None:
            super().__init__()
            self.summary = nn.Linear(size, 1)

    class WithValueHead(whole):  # type: ignore[misc]
        def __init__(self, config: Any) -> None:
            super().__init__(config)
            self.v_head = ValueHead(config.hidden_size)

        @torch.no_grad()
        def forward(self, input_ids: Tensor, **given: Any) -> TokenClassifierOutput:
            given.pop("logits_to_keep", None)
            hidden = self.get_decoder()(input_ids=input_ids, **given).last_hidden_state
            return TokenClassifierOutput(logits=self.v_head.summary(hidden))

    return WithValueHead
