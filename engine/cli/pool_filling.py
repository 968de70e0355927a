"""Fills a pool: samples the solutions that it lacks, and lets reward models score those without a score of theirs.

Everything is kept as it comes, a problem at a time, so that a run that was ended loses the problem it was at and nothing else.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import NoReturn

from engine.answers import answers_equal
from engine.cli.evaluate_models import NamedModel, describe, fits_now, load_policy, load_reward_model, load_together
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
from engine.cli.pool_file import PoolFile, PoolRow
from engine.cli.pool_protocol import GREEDY
from engine.cli.scoring import score_given
from engine.domain import FinishReason, Problem, Sampling, Solution
from engine.errors import BadPicture, BadText, EngineError, InvalidRequest, OutOfMemory, ServerError
from engine.evaluation.solution_pool import Protocol
from engine.limits import ENGINE_LIMITS
from engine.protocols import Models, Policy
from engine.serving.run import RunRequest, check
from engine.serving.scoring_queue import ScorePlan
from engine.serving.search import search_refusal
from engine.solution_text.steps import MAX_STEPS
from engine.step_splitter import StepSplitter
from engine.system.progress import Progress

SKIPPED = (InvalidRequest, BadText, BadPicture, OutOfMemory)  # what costs one problem, and not the run
Told = tuple[int, int, str]  # line of a problem, draw and model of scores whose lack is told


class PoolFiller:
    """Adds solutions and scores to a pool."""

    def __init__(self, arguments: argparse.Namespace, pool: PoolFile, failures: list[str]) -> None:
        self._arguments, self._pool, self._failures = arguments, pool, failures
        self.told: set[Told] = set()
        self._protocol = Protocol(arguments.protocol)
        self._sampling = sampling_of(arguments)

    # ---- solutions ----

    def sample(self, rows: Sequence[PosedProblem]) -> None:
        """Sample the solutions that problems lack. Raises InvalidRequest where those there are from elsewhere."""
        self._check_draws(rows)
        lacking = [row for row in rows if len(self._pool.of(row.id)) < self._sampling.n]
        if not lacking:
            return
        policy = load_policy(self._arguments.policy, self._arguments)
        if self._arguments.search and (refusal := search_refusal(policy)) is not None:
            raise InvalidRequest(refusal)  # before hours of sampling
        progress = Progress("problems sampled", len(lacking))
        for row in lacking:
            self._sample_problem(row, policy)
            progress.advance()
        progress.finish()

    def _check_draws(self, rows: Sequence[PosedProblem]) -> None:
        """Raise InvalidRequest where a solution was written by another policy, or with another sampling, as far as that is said."""
        source = self._arguments.policy
        kept = [each for row in rows for each in self._pool.of(row.id)]
        identity = identify(source) if any(each.policy is not None for each in kept) else None
        for each in kept:
            is_greedy = self._protocol is Protocol.GREEDY_FIRST and each.draw == 0
            asked = as_kept(replace(self._sampling, temperature=GREEDY) if is_greedy else self._sampling)
            if is_other_model(each.policy, identity) or is_sampled_otherwise(each.sampling, asked):
                raise InvalidRequest(
                    f"The pool's draw {each.draw} of problem {each.problem!r} was written by {each.policy!r} with {each.sampling}, "
                    f"not by {source!r} with {asked}. Name another file, or ask for the same."
                )

    def _sample_problem(self, row: PosedProblem, policy: Policy) -> None:
        if row.answer is None:
            self._failures.append(f"line {row.line}: it has no 'answer' to grade solutions by, so none are sampled")
            return
        known = {each.draw: each for each in self._pool.of(row.id)}
        try:
            found = self._draws(row, policy)
        except SKIPPED as error:
            self._failures.append(f"line {row.line}: {error}")
            return
        except Exception as error:
            stop(row, "policy", error, self._arguments.pool)
        name = describe(policy.card)
        for each in known.values():
            mine = next((one for one in found if one.draw == each.draw), None)
            if (each.policy or name) != name or (each.sampling and mine and each.sampling != mine.sampling):
                raise InvalidRequest(
                    f"The pool's draw {each.draw} of problem {row.id!r} was written by {each.policy!r} with {each.sampling}, not "
                    f"by {name!r} with {mine.sampling if mine else None}. Name another file, or ask for the same."
                )
        self._pool.add([each for each in found if each.draw not in known])

    def _draws(self, row: PosedProblem, policy: Policy) -> list[PoolRow]:
        """Return all solutions of a problem, in the order of their draws."""
        sampling, found = self._sampling, []
        if self._protocol is Protocol.GREEDY_FIRST:
            found += self._write(row, policy, replace(sampling, n=1, temperature=GREEDY), first=0)
            sampling = replace(sampling, n=sampling.n - 1)
        if sampling.n:
            found += self._write(row, policy, sampling, first=len(found))
        return found

    def _write(self, row: PosedProblem, policy: Policy, sampling: Sampling, *, first: int) -> list[PoolRow]:
        splitters = [StepSplitter(draw) for draw in range(sampling.n)]
        images = open_images(row.images, self._arguments.image_decoding)
        for chunks in policy.sample(images, row.question, sampling):
            for chunk in chunks:
                splitters[chunk.draw].take(chunk)
                if chunk.finish is not None:
                    splitters[chunk.draw].end(chunk.finish)
        rows = []
        for draw, splitter in enumerate(splitters):
            solution = splitter.solution(problem_id="", policy_model=policy.card.name, seconds=0.0)
            rows.append(
                PoolRow(
                    problem=row.id,
                    draw=first + draw,
                    answer=solution.answer,
                    correct=solution.answer is not None
                    and answers_equal(solution.answer, row.answer or "", question=row.question),
                    finish=splitter.finish or FinishReason.CANCELLED,
                    steps=solution.steps,
                    policy=describe(policy.card),
                    tokens=solution.tokens,
                    sampling=as_kept(sampling),
                )
            )
        return rows

    # ---- scores ----

    def score(self, rows: Sequence[PosedProblem], models: Sequence[NamedModel]) -> None:
        """Let models score the solutions that lack their scores: as many models at once as there is room for."""
        self._check_scores(rows, models)
        needed = [model for model in models if any(self._lacking(row, model) for row in rows)]

        def load(model: NamedModel) -> Models:
            return load_reward_model(model.source, self._arguments)

        for group in load_together(needed, load, partial(fits_now, arguments=self._arguments)):
            for model, loaded in group.items():
                self._check_model(rows, model, describe_scorer(loaded.reward_model.card, self._max_steps(model)))
            lacking = [row for row in rows if any(self._lacking(row, model) for model in group)]
            progress = Progress(f"problems scored by {', '.join(model.name for model in group)}", len(lacking))
            for row in lacking:
                for model, loaded in group.items():
                    self._score_problem(row, model, loaded)
                progress.advance()
            progress.finish()

    def _lacking(self, row: PosedProblem, model: NamedModel) -> list[PoolRow]:
        return [each for each in self._pool.of(row.id) if model.name not in each.scores and each.steps != ()]

    def _max_steps(self, model: NamedModel) -> int | None:
        most: int | None = self._arguments.max_steps
        return MAX_STEPS if model.is_outcome else most  # an outcome model sees one step, whatever is asked for

    def _check_scores(self, rows: Sequence[PosedProblem], models: Sequence[NamedModel]) -> None:
        """Raise InvalidRequest where scores under the name of a model are another's, as far as that is known without loading it."""
        for model in models:
            kept = [
                (row, known)
                for row in rows
                for each in self._pool.of(row.id)
                if (known := each.reward_models.get(model.name)) is not None
            ]
            identity = identify(model.source) if kept else None
            for row, known in kept:
                if is_other_model(known, identity) or is_merged_otherwise(known, self._max_steps(model)):
                    raise _other_scores(row, model, known, describe_asked(model.source, self._max_steps(model)))

    def _check_model(self, rows: Sequence[PosedProblem], model: NamedModel, identity: str) -> None:
        for row in rows:
            for each in self._pool.of(row.id):
                if (other := each.reward_models.get(model.name, identity)) != identity:
                    raise _other_scores(row, model, other, identity)

    def _score_problem(self, row: PosedProblem, model: NamedModel, loaded: Models) -> None:
        lacking = self._lacking(row, model)
        unknown = sum(each.steps is None for each in lacking)
        if unknown:
            self._failures.append(
                f"line {row.line}: {unknown} solutions have no 'steps' in the pool that {model.name} could score"
            )
            self._tell_of(row, model, [each for each in lacking if each.steps is None])
        if unknown == len(lacking):
            return
        known = [each for each in self._pool.of(row.id) if each.steps]  # together, as that decides the last digits
        problem = Problem(question=row.question)
        try:
            request = RunRequest(
                problem=problem,
                images=open_images(row.images, self._arguments.image_decoding),
                solutions=tuple(
                    Solution(problem_id=problem.id, steps=each.steps or (), policy_model="") for each in known
                ),
                plan=ScorePlan(max_steps=1 if model.is_outcome else self._arguments.max_steps),
            )
            check(request)
            found = score_given(request, loaded)
        except InvalidRequest as error:
            self._failures.append(f"line {row.line}: {error}")
            self._tell_of(row, model, lacking)
            return
        except Exception as error:
            stop(row, f"reward model {model.name}", error, self._arguments.pool)
        scores = [
            (known[index], tuple(each.score for each in scoring.step_scores))
            for index, scoring in sorted(found.scorings.items())
            if model.name not in known[index].scores
        ]
        self._pool.add_scores(scores, model.name, describe_scorer(loaded.reward_model.card, self._max_steps(model)))
        if isinstance(found.error, ServerError):
            stop(row, f"reward model {model.name}", found.error, self._arguments.pool)
        self._failures.extend(
            f"line {row.line}: draw {known[index].draw}: {reason}" for index, reason in sorted(found.failures.items())
        )
        self._tell_of(row, model, [known[index] for index in found.failures])

    def _tell_of(self, row: PosedProblem, model: NamedModel, solutions: Sequence[PoolRow]) -> None:
        self.told |= {(row.line, each.draw, model.name) for each in solutions}


