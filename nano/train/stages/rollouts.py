"""Stage `rollouts`: the policy completes every step prefix of its own solutions, for Monte-Carlo labels as in the paper.

Knows files of samples and of expected accuracies. Does not know how labels are made of these
(nano/train/data/step_labels.py).
"""

from __future__ import annotations

import itertools
import json
import logging
from collections.abc import Iterable
from pathlib import Path

from nano.model.parts import NanoModel
from nano.train.data.pictures import picture_pool
from nano.train.data.policy_samples import ROLLOUTS, read_samples
from nano.train.data.rows import RowEncoder
from nano.train.loop import join_processes
from nano.train.monte_carlo import estimate_accuracies

log = logging.getLogger(__name__)

SLICE = 512  # solutions between two saves; the more, the more prompts of equal length can be batched


def write_rollouts(
    model: NanoModel, encoder: RowEncoder, files: Iterable[Path], seed: int, folder: Path = ROLLOUTS
) -> None:
    """Write the expected accuracies of every step of every solution in these files of samples; finished slices are kept.

    Under torchrun the slices are divided among the processes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rank, ranks = join_processes()
    for turn, path in enumerate(files):
        number = int(path.stem)
        pictures = picture_pool(number, seed)
        samples = read_samples(pictures, number, path.parent)
        starts = range(0, len(samples), SLICE)
        for start in starts[(rank + turn) % ranks :: ranks]:
            kept = folder / f"{number}-{start:05}.json"
            if kept.exists():
                continue
            part = samples[start : start + SLICE]
            # Solutions of one problem are next to each other, where there are several, and share their prefixes.
            by_problem = [list(group) for _, group in itertools.groupby(part, key=lambda sampled: sampled.problem)]
            solved = [(group[0].problem, [sampled.steps for sampled in group]) for group in by_problem]
            tokens = model.image_tokens(pictures.pixels[[group[0].scene for group in by_problem]])
            accuracies = estimate_accuracies(model, encoder, solved, tokens, seed + start)
            temporary = kept.with_suffix(".tmp")
            temporary.write_text(json.dumps(list(itertools.chain.from_iterable(accuracies))), encoding="utf-8")
            temporary.replace(kept)
            log.info("completed pool=%d solutions=%d-%d of %d", number, start, start + len(part), len(samples))
