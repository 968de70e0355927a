"""A model in the parts that training and measuring handle: vision encoder, text model, both together.

Knows modules and tensors. Does not know what they are trained on.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import AutoModelForImageTextToText, InternVLForConditionalGeneration, PreTrainedTokenizerFast

from nano.model.architecture import IMAGE_TOKENS, VISION_WIDTH, build_model
from nano.model.pixels import normalised
from nano.model.precision import FAST
from nano.world.drawing import GLYPHS

GLYPH_LAYER = 2  # of the vision tower: knows of every patch which letter, digit or shape stands there
OWNER_LAYER = 3  # and here, to which slot it belongs


class Eyes(nn.Module):
    """Vision tower and projector, and two heads for the lessons of the lower layers, which are no part of the model."""

    def __init__(self, model: InternVLForConditionalGeneration) -> None:
        super().__init__()
        self.vision_tower = model.model.vision_tower
        self.multi_modal_projector = model.model.multi_modal_projector
        self.glyph_heads = nn.Linear(VISION_WIDTH, len(GLYPHS) + 1)
        self.owner_heads = nn.Linear(VISION_WIDTH, IMAGE_TOKENS + 1)
        self._features = model.model.get_image_features

    def forward(self, pixels: Tensor) -> Tensor:
        """uint8 pixels (pictures, 3, EDGE, EDGE) -> picture tokens (pictures, IMAGE_TOKENS, WIDTH)."""
        output: Tensor = self._features(pixel_values=normalised(pixels)).pooler_output
        return output

    def spell(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """As forward, and of every patch the logits of what stands there and of the slot it belongs to."""
        output = self._features(pixel_values=normalised(pixels), output_hidden_states=True)
        spelling, owning = (output.hidden_states[layer][:, 1:] for layer in (GLYPH_LAYER, OWNER_LAYER))
        return output.pooler_output, self.glyph_heads(spelling), self.owner_heads(owning)


class Reader(nn.Module):
    """Text model and head over embeddings in which picture tokens are already filled in."""

    def __init__(self, model: InternVLForConditionalGeneration) -> None:
        super().__init__()
        model.set_attn_implementation("eager")  # torch's fused attention has a backward pass of twice a CPU's time
        self.language_model = model.model.language_model
        self.lm_head = model.lm_head
        self.image = int(model.config.image_token_id)

    def hidden(self, ids: Tensor, pictures: Tensor) -> Tensor:
        """(rows, length, WIDTH) last hidden states. Right padding and a causal mask need no padding mask."""
        output: Tensor = self.language_model(inputs_embeds=self.embed(ids, pictures), use_cache=False).last_hidden_state
        return output

    def layers(self, ids: Tensor, pictures: Tensor) -> tuple[Tensor, ...]:
        """(rows, length, WIDTH) hidden states after no layer, one layer, ... and all of them, each as the head reads them.

        For training: computed with half the bits where the CPU has units for them.
        """
        with torch.autocast("cpu", FAST, enabled=FAST is not torch.float32):
            output = self.language_model(
                inputs_embeds=self.embed(ids, pictures), use_cache=False, output_hidden_states=True
            )
        *inner, last = output.hidden_states
        return (*(self.language_model.norm(state.float()) for state in inner), last.float())

    def embed(self, ids: Tensor, pictures: Tensor) -> Tensor:
        """(rows, length, WIDTH) embeddings with the picture tokens filled in."""
        embedded: Tensor = self.language_model.embed_tokens(ids)
        return embedded.masked_scatter((ids == self.image).unsqueeze(-1), pictures)


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
