"""Step scores of many solutions at once, for benchmarks and for finding solutions that a reward model misjudges.

Not the engine's scorer, which serves one problem to a person; both read the same positions.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from nano.model.parts import NanoModel
from nano.train.data.rows import IGNORED, LabelledStep, RowEncoder, batches
from nano.train.reward_loss import sign_logits

BATCH = 64

Steps = tuple[str, ...]


@torch.no_grad()
def score_steps(
    model: NanoModel,
    encoder: RowEncoder,
    questions: Sequence[str],
    image_tokens: Tensor,
    solutions: Sequence[Sequence[Steps]],
) -> list[list[tuple[float, ...]]]:
    """P(+) of every step of every solution of every question; image_tokens (questions, IMAGE_TOKENS, WIDTH).

    All steps of a solution are read in one pass; equal solutions of a question are scored once.
    """
    unique = list(dict.fromkeys((q, steps) for q, of_question in enumerate(solutions) for steps in of_question))
    rows = [
        encoder.reward_row(questions[q], [LabelledStep(text=step, label=False) for step in steps], number)
        for number, (q, steps) in enumerate(unique)
    ]
    found: dict[tuple[int, Steps], tuple[float, ...]] = {}
    for batch in batches(rows, BATCH, encoder.pad, keep_short=True):
        owners = [unique[number] for number in batch.scenes]
        hidden = model.text.hidden_states(batch.ids, image_tokens[[q for q, _ in owners]])
        for row, owner in enumerate(owners):
            logits = sign_logits(model.text, encoder, hidden[row][batch.labels[row] != IGNORED])
            found[owner] = tuple(torch.softmax(logits, -1)[:, 1].tolist())
    return [[found[q, steps] for steps in of_question] for q, of_question in enumerate(solutions)]