def _other_scores(row: PosedProblem, model: NamedModel, theirs: str, mine: str) -> InvalidRequest:
    return InvalidRequest(
        f"The pool's scores {model.name!r} of problem {row.id!r} are those of {theirs!r}, not of {mine!r}. "
        f"Give this model another name: --{'outcome' if model.is_outcome else 'reward'}-model NAME={model.source}"
    )


def sampling_of(arguments: argparse.Namespace) -> Sampling:
    """Return how solutions are sampled. Raises InvalidRequest for what is out of its limits."""
    sampling = Sampling(
        n=arguments.n or 1,
        temperature=arguments.temperature,
        top_p=arguments.top_p,
        seed=arguments.seed,
        max_new_tokens=arguments.max_new_tokens,
    )
    ENGINE_LIMITS.check(sampling)
    return sampling


def as_kept(sampling: Sampling) -> dict[str, object]:
    """Return a sampling as rows of a pool keep it: whatever a draw depends on."""
    return {name: value for name, value in asdict(sampling).items() if name not in ("n", "stop")}


def stop(row: PosedProblem, who: str, error: Exception, kept: Path | None) -> NoReturn:
    """Raise EngineError: what failed at a problem, and what is ``kept`` of the run."""
    what_is_kept = (
        "Nothing is kept: with --pool FILE the same command would have gone on from there."
        if kept is None
        else f"What there is so far is in {str(kept)!r}: the same command goes on from there."
    )
    what = str(error) if isinstance(error, EngineError) else repr(error)
    raise EngineError(f"line {row.line}: the {who} failed: {what} {what_is_kept}") from error
