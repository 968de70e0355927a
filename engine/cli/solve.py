"""``python -m engine solve``: sample solutions of one problem, score their steps, choose."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, replace
from enum import StrEnum
from pathlib import Path

from engine.choosing import choose
from engine.cli.options import (
    ProgressPrinter,
    WaitPrinter,
    add_model_options,
    model_choice,
    open_images,
)
from engine.domain import Aggregation, FinishReason, Problem, RunRecord, Sampling, Scoring, Solution
from engine.errors import EngineError, InvalidRequest
from engine.events import (
    Event,
    RunEnded,
    RunStarted,
    ScoringFailed,
    ServerWaiting,
    SolutionFinished,
    SolutionScored,
)
from engine.loading import load_models
from engine.outcomes.guided_search import BeamPlan, SearchRound
from engine.protocols import Models
from engine.serving.run import RunRequest, check, run
from engine.serving.scoring_queue import ScorePlan


class SearchKind(StrEnum):
    """How solutions are searched for."""

    NONE = "none"  # they are independent
    BEAM = "beam"  # step-level beam search under the reward model


ENDED = {FinishReason.LENGTH: "cut off by the token limit", FinishReason.CANCELLED: "stopped half-way"}


def add_parser(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    defaults = Sampling()
    parser.add_argument("--image", action="append", default=[], type=Path, help="a picture; repeat for several")
    parser.add_argument("--question", required=True)
    parser.add_argument(
        "--n", type=int, help=f"solutions; default: {defaults.n}; a search writes as many as --width says"
    )
    parser.add_argument("--seed", type=int, default=defaults.seed, help="default: %(default)s")
    parser.add_argument(
        "--temperature", type=float, default=defaults.temperature, help="0 is greedy; default: %(default)s"
    )
    parser.add_argument("--top-p", type=float, default=defaults.top_p, help="default: %(default)s")
    parser.add_argument("--top-k", type=int, default=defaults.top_k, help="0 keeps all; default: %(default)s")
    parser.add_argument(
        "--max-new-tokens",
        type=int,
        default=defaults.max_new_tokens,
        help="of a solution, its thought included; default: %(default)s",
    )
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
    plan = BeamPlan()
    parser.add_argument(
        "--search",
        default=SearchKind.NONE,
        type=SearchKind,
        choices=list(SearchKind),
        help="none: independent solutions; beam: step by step, the best tries of a step go on; default: none",
    )
    parser.add_argument("--width", type=int, help=f"tries that a search keeps; default: {plan.width}")
    parser.add_argument("--expansions", type=int, help=f"tries of a step of each; default: {plan.expansions}")
    parser.add_argument(
        "--beside",
        action="store_true",
        help="also sample as many independent solutions as a search tries of a step, and tell what both took",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    add_model_options(parser, policy=True)


def main(arguments: argparse.Namespace) -> int:
    """Run the command; return the exit code, 0 when every solution was written and scored."""
    search = _search(arguments)
    request = RunRequest(
        problem=Problem(question=arguments.question),
        images=open_images(arguments.image),
        sampling=_sampling(arguments),
        plan=ScorePlan(max_steps=arguments.max_steps),
        search=search,
    )
    check(request)
    models = load_models(model_choice(arguments), report=ProgressPrinter())
    outcome = _run(request, models, arguments)
    beside = None
    if search is not None and arguments.beside and outcome.error is None:
        many = replace(_sampling(arguments), n=search.tries)
        beside = _run(replace(request, search=None, sampling=many), models, arguments)
    if arguments.json:
        told = outcome.as_json() if beside is None else {**outcome.as_json(), "beside": beside.in_short()}
        print(json.dumps(told, ensure_ascii=False))
    else:
        print(outcome.as_text() if beside is None else f"{outcome.as_text()}\n\n{_both(outcome, beside)}")
    error = outcome.error or (beside.error if beside is not None else None)
    if error is None:
        return 0
    print(f"error: {error}", file=sys.stderr)
    if not isinstance(error, EngineError):
        raise error
    return 1


def _run(request: RunRequest, models: Models, arguments: argparse.Namespace) -> Outcome:
    outcome = Outcome(arguments.aggregation, arguments.question)
    for events in run(request, models, lambda: False):
        for event in events:
            outcome.add(event)
    return outcome


def _search(arguments: argparse.Namespace) -> BeamPlan | None:
    """Return the search that was asked for. Raises InvalidRequest for options that say nothing here."""
    if arguments.search is SearchKind.NONE:
        if arguments.beside:
            raise InvalidRequest(
                "--beside compares a search with independent solutions. Add --search beam, or leave it out."
            )
        for name in ("width", "expansions"):
            if getattr(arguments, name) is not None:
                raise InvalidRequest(f"--{name} is a setting of a search. Add --search beam, or leave it out.")
        return None
    if arguments.n is not None:
        raise InvalidRequest("--n does not apply to a search, which writes as many solutions as it keeps. Use --width.")
    default = BeamPlan()
    return BeamPlan(
        width=default.width if arguments.width is None else arguments.width,
        expansions=default.expansions if arguments.expansions is None else arguments.expansions,
        how=arguments.aggregation,
    )


def _both(search: Outcome, beside: Outcome) -> str:
    """Say what a search and independent solutions of the same number of tries came to, and what they took."""
    lines = []
    for name, short in (("guided search", search.in_short()), ("best of independent ones", beside.in_short())):
        answer = "no answer" if short["answer"] is None else f"answer {short['answer']}"
        lines.append(f"{name}: {answer}, {short['solutions']} solutions, {short['tokens']:,} tokens")
    return "\n".join(lines)


def _sampling(arguments: argparse.Namespace) -> Sampling:
    return Sampling(
        n=Sampling().n if arguments.n is None else arguments.n,
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
        self._rounds: list[SearchRound] = []
        self._tell_wait = WaitPrinter()

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
            case SearchRound():
                self._rounds.append(event)
                kept = sum(each.is_kept for each in event.tries)
                print(f"step {event.step + 1}: {kept} of {len(event.tries)} kept", file=sys.stderr)
            case ScoringFailed():
                print(f"solution {event.draw}: {event.message}", file=sys.stderr)
            case ServerWaiting():
                self._tell_wait(event.wait)
            case RunEnded():
                self.error = event.error
                for usage in event.usage:
                    print(usage.sentence, file=sys.stderr)
                if self._record is not None:
                    self._record = replace(self._record, usage=event.usage)
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
                    "thought": solution.thought,
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
            "tokens": self._tokens,
            "rounds": [asdict(each) for each in self._rounds],
            "run": None if self._record is None else _record_json(self._record),
        }

    @property
    def _tokens(self) -> int:
        """Tokens written: of a search in all its tries."""
        if self._rounds:
            return sum(each.tokens for each in self._rounds)
        return sum(solution.tokens or 0 for solution in self._solutions.values())

    def in_short(self) -> dict[str, int | str | None]:
        """Return the pick's answer, how many solutions it was chosen from, and the tokens they took."""
        solutions = [self._solutions[draw] for draw in sorted(self._solutions)]
        choice = choose(solutions, self._scorings.values(), self._how, question=self._question)
        answer = None if choice.pick is None else solutions[choice.pick].answer
        return {"answer": answer, "solutions": len(solutions), "tokens": self._tokens}

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
