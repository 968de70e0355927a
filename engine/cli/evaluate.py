"""``python -m engine evaluate``: how good a reward model is on labelled steps, and how good choosing among N solutions is.

Also two models or two pools of solutions side by side, what Monte-Carlo labels are worth beside others, and what step scores say of
completions. Knows the arguments. The commands are in evaluate_steps.py, evaluate_compare_steps.py, evaluate_pools.py,
evaluate_compare.py, evaluate_monte_carlo.py and evaluate_calibration.py, the figures in ``engine.evaluation``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.cli import (
    evaluate_calibration,
    evaluate_compare,
    evaluate_compare_steps,
    evaluate_monte_carlo,
    evaluate_pools,
    evaluate_steps,
)
from engine.cli.options import ImageDecoding, add_load_options, add_prompt_file, max_steps, shard
from engine.domain import Sampling
from engine.errors import InvalidRequest
from engine.outcomes.guided_search import BeamPlan
from engine.prediction import THRESHOLD
from engine.serving.search import check_plan
from engine.solution_text.steps import MAX_STEPS

COMMANDS = {
    "step-benchmark": evaluate_steps.main,
    "best-of-n": evaluate_pools.main,
    "compare": evaluate_compare.main,
    "compare-steps": evaluate_compare_steps.main,
    "monte-carlo": evaluate_monte_carlo.main,
    "calibration": evaluate_calibration.main,
}
FORMATS = ("json", "csv", "markdown", "latex")


def add_parser(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the commands."""
    commands = parser.add_subparsers(dest="benchmark", required=True)
    _add_steps(commands.add_parser("step-benchmark", help="scores of steps against labels, as on VisualProcessBench"))
    _add_pools(commands.add_parser("best-of-n", help="choosing among N solutions, for every N and way to choose"))
    _add_compare(commands.add_parser("compare", help="two pools of solutions of the same problems, paired"))
    _add_compare_steps(
        commands.add_parser("compare-steps", help="two models' scores of the same labelled steps, paired")
    )
    _add_monte_carlo(commands.add_parser("monte-carlo", help="Monte-Carlo labels against labels that are trusted"))
    _add_calibration(commands.add_parser("calibration", help="step scores against shares of a policy's completions"))


def main(arguments: argparse.Namespace) -> int:
    """Run the command; return the exit code, 0 only when every line was evaluated."""
    return COMMANDS[arguments.benchmark](arguments)


