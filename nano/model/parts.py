"""A model in the parts that training and benchmarking use: vision encoder, text model, and both together.

Knows modules and tensors. Does not know what they are trained on. Names of attributes are keys of the checkpoints that
the training stages keep, and must not change.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import AutoModelForImageTextToText, InternVLForConditionalGeneration, PreTrainedTokenizerFast

from nano.model.architecture import IMAGE_TOKENS, VISION_WIDTH, build_model
from nano.model.pixels import normalise_pixels
from nano.model.precision import FAST
from nano.world.drawing import GLYPHS

GLYPH_LAYER = 2  # of the vision tower: after it a head predicts which letter, digit or shape stands in each patch
OWNER_LAYER = 3  # and after this one, to which slot it belongs


class VisionEncoder(nn.Module):
    """Vision tower and projector, with two auxiliary heads for training the lower layers, which are not shipped."""

    def __init__(self, model: InternVLForConditionalGeneration) -> None:
        super().__init__()
        self.vision_tower = model.model.vision_tower
        self.multi_modal_projector = model.model.multi_modal_projector
        self.glyph_heads = nn.Linear(VISION_WIDTH, len(GLYPHS) + 1)
        self.owner_heads = nn.Linear(VISION_WIDTH, IMAGE_TOKENS + 1)
        self._features = model.model.get_image_features

    def forward(self, pixels: Tensor) -> Tensor:
        """uint8 pixels (pictures, 3, EDGE, EDGE) -> image tokens (pictures, IMAGE_TOKENS, WIDTH)."""
        output: Tensor = self._features(pixel_values=normalise_pixels(pixels)).pooler_output
        return output

    def forward_with_heads(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """As forward, with the logits of the glyph in each patch and of the slot it belongs to.

        Shapes: (pictures, patches, glyphs + 1) and (pictures, patches, IMAGE_TOKENS + 1); the last class is "none".
        """
        output = self._features(pixel_values=normalise_pixels(pixels), output_hidden_states=True)
        glyph_states, owner_states = (output.hidden_states[layer][:, 1:] for layer in (GLYPH_LAYER, OWNER_LAYER))
        return output.pooler_output, self.glyph_heads(glyph_states), self.owner_heads(owner_states)


class TextModel(nn.Module):
    """Text model and language-model head over embeddings in which the image tokens are already filled in."""

    def __init__(self, model: InternVLForConditionalGeneration) -> None:
        super().__init__()
        model.set_attn_implementation("eager")  # torch's fused attention has a backward pass of twice a CPU's time
        self.language_model = model.model.language_model
        self.lm_head = model.lm_head
        self.image = int(model.config.image_token_id)

    def hidden_states(self, ids: Tensor, image_tokens: Tensor) -> Tensor:
        """(rows, length, WIDTH) last hidden states. With right padding a causal mask needs no padding mask."""
        output: Tensor = self.language_model(
            inputs_embeds=self.embed(ids, image_tokens), use_cache=False
        ).last_hidden_state
        return output

    def layer_states(self, ids: Tensor, image_tokens: Tensor) -> tuple[Tensor, ...]:
        """(rows, length, WIDTH) hidden states after 0, 1, ... and all layers, each through the final norm.

        For training: computed in bfloat16 where the CPU has units for it.
        """
        with torch.autocast("cpu", FAST, enabled=FAST is not torch.float32):
            output = self.language_model(
                inputs_embeds=self.embed(ids, image_tokens), use_cache=False, output_hidden_states=True
            )
        *inner, last = output.hidden_states
        return (*(self.language_model.norm(state.float()) for state in inner), last.float())

    def embed(self, ids: Tensor, image_tokens: Tensor) -> Tensor:
        """(rows, length, WIDTH) embeddings with the image tokens filled in."""
        embedded: Tensor = self.language_model.embed_tokens(ids)
        return embedded.masked_scatter((ids == self.image).unsqueeze(-1), image_tokens)


class NanoModel(nn.Module):
    """Vision encoder and text model of one checkpoint."""

    def __init__(self, model: InternVLForConditionalGeneration) -> None:
        super().__init__()
        self.vision = VisionEncoder(model)
        self.text = TextModel(model)

    @torch.no_grad()
    def image_tokens(self, pixels: Tensor) -> Tensor:
        """uint8 pixels (pictures, 3, EDGE, EDGE) -> image tokens (pictures, IMAGE_TOKENS, WIDTH), without gradients.

        In slices that fit the cache of a small CPU.
        """
        return torch.cat([self.vision(part) for part in pixels.split(64)])


def with_text_layers(folder: Path, layers: int, seed: int) -> InternVLForConditionalGeneration:
    """The model in `folder` in float32 with `layers` text layers, the added ones on top being the identity.

    Raises OSError when the folder holds no model.
    """
    shipped = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32)
    model = build_model(PreTrainedTokenizerFast.from_pretrained(folder), seed, layers)
    model.load_state_dict(shipped.state_dict(), strict=False)
    for layer in model.model.language_model.layers[shipped.config.text_config.num_hidden_layers :]:
        torch.nn.init.zeros_(layer.self_attn.o_proj.weight)
        torch.nn.init.zeros_(layer.mlp.down_proj.weight)
    return model
