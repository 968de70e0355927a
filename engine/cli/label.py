"""``python -m engine label``: solutions sampled, their steps labelled by rollouts, as VisualPRM400K was made."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic
from typing import TypeVar

from engine.cli.evaluate_models import describe, load_policy
from engine.cli.evaluate_rows import PosedProblem, as_problem, chosen_part, read_rows
from engine.cli.json_lines import Values, key_of
from engine.cli.label_folder import CONVERSATIONS, RAW, LabelFolder, solutions_of
from engine.cli.options import (
    ImageDecoding,
    WaitPrinter,
    add_load_options,
    add_prompt_file,
    add_token_prices,
    max_steps,
    open_images,
    shard,
)
from engine.domain import Sampling
from engine.errors import BadPicture, BadText, EngineError, InvalidRequest, OutOfMemory
from engine.limits import ENGINE_LIMITS
from engine.metering.meter import Meter
from engine.metering.usage import ServerUsage
from engine.model_catalogue.model_choice import DEFAULT_POLICY
from engine.outcomes.rollout_labels import RolloutMode
from engine.protocols import CompletesSolutions, IsMetered, Policy, run_to_end, telling
from engine.rollouts import COMPLETIONS, RolloutPlan, Rollouts, Verdict
from engine.solution_text.steps import MAX_STEPS
from engine.system.progress import Progress, in_words

SOLUTIONS = 4  # of a problem: VisualPRM, sec. 3.2
TEMPERATURE, TOP_K = 1.0, 50  # the same
SAMPLE_SECONDS = 5.0  # of labelling, from which the plan is computed
_SKIPPED = (InvalidRequest, BadText, BadPicture, OutOfMemory)  # what one problem may fail by, and others not

Result = TypeVar("Result")


def add_parser(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("--input", required=True, type=Path, help="problems with their reference answers")
    parser.add_argument(
        "--policy", default=str(DEFAULT_POLICY), help="folder, hub name or address of the model that writes"
    )
    parser.add_argument(
        "--output", required=True, type=Path, help="folder for rows and pictures; labelling goes on in it"
    )
    parser.add_argument("--solutions", type=int, default=SOLUTIONS, help="of a problem; default: %(default)s")
    parser.add_argument("--completions", type=int, default=COMPLETIONS, help="after each step; default: %(default)s")
    parser.add_argument(
        "--mode",
        type=RolloutMode,
        default=RolloutMode.EVERY,
        choices=list(RolloutMode),
        help="every: all completions; first-success: of each step up to the first that reaches the answer, for the same "
        "labels; first-error: the same for the steps that a binary search for the first wrong one looks at; default: every",
    )
    parser.add_argument(
        "--max-steps",
        type=max_steps,
        default=MAX_STEPS,
        help=f"merge a solution's steps into at most so many, or 'none'; default {MAX_STEPS}",
    )
    _add_sampling(parser)
    parser.add_argument("--shard", type=shard, metavar="I/N", help="only part I of N of the problems, I from 1")
    parser.add_argument("--plan", action="store_true", help="label a few problems only, and say what all would take")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.add_argument(
        "--max-tiles", type=int, help="most tiles a picture is cut into; default: as the checkpoint says"
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
    add_token_prices(parser)
    parser.set_defaults(prm_format=None)


def _add_sampling(parser: argparse.ArgumentParser) -> None:
    defaults = Sampling()
    parser.add_argument("--seed", type=int, default=defaults.seed, help="of sampling; default: %(default)s")
    parser.add_argument("--temperature", type=float, default=TEMPERATURE, help="default: %(default)s")
    parser.add_argument("--top-p", type=float, default=defaults.top_p, help="default: %(default)s")
    parser.add_argument("--top-k", type=int, default=TOP_K, help="0 keeps all; default: %(default)s")
    parser.add_argument(
        "--max-new-tokens",
        type=int,
        default=defaults.max_new_tokens,
        help="of a solution, its thought included, and of a completion; default: %(default)s",
    )


def main(arguments: argparse.Namespace) -> int:
    """Run the command; return the exit code, 0 only when every problem was labelled."""
    plan = RolloutPlan(
        completions=arguments.completions, mode=arguments.mode, max_steps=arguments.max_steps, seed=arguments.seed
    )
    plan.check()
    sampling = _sampling(arguments)
    ENGINE_LIMITS.check(sampling)
    failures: list[str] = []
    rows = read_rows(arguments.input, as_problem, failures)
    part = chosen_part(rows, lambda row: key_of(row.id), arguments.shard)
    problems = [row for row in part if _can_be_labelled(row, failures)]
    policy = load_policy(arguments.policy, arguments)
    if not isinstance(policy, CompletesSolutions):
        raise InvalidRequest(
            f"{arguments.policy!r} cannot go on from a beginning of a solution. Choose another policy."
        )
    settings = {
        "policy": describe(policy.card),
        "solutions": arguments.solutions,
        "completions": plan.completions,
        "mode": plan.mode.value,
        "max_steps": plan.max_steps,
        "seed": plan.seed,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k,
        "max_new_tokens": sampling.max_new_tokens,
        "max_tiles": arguments.max_tiles,
        "image_decoding": arguments.image_decoding.value,
    }
    with closing(LabelFolder(arguments.output, settings)) as folder:
        labelling = _Labelling(arguments, plan, sampling, policy, folder)
        try:
            labelling.label(problems, failures)
        finally:
            folder.write_rows(rows, plan.mode, plan.completions)  # those of other parts too, where they are there
        for failure in failures:
            print(failure, file=sys.stderr)
        report = {**labelling.report(problems), "failed": len(failures), "output": str(arguments.output)}
    for usage in labelling.usage:
        print(usage.sentence, file=sys.stderr)
    if arguments.json:
        print(json.dumps(report, ensure_ascii=False))
    print(_sentence(report), file=sys.stderr)
    return 1 if failures else 0


def _sampling(arguments: argparse.Namespace) -> Sampling:
    return Sampling(
        n=arguments.solutions,
        temperature=arguments.temperature,
        top_p=arguments.top_p,
        top_k=arguments.top_k,
        seed=arguments.seed,
        max_new_tokens=arguments.max_new_tokens,
    )


def _can_be_labelled(row: PosedProblem, failures: list[str]) -> bool:
    if not (row.answer or "").strip():
        failures.append(f"line {row.line}: it has no 'answer' that completions could reach, so it is not labelled")
        return False
    missing = next((path for path in row.images if not path.is_file()), None)
    if missing is not None:
        failures.append(f"line {row.line}: there is no picture {str(missing)!r}")
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Estimate:
    """What labelling all problems takes, by those that are labelled."""

    problems: int
    measured_on: int
    completions: int
    tokens: int
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.problems:,} problems take about {self.completions:,} completions, {self.tokens:,} tokens and "
            f"{in_words(self.seconds)}, by what {self.measured_on} of them took"
        )


class _Labelling:
    """Labels problems one after another and keeps each as it comes."""

    def __init__(
        self,
        arguments: argparse.Namespace,
        plan: RolloutPlan,
        sampling: Sampling,
        policy: Policy,
        folder: LabelFolder,
    ) -> None:
        self._arguments = arguments
        self._plan = plan
        self._sampling = sampling
        self._meter, self._tell_wait = Meter(), WaitPrinter()
        self._policy = policy.metered(self._meter) if isinstance(policy, IsMetered) else policy
        self._folder = folder
        self._estimate: _Estimate | None = None

    def label(self, problems: Sequence[PosedProblem], failures: list[str]) -> None:
        """Label the problems that are not labelled yet. Raises what stops all of them."""
        lacking = [problem for problem in problems if not self._folder.has(problem)]
        print(self._most(problems, len(lacking)), file=sys.stderr)
        with Progress("problems labelled", len(lacking)) as progress:
            for problem in lacking:
                self._say_plan(problems)
                if self._arguments.plan and self._estimate is not None:
                    return
                try:
                    self._label(problem)
                except _SKIPPED as error:
                    failures.append(f"line {problem.line}: {error}")
                except (Exception, KeyboardInterrupt) as error:
                    self._stop(problem, error)
                progress.advance()
        self._say_plan(problems)

    def report(self, problems: Sequence[PosedProblem]) -> dict[str, object]:
        """Return the figures of all problems that are labelled; with ``--plan`` what all would take."""
        if self._arguments.plan:
            estimate = self._estimate or self._estimated(problems)
            return asdict(estimate) if estimate is not None else {}
        total: Counter[str] = Counter()
        labels = dict.fromkeys(("correct", "wrong", "none"), 0)
        lines = [self._folder.of(problem) for problem in problems if self._folder.has(problem)]
        for line in lines:
            total.update(_figures(line))
            for finish, steps in solutions_of(line):
                total.update(solutions=1, steps=len(steps), unfinished_solutions=not finish.is_complete)
                for step in steps:
                    is_correct = step.rollouts.is_correct
                    labels["none" if is_correct is None else "correct" if is_correct else "wrong"] += 1
        names = ("solutions", "unfinished_solutions", "steps", "completions", *Verdict, "stopped", "tokens", "repeated")
        return {
            "problems": len(lines),
            **{str(name): int(total[name]) for name in names},
            "seconds": round(float(total["seconds"]), 3),
            "labels": labels,
        }

    @property
    def usage(self) -> tuple[ServerUsage, ...]:
        """What the policy's server was asked until now; none: the policy is on no server."""
        found = (
            self._meter.usage(self._policy.card.name, self._policy.price)
            if isinstance(self._policy, IsMetered)
            else None
        )
        return () if found is None else (found,)

    def _label(self, problem: PosedProblem) -> None:
        started = monotonic()
        images = open_images(problem.images, self._arguments.image_decoding)
        assert isinstance(self._policy, CompletesSolutions)
        session = self._finish(self._policy.open_completions(images, problem.question, self._sampling))
        rollouts = Rollouts(session, problem.question, problem.answer or "", self._plan)
        solutions = self._finish(rollouts.sample(self._sampling.n, self._policy.card.name))
        steps = self._finish(rollouts.run(solutions))
        counts = rollouts.counts
        figures = {
            "completions": counts.completions,
            "tokens": counts.tokens + sum(solution.tokens or 0 for solution in solutions),
            "stopped": counts.stopped,
            **{verdict.value: number for verdict, number in counts.verdicts.items()},
            "repeated": session.repeated,
            "seconds": monotonic() - started,
        }
        found = [(solution.finish, each) for solution, each in zip(solutions, steps, strict=True)]
        self._folder.add(problem, found, self._policy.card.name, figures)

    def _finish(self, work: Generator[object, None, Result]) -> Result:
        """Run a generator to its end, saying when a model server asks to wait; return what it returns."""
        return run_to_end(telling(work, lambda: self._tell_wait(self._meter.wait)))

    def _most(self, problems: Sequence[PosedProblem], lacking: int) -> str:
        plan, done = self._plan, len(problems) - lacking
        steps = "steps" if plan.max_steps is None else f"steps (at most {plan.max_steps})"
        return (
            f"{len(problems):,} problems x {self._sampling.n} solutions, {plan.completions} completions after each of their "
            f"{steps} but the last, mode {plan.mode.value}" + (f"; {done:,} are labelled already" if done else "")
        )

    def _estimated(self, problems: Sequence[PosedProblem]) -> _Estimate | None:
        done = [_figures(self._folder.of(problem)) for problem in problems if self._folder.has(problem)]
        if not done:
            return None

        def scaled(name: str) -> float:
            return sum(each[name] for each in done) * len(problems) / len(done)

        return _Estimate(
            problems=len(problems),
            measured_on=len(done),
            completions=round(scaled("completions")),
            tokens=round(scaled("tokens")),
            seconds=round(scaled("seconds"), 1),
        )

    def _say_plan(self, problems: Sequence[PosedProblem]) -> None:
        """Say once what all will take, as soon as enough of them was done to know."""
        if self._estimate is not None:
            return
        estimate = self._estimated(problems)
        if estimate is None:
            return
        measured = estimate.seconds * estimate.measured_on / estimate.problems
        if measured >= SAMPLE_SECONDS or estimate.measured_on == estimate.problems:
            self._estimate = estimate
            print(estimate, file=sys.stderr)

    def _stop(self, problem: PosedProblem, error: BaseException) -> None:
        what = "stopped" if isinstance(error, KeyboardInterrupt) else str(error)
        if not isinstance(error, EngineError | KeyboardInterrupt):
            what = repr(error)
        raise EngineError(
            f"line {problem.line}: {what} What is labelled so far is in {str(self._folder.folder)!r}: the same command goes on "
            "from there."
        ) from error


def _figures(line: Values) -> dict[str, float]:
    figures = line["figures"]
    assert isinstance(figures, dict)
    return figures


def _sentence(report: Values) -> str:
    if "labels" not in report:
        measured = report.get("measured_on", 0)
        return f"labelled {measured} problems to see what all take; without --plan the same command labels the others"
    cut_off, completions = report["cut_off"], report["completions"]
    assert isinstance(cut_off, int)
    text = (
        f"labelled {report['steps']:,} steps of {report['solutions']:,} solutions with {completions:,} completions; "
        f"{RAW} and {CONVERSATIONS} are in {report['output']}"
    )
    if cut_off:
        text += (
            f"; {cut_off:,} completions were cut off and count as failures: raise --max-new-tokens if these are many"
        )
    return text
