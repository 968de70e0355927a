"""Stage `samples`: the shipped policy samples solutions about training pictures, for reward models to learn from."""

from __future__ import annotations

import json
import logging
import random
from pathlib import Path

from nano.model.parts import NanoModel
from nano.train.batch_sampling import BatchSampling, sample_solutions
from nano.train.data.pictures import picture_pool
from nano.train.data.policy_samples import SAMPLES
from nano.train.data.rows import RowEncoder
from nano.train.loop import join_processes
from nano.world.questions import problem_of

log = logging.getLogger(__name__)

TEMPERATURES = (0.7, 1.0)


def write_samples(model: NanoModel, encoder: RowEncoder, pools: int, seed: int, folder: Path = SAMPLES) -> None:
    """Write one file a picture pool, two solutions a picture; files that are there are kept.

    Under torchrun the pools are divided among the processes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rank, ranks = join_processes()
    for number in range(rank, pools, ranks):
        path = folder / f"{number}.jsonl"
        if path.exists():
            continue
        pictures = picture_pool(number, seed)
        image_tokens = model.image_tokens(pictures.pixels)
        rows = []
        for turn, temperature in enumerate(TEMPERATURES):
            seeds = [f"{seed} {number} {turn} {index}" for index in range(len(pictures.scenes))]
            questions = [problem_of(s, random.Random(q)).question for s, q in zip(pictures.scenes, seeds, strict=True)]
            sampling = BatchSampling(temperature=temperature, seed=1000 * number + turn)
            solutions = sample_solutions(model.text, encoder, questions, image_tokens, sampling)
            for index, (question_seed, steps) in enumerate(zip(seeds, solutions, strict=True)):
                rows.append({"scene": index, "question_seed": question_seed, "steps": steps})
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        log.info("sampled pool=%d solutions=%d", number, len(rows))
