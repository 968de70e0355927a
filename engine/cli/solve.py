"""``python -m engine solve``: sample solutions of one problem, score their steps, choose."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from engine.choosing import choose
from engine.cli.options import ProgressPrinter, add_model_options, model_choice, open_images
from engine.domain import Aggregation, FinishReason, Problem, RunRecord, Sampling, Scoring, Solution
from engine.errors import EngineError
from engine.events import Event, RunEnded, RunStarted, ScoringFailed, SolutionFinished, SolutionScored
from engine.loading import load_models
from engine.run import RunRequest, ScorePlan, check, run

ENDED = {FinishReason.LENGTH: "cut off by the token limit", FinishReason.CANCELLED: "stopped half-way"}


def add_parser(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    defaults = Sampling()
    parser.add_argument("--image", action="append", default=[], type=Path, help="a picture; repeat for several")
    parser.add_argument("--question", required=True)
    parser.add_argument("--n", type=int, default=defaults.n, help="solutions; default: %(default)s")
    parser.add_argument("--seed", type=int, default=defaults.seed, help="default: %(default)s")
    parser.add_argument(
        "--temperature", type=float, default=defaults.temperature, help="0 is greedy; default: %(default)s"
    )
    parser.add_argument("--top-p", type=float, default=defaults.top_p, help="default: %(default)s")
    parser.add_argument("--top-k", type=int, default=defaults.top_k, help="0 keeps all; default: %(default)s")
    parser.add_argument("--max-new-tokens", type=int, default=defaults.max_new_tokens, help="default: %(default)s")
    parser.add_argument(
        "--repetition-penalty",
        type=float,
        default=defaults.repetition_penalty,
        help="above 1: what was read or written before becomes less likely; default: %(default)s",
    )
    parser.add_argument(
        "--stop", action="append", default=[], help="end a solution before this text; repeat for several"
    )
    parser.add_argument(
        "--aggregation", default=Aggregation.MEAN, type=Aggregation, choices=list(Aggregation), help="default: mean"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    add_model_options(parser, policy=True)


def main(arguments: argparse.Namespace) -> int:
    """Run the command; return the exit code, 0 when every solution was written and scored."""
    request = RunRequest(
        problem=Problem(question=arguments.question),
        images=open_images(arguments.image),
        sampling=_sampling(arguments),
        plan=ScorePlan(max_steps=arguments.max_steps),
    )
    check(request)
    outcome = Outcome(arguments.aggregation, arguments.question)
    for events in run(request, load_models(model_choice(arguments), report=ProgressPrinter()), lambda: False):
        for event in events:
            outcome.add(event)
    print(json.dumps(outcome.as_json(), ensure_ascii=False) if arguments.json else outcome.as_text())
    if outcome.error is not None:
        print(f"error: {outcome.error}", file=sys.stderr)
        if not isinstance(outcome.error, EngineError):
            raise outcome.error
        return 1
    return 0


def _sampling(arguments: argparse.Namespace) -> Sampling:
    return Sampling(
        n=arguments.n,
        temperature=arguments.temperature,
        top_p=arguments.top_p,
        top_k=arguments.top_k,
        seed=arguments.seed,
        max_new_tokens=arguments.max_new_tokens,
        repetition_penalty=arguments.repetition_penalty,
        stop=tuple(arguments.stop),
    )


class Outcome:
    """The result of a run, collected from its events."""

    def __init__(self, how: Aggregation, question: str) -> None:
        self.error: Exception | None = None
        self._how = how
        self._question = question
        self._record: RunRecord | None = None
        self._solutions: dict[int, Solution] = {}
        self._scorings: dict[int, Scoring] = {}

    def add(self, event: Event) -> None:
        """Take one event; progress goes to standard error."""
        match event:
            case RunStarted():
                self._record = event.record
                if event.notice:
                    print(event.notice, file=sys.stderr)
            case SolutionFinished() if event.solution.draw is not None:
                self._solutions[event.solution.draw] = event.solution
                print(f"written {len(self._solutions)}", file=sys.stderr)
            case SolutionScored():
                self._scorings[event.draw] = event.scoring
            case ScoringFailed():
                print(f"solution {event.draw}: {event.message}", file=sys.stderr)
            case RunEnded():
                self.error = event.error
            case _:
                pass

    def as_json(self) -> dict[str, object]:
        """Return the object that ``--json`` prints; ``docs/cli.md`` names its fields."""
        solutions = [self._solutions[draw] for draw in sorted(self._solutions)]
        choice = choose(solutions, self._scorings.values(), self._how, question=self._question)
        return {
            "solutions": [
                {
                    "id": solution.id,
                    "draw": solution.draw,
                    "steps": list(solution.steps),
                    "answer": solution.answer,
                    "finish": solution.finish,
                    "score": score,
                    "step_scores": self._step_scores(solution),
                }
                for solution, score in zip(solutions, choice.scores, strict=True)
            ],
            "best": None if choice.pick is None else solutions[choice.pick].id,
            "majority": None if choice.majority is None else choice.majority.text,
            "tied": choice.tied,
            "run": None if self._record is None else _record_json(self._record),
        }

    def as_text(self) -> str:
        """Return the solutions as text in Best-of-N order, followed by those that were not eligible."""
        solutions = [self._solutions[draw] for draw in sorted(self._solutions)]
        choice = choose(solutions, self._scorings.values(), self._how, question=self._question)
        rest = (index for index in range(len(solutions)) if index not in choice.ranking)
        blocks = []
        for index in (*choice.ranking, *rest):
            solution, score = solutions[index], choice.scores[index]
            shown = "no score" if score is None else f"{score:.3f}"
            end = f"answer: {solution.answer}" if solution.finish.is_complete else ENDED[solution.finish]
            blocks.append(f"[{shown}] {end}\n  " + "\n  ".join(solution.steps))
        return "\n\n".join(blocks)

    def _step_scores(self, solution: Solution) -> list[dict[str, object]]:
        scoring = self._scorings.get(solution.draw) if solution.draw is not None else None
        return [] if scoring is None else [asdict(step_score) for step_score in scoring.step_scores]


def _record_json(record: RunRecord) -> dict[str, object]:
    """Return a record as JSON, with ``out_of_world`` as an alias for older scripts."""
    return {**asdict(record), "out_of_world": record.out_of_distribution}
