"""`python -m nano.bench --seed S --problems P [--json] [--figures DIR [--card FILE]]`: measure the shipped models.

Progress goes to standard error. Knows the command line only.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from nano.bench.card import RUN, save_result, split_card, write_card
from nano.bench.charts import write_charts
from nano.bench.pools import WEIGHTS
from nano.bench.run import BenchSettings, bench


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m nano.bench", description="Measure the shipped nano models.")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--problems", type=int, default=1000)
    parser.add_argument("--n", type=int, default=8, help="solutions a problem (default 8)")
    parser.add_argument("--temperature", type=float, default=0.7)
    parser.add_argument(
        "--pool", type=int, default=128, help="solutions a problem for the Best-of-N curve; 0: no curve"
    )
    parser.add_argument(
        "--pool-problems", type=int, default=100, help="problems that get a pool (default the first 100)"
    )
    parser.add_argument(
        "--rollouts", type=int, default=0, help="problems whose solutions get Monte-Carlo labels (default none)"
    )
    parser.add_argument("--keep", type=Path, help="folder that keeps sampled solutions for the next run")
    parser.add_argument(
        "--figures",
        type=Path,
        help="folder for the charts of Best-of-N and calibration and for the result",
    )
    parser.add_argument("--card", type=Path, help="model card whose tables are rewritten from the results in --figures")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="folder with policy, reward_model, outcome_model")
    parser.add_argument(
        "--reward-model",
        type=Path,
        help="folder of another PRM than the one in --weights: measured without floors, seconds and foreign pictures, "
        "and kept beside the other results under the folder's name",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on one line instead of indented JSON")
    options = parser.parse_args(arguments)
    if options.problems < 1 or options.n < 1:
        parser.error(f"--problems {options.problems!r} and --n {options.n!r} must be at least 1")
    if options.card is not None:
        _check_card(parser, options)
    result = bench(_settings(options), options.weights)
    if options.figures is not None:
        save_result(result, options.figures, options.reward_model)
        if options.reward_model is None:
            write_charts(result, options.figures)
    if options.card is not None:
        write_card(options.card, options.figures)
    print(json.dumps(result, indent=None if options.json else 1))
    return 0


def _settings(options: argparse.Namespace) -> BenchSettings:
    return BenchSettings(
        seed=options.seed,
        problems=options.problems,
        n=options.n,
        temperature=options.temperature,
        pool=options.pool,
        pool_problems=min(options.pool_problems, options.problems),
        rollout_problems=min(options.rollouts, options.problems),
        cache=options.keep,
        reward_model=options.reward_model,
    )


def _check_card(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Refuse, before anything is measured, what the card could not show afterwards."""
    if options.figures is None:
        parser.error("--card needs --figures, the folder of the results that it shows")
    if options.pool < 1 and options.reward_model is None:
        parser.error("--card shows the Best-of-N curve, which needs a --pool of at least 1")
    if options.reward_model is not None and not (options.figures / RUN).exists():
        parser.error(f"--card shows {RUN} of --figures first: measure without --reward-model once")
    try:
        split_card(options.card)
    except (OSError, ValueError) as error:
        parser.error(f"--card: {error}")


if __name__ == "__main__":
    raise SystemExit(main())
