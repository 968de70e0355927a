"""Stage `samples`: the shipped policy writes solutions about training pictures, for the reward models to learn from."""

from __future__ import annotations

import json
import logging
import random
from pathlib import Path

from nano.model.parts import Seer
from nano.train.batch_sampling import Sampling, sample
from nano.train.data.pictures import picture_pool
from nano.train.data.policy_samples import SAMPLES
from nano.train.data.rows import Layout
from nano.train.loop import join
from nano.world.questions import problem_of

log = logging.getLogger(__name__)

TEMPERATURES = (0.7, 1.0)


def write_samples(seer: Seer, layout: Layout, pools: int, seed: int, folder: Path = SAMPLES) -> None:
    """Write one file a picture pool, two solutions a picture; files that are there already are kept.

    Under torchrun the processes share the pools out among themselves.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rank, ranks = join()
    for number in range(rank, pools, ranks):
        path = folder / f"{number}.jsonl"
        if path.exists():
            continue
        pictures = picture_pool(number, seed)
        tokens = seer.look(pictures.pixels)
        rows = []
        for turn, temperature in enumerate(TEMPERATURES):
            seeds = [f"{seed} {number} {turn} {index}" for index in range(len(pictures.scenes))]
            asked = [problem_of(s, random.Random(q)).question for s, q in zip(pictures.scenes, seeds, strict=True)]
            sampling = Sampling(temperature=temperature, seed=1000 * number + turn)
            drawn = sample(seer.reader, layout, asked, tokens, sampling)
            for index, (question_seed, steps) in enumerate(zip(seeds, drawn, strict=True)):
                rows.append({"scene": index, "question_seed": question_seed, "steps": steps})
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        log.info("sampled pool=%d solutions=%d", number, len(rows))
