"""`python -m nano.world --count N --seed S --out DIR [--solutions] [--json]`: write problems, or a step benchmark, as files.

Knows the command line and the file formats. With --solutions every problem also gets one solution, half of them with a
mistake built in, and the exact checker's labels, as rows of the VisualProcessBench format (test.jsonl).
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import sys
from pathlib import Path

from engine.system.progress import Progress
from nano.world.checker import check
from nano.world.corruption import corrupt_solution
from nano.world.drawing import draw
from nano.world.questions import WorldProblem, problems
from nano.world.scenes import SceneSplit

ROWS = ("test.jsonl", "problems.jsonl")  # with --solutions, and without


def main(arguments: list[str] | None = None) -> int:
    """Write the files; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m nano.world", description="Write problems of the nano world.")
    parser.add_argument("--count", type=int, required=True, help="number of problems")
    parser.add_argument("--seed", type=int, required=True, help="the same seed writes the same problems")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--solutions", action="store_true", help="write a VisualProcessBench test.jsonl with labels")
    parser.add_argument("--split", choices=[split.value for split in SceneSplit], default=SceneSplit.HELD_OUT.value)
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    options = parser.parse_args(arguments)
    if options.count < 1:
        parser.error(f"--count is {options.count!r}, but must be at least 1")
    name, other = ROWS if options.solutions else reversed(ROWS)
    if (options.out / other).exists():
        parser.error(f"--out {options.out} holds {other}, whose pictures would be overwritten; name another folder")
    chosen = list(itertools.islice(problems(options.seed, SceneSplit(options.split)), options.count))
    (options.out / "images").mkdir(parents=True, exist_ok=True)
    rng = random.Random(f"solutions {options.seed}")
    rows = []
    with Progress("problems written", len(chosen)) as progress:
        for index, problem in enumerate(chosen):
            image = f"images/{index:06d}.png"
            draw(problem.scene).save(options.out / image)
            rows.append(_benchmark_row(problem, image, rng) if options.solutions else problem_row(problem, image))
            progress.advance()
    with (options.out / name).open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    print(f"wrote {len(rows)} problems to {options.out / name}", file=sys.stderr)
    if options.json:
        print(json.dumps({"problems": len(rows), "output": str(options.out / name)}))
    return 0


def problem_row(problem: WorldProblem, image: str) -> dict[str, object]:
    """A problem as a row of problems.jsonl."""
    return {
        "image": image,
        "question": problem.question,
        "answer": str(problem.answer),
        "data_source": problem.scene.family.value,
    }


def _benchmark_row(problem: WorldProblem, image: str, rng: random.Random) -> dict[str, object]:
    steps = corrupt_solution(problem, rng) if rng.random() < 0.5 else problem.steps
    labels = [int(step.label) for step in check(problem, steps)]
    return {
        **problem_row(problem, image),
        "image": [image],
        "response": {"steps": list(steps), "process_correctness": labels},
        "policy_model": "nano_world",
    }


if __name__ == "__main__":
    raise SystemExit(main())
