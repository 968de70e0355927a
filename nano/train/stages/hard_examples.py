"""Stage `hard_examples`: the solutions that a reward model misjudges most, out of very many of each problem.

Best-of-N picks what scores highest among N, so the larger N, the likelier the pick is a wrong solution with a high
score. Two samples a picture hardly contain any of these; here the policy samples SAMPLED for each picture, the reward
model scores them, and wrong ones with the highest and correct ones with the lowest scores are kept.
"""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from nano.model.parts import NanoModel
from nano.train.batch_sampling import BatchSampling, sample_solutions
from nano.train.batch_scoring import Steps, score_steps
from nano.train.data.pictures import picture_pool
from nano.train.data.rows import RowEncoder
from nano.train.data.step_labels import reaches_answer
from nano.train.loop import STATE, join_processes
from nano.world.questions import WorldProblem, problem_of

log = logging.getLogger(__name__)

HARD_EXAMPLES = STATE / "mined"
PICTURES = 128  # of a pool
SAMPLED = 64  # solutions a picture
KEPT = 3  # of the wrong ones, and of the correct ones


def write_hard_examples(
    policy: NanoModel,
    reward_model: NanoModel,
    encoder: RowEncoder,
    pools: range,
    seed: int,
    folder: Path = HARD_EXAMPLES,
) -> None:
    """Write one file a picture pool, for data.policy_samples.read_samples; files that are there are kept.

    Under torchrun the pools are divided among the processes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rank, ranks = join_processes()
    for number in pools[rank::ranks]:
        path = folder / f"{number}.jsonl"
        if path.exists():
            continue
        pictures = picture_pool(number, seed)
        seeds = [f"{seed} {number} mined {index}" for index in range(min(PICTURES, len(pictures.scenes)))]
        problems = [problem_of(s, random.Random(q)) for s, q in zip(pictures.scenes, seeds, strict=False)]
        tokens = policy.image_tokens(pictures.pixels[: len(problems)])
        questions = [problem.question for problem in problems]
        flat = sample_solutions(policy.text, encoder, questions, tokens, BatchSampling(seed=number, n=SAMPLED))
        solutions = [list(dict.fromkeys(flat[start : start + SAMPLED])) for start in range(0, len(flat), SAMPLED)]
        scores = score_steps(reward_model, encoder, questions, tokens, solutions)
        rows = [
            {"scene": index, "question_seed": seeds[index], "steps": steps}
            for index, problem in enumerate(problems)
            for steps in misjudged(problem, solutions[index], scores[index])
        ]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        log.info("hard_examples pool=%d solutions=%d of %d", number, len(rows), len(flat))


def misjudged(
    problem: WorldProblem, solutions: Sequence[Steps], scores: Sequence[tuple[float, ...]], kept: int = KEPT
) -> list[Steps]:
    """The wrong solutions with the highest mean score and the correct ones with the lowest, `kept` of each at most."""
    ranked = sorted(zip(solutions, scores, strict=True), key=lambda pair: fmean(pair[1]))
    correct = [steps for steps, _ in ranked if reaches_answer(problem, steps)]
    wrong = [steps for steps, _ in reversed(ranked) if not reaches_answer(problem, steps)]
    return [*wrong[:kept], *correct[:kept]]