def _add_steps(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--input", required=True, type=Path, help="labelled rows of the VisualProcessBench format")
    _add_scores(parser)
    parser.add_argument(
        "--threshold",
        type=_threshold,
        help=f"a step is called correct above it; default: {THRESHOLD}",
    )
    parser.add_argument(
        "--tune-on", type=Path, metavar="ROWS", help="tune the threshold on these labelled rows, a dev split, instead"
    )
    parser.add_argument(
        "--tune-scores", type=Path, metavar="SCORES", help="scores of the dev split, as --scores are of the input"
    )
    parser.add_argument(
        "--by", choices=("source", "policy", "position"), default="source", help="rows of the table; default: source"
    )
    _add_shared(parser)


def _add_pools(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--input", required=True, type=Path, help="problems with their reference answers")
    parser.add_argument("--policy", help="folder, hub name or address of the model that writes")
    parser.add_argument("--n", type=int, help="solutions a problem; needs --policy")
    parser.add_argument(
        "--pool",
        type=Path,
        help="solutions with scores and verdicts; with models those that are missing are added to it",
    )
    parser.add_argument(
        "--reward-model",
        action="append",
        default=[],
        metavar="[NAME=]MODEL",
        help="a model that scores every step; repeat for several. The first is called prm, others by their folder",
    )
    parser.add_argument(
        "--outcome-model",
        action="append",
        default=[],
        metavar="[NAME=]MODEL",
        help="a model that scores whole solutions; repeat for several. The first is called orm",
    )
    parser.add_argument(
        "--protocol",
        choices=("iid", "greedy-first"),
        default="iid",
        help="iid: any N of the pool; greedy-first: the first is greedy and always in; default: iid",
    )
    _add_sampling(parser)
    parser.add_argument(
        "--search",
        action="append",
        default=[],
        type=_beam_plan,
        metavar="WIDTHxEXPANSIONS",
        help="also search each problem step by step, under the first --reward-model, and compare its pick with Best-of-N's at "
        "the same number of tokens; repeat for several",
    )
    parser.add_argument(
        "--max-steps",
        type=max_steps,
        default=MAX_STEPS,
        help=f"merge a solution's steps into at most so many, or 'none'; default {MAX_STEPS}",
    )
    _add_shared(parser)


def _add_sampling(parser: argparse.ArgumentParser) -> None:
    defaults = Sampling()
    parser.add_argument("--seed", type=int, default=defaults.seed, help="of sampling; default: %(default)s")
    parser.add_argument("--temperature", type=float, default=defaults.temperature, help="default: %(default)s")
    parser.add_argument("--top-p", type=float, default=defaults.top_p, help="default: %(default)s")
    parser.add_argument(
        "--max-new-tokens",
        type=int,
        default=defaults.max_new_tokens,
        help="of a solution, its thought included; default: %(default)s",
    )


def _add_compare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--input", required=True, type=Path, help="problems with their reference answers")
    parser.add_argument("--pool", required=True, type=Path, help="solutions with scores and verdicts: a")
    parser.add_argument("--against", required=True, type=Path, help="others of the same problems: b")
    parser.add_argument(
        "--model", metavar="NAME", help="whose scores choose in a; default: the first that has scored all of them"
    )
    parser.add_argument(
        "--against-model",
        metavar="NAME",
        help="whose scores choose in b; default: the first that has scored all of them",
    )
    parser.add_argument(
        "--without-models",
        action="store_true",
        help="compare only what needs no scores, such as the most frequent answer",
    )
    parser.add_argument(
        "--protocol", choices=("iid", "greedy-first"), default="iid", help="as of best-of-n; default: iid"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")


def _add_compare_steps(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--input", required=True, type=Path, help="labelled rows of the VisualProcessBench format")
    parser.add_argument("--scores", required=True, type=Path, help="scores of their steps by one model: a")
    parser.add_argument("--against", required=True, type=Path, help="scores of the same steps by another: b")
    for name, side in (("--threshold", "a"), ("--against-threshold", "b")):
        parser.add_argument(
            name,
            type=_threshold,
            default=THRESHOLD,
            help=f"a step is called correct by {side} above it; default: %(default)s",
        )
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")


def _add_monte_carlo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--input", required=True, type=Path, help="rows of the VisualProcessBench format, with the labels to agree with"
    )
    parser.add_argument(
        "--measured",
        required=True,
        type=Path,
        help="the same solutions with Monte-Carlo figures, in VisualPRM400K's raw form",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")


def _add_calibration(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--measured",
        required=True,
        type=Path,
        help="solutions with Monte-Carlo figures of a policy's own completions, in VisualPRM400K's raw form",
    )
    _add_scores(parser)
    parser.add_argument("--output", type=Path, metavar="MAP.json", help="write the map with its record here")
    parser.add_argument("--seed", type=int, default=0, help="of folds and resamples; default: %(default)s")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    _add_models(parser)


def _add_scores(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reward-model", help="folder, hub name or address of the model that scores")
    parser.add_argument(
        "--scores",
        type=Path,
        help="scores as `engine score` writes them; with a reward model those that are missing are added",
    )
    parser.add_argument(
        "--inner-blank-lines",
        choices=("keep", "collapse"),
        default="keep",
        help="show blank lines inside a step to the model, or strip lines and drop empty ones; default: keep",
    )


def _add_shared(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--shard", type=shard, metavar="I/N", help="only part I of N of the input, I from 1")
    parser.add_argument("--format", choices=FORMATS, help="what the table is printed as; default: markdown")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    _add_models(parser)


def _add_models(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--max-tiles", type=int, help="most tiles a picture is cut into; default: as the checkpoint says"
    )
    parser.add_argument(
        "--prm-format", help="how the reward model is asked about steps; default: as it or its name says"
    )
    parser.add_argument(
        "--image-decoding",
        default=ImageDecoding.PAGE,
        type=ImageDecoding,
        choices=list(ImageDecoding),
        help="page: as uploads are decoded; reference: as VisualPRM's released code; default: page",
    )
    add_load_options(parser)
    add_prompt_file(parser)


def _beam_plan(text: str) -> BeamPlan:
    width, sign, expansions = text.partition("x")
    if not (sign and width.isdecimal() and expansions.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is no WIDTHxEXPANSIONS such as 4x4")
    plan = BeamPlan(width=int(width), expansions=int(expansions))
    try:
        check_plan(plan)
    except InvalidRequest as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return plan


def _threshold(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0 to 1")
    return value
