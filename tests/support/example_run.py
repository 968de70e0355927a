"""Write the run that Explore shows on a first visit: ``python -m tests.support.example_run``.

Runs the shipped models on the first example problem and writes ``nano/examples/run.json``. Nothing in it is written by hand.
"""

import json
from collections.abc import Sequence
from typing import Any

from engine import Engine, Loader, ModelChoice
from engine.domain import Problem, RunRecord, Sampling, Scoring, Solution
from engine.events import RunEnded, RunStarted, SolutionFinished, SolutionScored
from engine.pictures.image_decoding import decode_image
from nano.world.problem_source import NanoWorld
from settings import NANO

EXAMPLES = NANO / "examples"
FILE = EXAMPLES / "run.json"
SAMPLING = Sampling(n=8, temperature=0.7, seed=0)


def compute() -> dict[str, Any]:
    """Return the contents of the file, computed now."""
    row = json.loads((EXAMPLES / "problems.jsonl").read_text(encoding="utf-8").splitlines()[0])
    problem = Problem(id="example", question=row["question"], answer=row["answer"])
    choice = ModelChoice(policy=str(NANO / "weights" / "policy"), reward_model=str(NANO / "weights" / "reward_model"))
    engine = Engine(Loader(choice).load)
    solutions: dict[int, Solution] = {}
    scorings: dict[int, Scoring] = {}
    record: RunRecord | None = None
    seconds = 0.0
    try:
        for event in engine.solve(problem, [decode_image((EXAMPLES / row["image"]).read_bytes())], SAMPLING).events():
            match event:
                case RunStarted():
                    record = event.record
                case SolutionFinished():
                    solutions[event.solution.draw or 0] = event.solution
                case SolutionScored():
                    scorings[event.draw] = event.scoring
                case RunEnded():
                    assert event.error is None, event.error
                    seconds = event.seconds
    finally:
        engine.close()
    assert record is not None
    return {
        "problem": 0,
        "n": SAMPLING.n,
        "temperature": SAMPLING.temperature,
        "seed": SAMPLING.seed,
        "policy": record.policy_model,
        "reward_model": record.reward_model,
        "seconds": round(seconds, 2),
        "solutions": [
            {
                "steps": list(solutions[draw].steps),
                "scores": [round(score.score, 6) for score in scorings[draw].step_scores],
                "checks": checks(solutions[draw].steps),
                "answer": solutions[draw].answer,
                "tokens": solutions[draw].tokens,
            }
            for draw in sorted(solutions)
        ],
    }


def checks(steps: Sequence[str]) -> list[dict[str, Any]]:
    """Return what the exact checker says of each step of a solution to the first example problem."""
    seed = json.loads((EXAMPLES / "seeds.json").read_text(encoding="utf-8"))[0]
    return [{"label": step.label, "reason": step.reason} for step in NanoWorld().check(seed, steps)]


if __name__ == "__main__":
    FILE.write_text(json.dumps(compute(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
