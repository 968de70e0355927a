"""Stage `mined`: solutions that the reward model misjudges most, found among very many of each problem.

Best-of-N shows a reward model the solutions that it likes best out of N, so the larger N, the more often it is shown one that
fools it. Two samples a picture hardly hold any of these; here the policy writes MINED of each, the reward model scores them,
and those it is most wrong about are kept: wrong ones it likes, right ones it does not.
"""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from nano.model.parts import Seer
from nano.train.batch_sampling import Sampling, sample
from nano.train.batch_scoring import Steps, score
from nano.train.data.pictures import picture_pool
from nano.train.data.rows import Layout
from nano.train.data.step_labels import reaches_answer
from nano.train.loop import STATE, join
from nano.world.questions import WorldProblem, problem_of

log = logging.getLogger(__name__)

FOLDER = STATE / "mined"
PICTURES = 128  # of a pool
MINED = 64  # solutions a picture
KEPT = 3  # of the wrong ones, and of the right ones


def mine(policy: Seer, judge: Seer, layout: Layout, pools: range, seed: int, folder: Path = FOLDER) -> None:
    """Write one file a picture pool, readable by nano.train.stages.samples.read_samples; files that are there already are kept.

    Under torchrun the processes share the pools out among themselves.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rank, ranks = join()
    for number in pools[rank::ranks]:
        path = folder / f"{number}.jsonl"
        if path.exists():
            continue
        pictures = picture_pool(number, seed)
        seeds = [f"{seed} {number} mined {index}" for index in range(min(PICTURES, len(pictures.scenes)))]
        asked = [problem_of(s, random.Random(q)) for s, q in zip(pictures.scenes, seeds, strict=False)]
        tokens = policy.look(pictures.pixels[: len(asked)])
        questions = [problem.question for problem in asked]
        flat = sample(policy.reader, layout, questions, tokens, Sampling(seed=number, copies=MINED))
        solutions = [list(dict.fromkeys(flat[start : start + MINED])) for start in range(0, len(flat), MINED)]
        scores = score(judge, layout, questions, tokens, solutions)
        rows = [
            {"scene": index, "question_seed": seeds[index], "steps": steps}
            for index, problem in enumerate(asked)
            for steps in misjudged(problem, solutions[index], scores[index])
        ]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        log.info("mined pool=%d solutions=%d of %d", number, len(rows), len(flat))


def misjudged(
    problem: WorldProblem, solutions: Sequence[Steps], scores: Sequence[tuple[float, ...]], kept: int = KEPT
) -> list[Steps]:
    """The wrong solutions with the highest mean score and the right ones with the lowest, `kept` of each at most."""
    ranked = sorted(zip(solutions, scores, strict=True), key=lambda pair: fmean(pair[1]))
    right = [steps for steps, _ in ranked if reaches_answer(problem, steps)]
    wrong = [steps for steps, _ in reversed(ranked) if not reaches_answer(problem, steps)]
    return [*wrong[:kept], *right[:kept]]
