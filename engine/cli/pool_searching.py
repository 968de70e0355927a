"""Searches each problem of a pool with a policy under a reward model, and keeps what comes of it, a problem at a time."""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Sequence

from engine.answers import answers_equal
from engine.choosing import choose
from engine.cli.evaluate_models import NamedModel, describe, load_pair
from engine.cli.evaluate_rows import PosedProblem
from engine.cli.kept_identity import (
    describe_asked,
    describe_scorer,
    identify,
    is_merged_otherwise,
    is_other_model,
    is_sampled_otherwise,
)
from engine.cli.options import open_images
from engine.cli.pool_file import PoolFile
from engine.cli.pool_filling import SKIPPED, as_kept, sampling_of, stop
from engine.cli.search_rows import PoolSearch
from engine.domain import Problem, Scoring, Solution
from engine.errors import InvalidRequest
from engine.events import RunEnded, SolutionFinished, SolutionScored
from engine.outcomes.guided_search import BeamPlan, SearchRound
from engine.protocols import Models
from engine.serving.run import RunRequest, check, run
from engine.serving.scoring_queue import ScorePlan
from engine.serving.search import search_refusal
from engine.system.progress import Progress


class PoolSearcher:
    """Adds the searches that a pool lacks, under one reward model."""

    def __init__(self, arguments: argparse.Namespace, pool: PoolFile, guide: NamedModel, failures: list[str]) -> None:
        self._arguments, self._pool, self._guide, self._failures = arguments, pool, guide, failures
        self._sampling = sampling_of(arguments)

    def search(self, rows: Sequence[PosedProblem], plans: Sequence[BeamPlan]) -> None:
        """Search the problems that lack a search. Raises InvalidRequest where the policy cannot, LoadError, EngineError."""
        answered = [row for row in rows if row.answer is not None]  # others are told where solutions are sampled
        lacking = [(row, plan) for plan in plans for row in answered if self._pool.search_of(row.id, plan) is None]
        self._check_kept(answered, plans)
        if not lacking:
            return
        models = load_pair(self._arguments.policy, self._guide.source, self._arguments)
        if (refusal := search_refusal(models.policy)) is not None:
            raise InvalidRequest(refusal)
        self._check_known(rows, plans, models)
        progress = Progress("problems searched", len(lacking))
        for row, plan in lacking:
            self._search_problem(row, plan, models)
            progress.advance()
        progress.finish()

    def _kept(self, rows: Sequence[PosedProblem], plans: Sequence[BeamPlan]) -> list[PoolSearch]:
        return [each for row in rows for plan in plans if (each := self._pool.search_of(row.id, plan)) is not None]

    def _check_kept(self, rows: Sequence[PosedProblem], plans: Sequence[BeamPlan]) -> None:
        """Raise InvalidRequest where searches were done otherwise, as far as that is known before a model is loaded."""
        kept = self._kept(rows, plans)
        if not kept:
            return
        policy, guide, most = self._arguments.policy, self._guide.source, self._arguments.max_steps
        policy_identity, guide_identity = identify(policy), identify(guide)
        for each in kept:
            if (
                is_other_model(each.policy, policy_identity)
                or is_other_model(each.reward_model, guide_identity)
                or is_merged_otherwise(each.reward_model, most)
                or is_sampled_otherwise(each.sampling, as_kept(self._sampling))
            ):
                raise self._done_otherwise(each, policy, describe_asked(guide, most))

    def _check_known(self, rows: Sequence[PosedProblem], plans: Sequence[BeamPlan], models: Models) -> None:
        """Raise InvalidRequest where searches were done by other models than those that are loaded."""
        assert models.policy is not None
        mine = (describe(models.policy.card), describe_scorer(models.reward_model.card, self._arguments.max_steps))
        for each in self._kept(rows, plans):
            theirs = (each.policy, each.reward_model)
            if any(known is not None and known != own for known, own in zip(theirs, mine, strict=True)):
                raise self._done_otherwise(each, *mine)

    def _done_otherwise(self, found: PoolSearch, policy: str, guide: str) -> InvalidRequest:
        return InvalidRequest(
            f"The pool's search {found.title} of problem {found.problem!r} was done by {found.policy!r} under "
            f"{found.reward_model!r} with {found.sampling}, not by {policy!r} under {guide!r} with {as_kept(self._sampling)}. "
            "Name another file, or ask for the same."
        )

    def _search_problem(self, row: PosedProblem, plan: BeamPlan, models: Models) -> None:
        try:
            found = self._found(row, plan, models)
        except SKIPPED as error:
            self._failures.append(f"line {row.line}: {error}")
        except Exception as error:
            stop(row, f"search {plan.title}", error, self._arguments.pool)
        else:
            self._pool.add_search(found)

    def _found(self, row: PosedProblem, plan: BeamPlan, models: Models) -> PoolSearch:
        request = RunRequest(
            problem=Problem(question=row.question),
            images=open_images(row.images, self._arguments.image_decoding),
            sampling=self._sampling,
            search=plan,
            plan=ScorePlan(max_steps=self._arguments.max_steps),
        )
        check(request)
        solutions: list[Solution] = []
        scorings: dict[str, Scoring] = {}
        tokens = 0
        for event in itertools.chain.from_iterable(run(request, models, lambda: False)):
            match event:
                case SearchRound():
                    tokens += event.tokens
                case SolutionFinished():
                    solutions.append(event.solution)
                case SolutionScored():
                    scorings[event.scoring.solution_id] = event.scoring
                case RunEnded() if event.error is not None:
                    raise event.error
                case _:
                    pass
        pick = choose(solutions, scorings.values(), plan.how, question=row.question).pick
        picked = None if pick is None else solutions[pick]
        answer = None if picked is None else picked.answer
        assert models.policy is not None
        return PoolSearch(
            problem=row.id,
            title=plan.title,
            model=self._guide.name,
            answer=answer,
            correct=answer is not None and answers_equal(answer, row.answer or "", question=row.question),
            finish=None if picked is None else picked.finish,
            tokens=tokens,
            steps=() if picked is None else picked.steps,
            scores=() if picked is None else tuple(each.score for each in scorings[picked.id].step_scores),
            reward_model=describe_scorer(models.reward_model.card, self._arguments.max_steps),
            policy=describe(models.policy.card),
            sampling=as_kept(self._sampling),
        )
