"""Stage `rollouts`: the policy completes every step prefix of its own solutions, for labels as the paper makes them.

Knows files of samples and of expected accuracies. Does not know how a label is made of one (nano/train/data/step_labels.py).
"""

from __future__ import annotations

import itertools
import json
import logging
from collections.abc import Iterable
from pathlib import Path

from nano.model.parts import Seer
from nano.train.data.pictures import picture_pool
from nano.train.data.policy_samples import ROLLOUTS, read_samples
from nano.train.data.rows import Layout
from nano.train.loop import join
from nano.train.monte_carlo import roll

log = logging.getLogger(__name__)

SLICE = 512  # solutions between two saves; the more, the more prompts of equal length there are to go through the model at once


def write_rollouts(seer: Seer, layout: Layout, files: Iterable[Path], seed: int, folder: Path = ROLLOUTS) -> None:
    """Expected accuracies of every step of every solution in these files of samples; slices that are done are kept.

    Under torchrun the processes share the slices out among themselves.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rank, ranks = join()
    for turn, path in enumerate(files):
        number = int(path.stem)
        pictures = picture_pool(number, seed)
        samples = read_samples(pictures, number, path.parent)
        starts = range(0, len(samples), SLICE)
        for start in starts[(rank + turn) % ranks :: ranks]:
            kept = folder / f"{number}-{start:05}.json"
            if kept.exists():
                continue
            some = samples[start : start + SLICE]
            # Solutions of one problem stand side by side where there are several, and share their prefixes.
            asked = [
                (problem, [sampled.steps for sampled in group])
                for problem, group in itertools.groupby(some, key=lambda sampled: sampled.problem)
            ]
            shown = [next(group).scene for _, group in itertools.groupby(some, key=lambda sampled: sampled.problem)]
            rolled = roll(seer, layout, asked, seer.look(pictures.pixels[shown]), seed + start)
            temporary = kept.with_suffix(".tmp")
            temporary.write_text(json.dumps(list(itertools.chain.from_iterable(rolled))), encoding="utf-8")
            temporary.replace(kept)
            log.info("rolled pool=%d solutions=%d-%d of %d", number, start, start + len(some), len(samples))
