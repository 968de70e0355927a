"""A whole model in the parts that training and measuring handle, and where its trained parts come from."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import AutoModelForImageTextToText, InternVLForConditionalGeneration, PreTrainedTokenizerFast

from nano.model.architecture import build_model
from nano.train.loop import load_stage
from nano.train.stages.language import Reader
from nano.train.stages.vision import Eyes


class Seer(nn.Module):
    """Eyes and reader of one model."""

    def __init__(self, model: InternVLForConditionalGeneration) -> None:
        super().__init__()
        self.eyes = Eyes(model)
        self.reader = Reader(model)

    @torch.no_grad()
    def look(self, pixels: Tensor) -> Tensor:
        """uint8 pixels (pictures, 3, EDGE, EDGE) -> picture tokens, in slices that fit the cache of a small CPU."""
        return torch.cat([self.eyes(part) for part in pixels.split(64)])


def load_policy(seer: Seer) -> None:
    """The policy: what the eyes and `reading` learnt apart fits together, because both keep to the codes."""
    load_stage("reading", seer.reader)
    load_stage("roaming", seer.eyes)


def deepened(folder: Path, layers: int, seed: int) -> InternVLForConditionalGeneration:
    """The shipped model in `folder` in float32 with more text layers on top, which do nothing yet.

    Raises OSError when the folder holds no model.
    """
    shipped = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32)
    model = build_model(PreTrainedTokenizerFast.from_pretrained(folder), seed, layers)
    model.load_state_dict(shipped.state_dict(), strict=False)
    for layer in model.model.language_model.layers[shipped.config.text_config.num_hidden_layers :]:
        torch.nn.init.zeros_(layer.self_attn.o_proj.weight)
        torch.nn.init.zeros_(layer.mlp.down_proj.weight)
    return model
