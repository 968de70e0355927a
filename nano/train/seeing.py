"""A whole model in the parts that training and measuring handle, and where its trained parts come from."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from transformers import InternVLForConditionalGeneration

from nano.train.eyes import Eyes
from nano.train.loop import load_stage
from nano.train.reading import Reader


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
    """The policy: what `eyes` and `reading` learnt apart fits together, because both keep to the codes."""
    load_stage("reading", seer.reader)
    load_stage("eyes", seer.eyes)
