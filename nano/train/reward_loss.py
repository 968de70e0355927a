"""What a reward model learns from a batch of rows, and where its scores are read.

Knows the text model, batches and losses. Does not know where solutions come from (nano/train/stages/reward.py).
"""

from __future__ import annotations

from torch import Tensor, nn

from nano.model.architecture import POLICY_LAYERS
from nano.model.parts import Reader
from nano.train.data.rows import IGNORED, Batch, Layout

TEACH = 0.5  # weight of predicting what should stand there


def judge_loss(reader: Reader, layout: Layout, batch: Batch, pictures: Tensor) -> Tensor:
    """What the reward model is to learn from a batch, layer upon layer.

    As deep as the policy it predicts what should stand there; one layer on it knows of every digit whether that stands
    there; at the end, at the score positions, whether the step is right. Taught at the end alone, it finds the first
    two by itself only after very many steps (nano/README.md).
    """
    layers = reader.layers(batch.ids, pictures)
    predicting, checking, judging = layers[POLICY_LAYERS], layers[POLICY_LAYERS + 1], layers[-1]
    loss = _signs(reader, layout, judging, batch.labels) + _signs(reader, layout, checking, batch.checks)
    taught = batch.targets != IGNORED
    return loss + TEACH * _entropy(reader.lm_head(predicting[taught]), batch.targets[taught])


def _signs(reader: Reader, layout: Layout, hidden: Tensor, wanted: Tensor) -> Tensor:
    """Cross-entropy over - and + where they are wanted."""
    asked = wanted != IGNORED
    return _entropy(sign_logits(reader, layout, hidden[asked]), wanted[asked])


def _entropy(logits: Tensor, wanted: Tensor) -> Tensor:
    """Mean cross-entropy; 0 of nothing."""
    return nn.functional.cross_entropy(logits, wanted, reduction="sum") / max(1, len(wanted))


def sign_logits(reader: Reader, layout: Layout, hidden: Tensor) -> Tensor:
    """(positions, WIDTH) hidden states -> (positions, 2) logits of - and +."""
    return nn.functional.linear(hidden, reader.lm_head.weight[[layout.minus, layout.plus]])
