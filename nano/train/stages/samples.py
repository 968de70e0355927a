"""Stage `samples`: the shipped policy writes solutions about training pictures, for the reward models to learn from."""

from __future__ import annotations

import json
import logging
import random
from dataclasses import dataclass
from pathlib import Path

from nano.train.batch_sampling import Sampling, sample
from nano.train.data.pictures import Pictures, picture_pool
from nano.train.data.rows import Layout
from nano.train.loop import STATE, join
from nano.train.parts import Seer
from nano.world.questions import WorldProblem, problem_of

log = logging.getLogger(__name__)

FOLDER = STATE / "samples"
TEMPERATURES = (0.7, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """One solution that the policy wrote about a training picture."""

    scene: int
    """Index of the picture in its pool."""
    problem: WorldProblem
    """What was asked about it."""
    steps: tuple[str, ...]
    """The solution."""


def write_samples(seer: Seer, layout: Layout, pools: int, seed: int, folder: Path = FOLDER) -> None:
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


def read_samples(pictures: Pictures, number: int, folder: Path = FOLDER) -> list[Sampled]:
    """The solutions about picture pool `number`, in the order they were written."""
    found = []
    for line in (folder / f"{number}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        index = int(row["scene"])
        problem = problem_of(pictures.scenes[index], random.Random(row["question_seed"]))
        found.append(Sampled(scene=index, problem=problem, steps=tuple(row["steps"])))
    return found
