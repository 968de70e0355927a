"""What a reward model says of many solutions at once, for measuring and for finding those that it misjudges.

Not the engine's scorer, which serves one problem to a person; both read the same positions.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from nano.model.parts import Seer
from nano.train.data.rows import IGNORED, JudgedStep, Layout, batches
from nano.train.reward_loss import sign_logits

BATCH = 64

Steps = tuple[str, ...]


@torch.no_grad()
def score(
    seer: Seer, layout: Layout, questions: Sequence[str], tokens: Tensor, solutions: Sequence[Sequence[Steps]]
) -> list[list[tuple[float, ...]]]:
    """P(+) of every step of every solution of every question; tokens (questions, IMAGE_TOKENS, WIDTH).

    All steps of a solution are read in one pass; equal solutions of a question are scored once.
    """
    unique = list(dict.fromkeys((q, steps) for q, some in enumerate(solutions) for steps in some))
    rows = [
        layout.judged(questions[q], [JudgedStep(text=step, label=False) for step in steps], number)
        for number, (q, steps) in enumerate(unique)
    ]
    found: dict[tuple[int, Steps], tuple[float, ...]] = {}
    for batch in batches(rows, BATCH, layout.pad, keep_short=True):
        owners = [unique[number] for number in batch.scenes]
        hidden = seer.reader.hidden(batch.ids, tokens[[q for q, _ in owners]])
        for row, owner in enumerate(owners):
            logits = sign_logits(seer.reader, layout, hidden[row][batch.labels[row] != IGNORED])
            found[owner] = tuple(torch.softmax(logits, -1)[:, 1].tolist())
    return [[found[q, steps] for steps in some] for q, some in enumerate(solutions)]
