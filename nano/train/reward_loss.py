"""The loss of reward models, and the logits that their scores are read from.

Knows the text model, batches and losses. Does not know where solutions come from (nano/train/stages/reward.py).
"""

from __future__ import annotations

from torch import Tensor, nn

from nano.model.architecture import POLICY_LAYERS
from nano.model.parts import TextModel
from nano.train.data.rows import IGNORED, Batch, RowEncoder

TARGET_WEIGHT = 0.5  # of predicting the tokens that should stand there


def reward_loss(text_model: TextModel, encoder: RowEncoder, batch: Batch, image_tokens: Tensor) -> Tensor:
    """The loss of a batch at three depths; image_tokens (rows, IMAGE_TOKENS, WIDTH).

    After the policy's layers the model predicts the tokens that should stand there; one layer on, for every digit,
    whether it is the right one; after the last layer, at the score positions, whether the step is correct. Trained at
    the last layer alone, it learns the first two by itself only after very many steps (nano/README.md).
    """
    layers = text_model.layer_states(batch.ids, image_tokens)
    predicting, checking, scoring = layers[POLICY_LAYERS], layers[POLICY_LAYERS + 1], layers[-1]
    loss = _sign_loss(text_model, encoder, scoring, batch.labels) + _sign_loss(
        text_model, encoder, checking, batch.checks
    )
    has_target = batch.targets != IGNORED
    return loss + TARGET_WEIGHT * _cross_entropy(text_model.lm_head(predicting[has_target]), batch.targets[has_target])


def _sign_loss(text_model: TextModel, encoder: RowEncoder, hidden: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy over - and + at the labelled positions."""
    labelled = labels != IGNORED
    return _cross_entropy(sign_logits(text_model, encoder, hidden[labelled]), labels[labelled])


def _cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean cross-entropy; 0 without targets."""
    return nn.functional.cross_entropy(logits, targets, reduction="sum") / max(1, len(targets))


def sign_logits(text_model: TextModel, encoder: RowEncoder, hidden: Tensor) -> Tensor:
    """(positions, WIDTH) hidden states -> (positions, 2) logits of - and +."""
    return nn.functional.linear(hidden, text_model.lm_head.weight[[encoder.minus, encoder.plus]])
