"""What a pool of solutions is made of: which draws are sampled of every problem, and which models score them. Values and JSON.

A plan only grows: more solutions are another batch with draws of its own, so that what is there is never sampled again; another
reward model scores the same pool. Knows no store and no engine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from hashlib import sha256
from typing import Any

from engine import InvalidRequest, ScorePlan
from engine.domain import Sampling, StepScore
from engine.evaluation.solution_pool import Protocol
from engine.limits import FORM_LIMITS
from engine.outcomes.guided_search import BeamPlan
from engine.solution_text.steps import merge_steps
from storage import NotFound
from storage.transfer.job_folder import JobKind
from visualprm_ui.use_cases.evaluations.beam_plans import read_beam_plan
from visualprm_ui.use_cases.evaluations.files import EvaluationFiles
from visualprm_ui.use_cases.evaluations.request import EvaluationRequest
from visualprm_ui.use_cases.evaluations.work import MadeOf
from visualprm_ui.use_cases.model_job_request import ModelId

LARGEST_POOL = 128  # solutions a problem, a greedy one not counted; the paper's largest N
FIRST_PRM, FIRST_ORM = "prm", "orm"  # as the command line names them
_PLAN = "plan"  # name in the evaluation's folder
_SEEDS = 2**53  # as a form takes them


class ScoreMode(StrEnum):
    """What a reward model is asked about."""

    STEPS = "steps"  # every step, as a PRM
    WHOLE = "whole"  # the whole solution as one step, as an ORM

    @property
    def plan(self) -> ScorePlan:
        """How solutions are put to the model: steps as they are where they are sampled, merged to twelve."""
        return ScorePlan() if self is ScoreMode.STEPS else ScorePlan(max_steps=1)

    def spread(self, steps: Sequence[str], scores: Sequence[float | None]) -> tuple[StepScore, ...]:
        """Return the scores of a solution with the steps that each stands for."""
        groups = merge_steps(tuple(steps), self.plan.max_steps)
        return tuple(
            StepScore(first=group.first, last=group.last, score=score)
            for group, score in zip(groups, scores, strict=True)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawBatch:
    """Solutions that are sampled of every problem by one request."""

    sampling: Sampling
    is_greedy: bool = False  # the one that greedy-first begins with
    name: str = ""  # of one that was added: another that is added in its stead has other runs

    def run_id(self, evaluation_id: str, problem_id: str, number: int) -> str:
        """Return the id of its run of a problem: whoever takes the evaluation up again finds it."""
        return sha256(f"{evaluation_id}/{problem_id}/{self.name or number}".encode()).hexdigest()[:32]

    def named(self) -> DrawBatch:
        """Return it with a name after what is sampled."""
        digest = sha256(json.dumps([asdict(self.sampling), self.is_greedy], sort_keys=True).encode())
        return replace(self, name=digest.hexdigest()[:16])


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolModel:
    """A reward model that scores a pool."""

    key: str  # that its figures have
    model: ModelId
    mode: ScoreMode

    @property
    def title(self) -> str:
        """What it is called, for people."""
        return f"{self.model.name} as {'a PRM' if self.mode is ScoreMode.STEPS else 'an ORM'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolPlan:
    """All that a pool is made of."""

    sampling: Sampling  # as it was asked for; every batch has its own number of solutions, and its seed
    batches: tuple[DrawBatch, ...]  # in the order they were asked for
    models: tuple[PoolModel, ...]
    searches: tuple[BeamPlan, ...] = ()  # of every problem, under the first model

    @property
    def size(self) -> int:
        """How many solutions are sampled of a problem, the greedy one not counted."""
        return sum(each.sampling.n for each in self.batches if not each.is_greedy)

    @property
    def has_greedy(self) -> bool:
        """Whether the pool has a greedy solution of every problem."""
        return any(each.is_greedy for each in self.batches)

    def first_run(self, evaluation_id: str, problem_id: str) -> str:
        """Return the id of the run with the first solutions of a problem, a greedy one not counted where there are others."""
        sampled = [at for at, each in enumerate(self.batches) if not each.is_greedy]
        at = sampled[0] if sampled else 0
        return self.batches[at].run_id(evaluation_id, problem_id, at)

    @property
    def guide(self) -> PoolModel:
        """The model that searches are guided by."""
        return self.models[0]

    def reads_steps(self, loaded: ModelId | None) -> bool:
        """Return whether a model scores the steps of the pool, as a PRM."""
        return any(each.model == loaded and each.mode is ScoreMode.STEPS for each in self.models)

    @property
    def protocols(self) -> tuple[Protocol, ...]:
        """The protocols that the pool has figures for."""
        there = {Protocol.IID: self.size > 0, Protocol.GREEDY_FIRST: self.has_greedy}
        return tuple(each for each in Protocol if there[each])

    def with_solutions(self, n: int, *, greedy: bool) -> PoolPlan:
        """Return the plan with ``n`` more solutions of each problem, and a greedy one.

        Raises InvalidRequest where nothing is added, there is a greedy one, or the pool would be too large.
        """
        if n < 0 or (n == 0 and not greedy):
            raise InvalidRequest("Nothing is added. Ask for one more solution of each problem at least.")
        if greedy and self.has_greedy:
            raise InvalidRequest("Every problem has its greedy solution already. Leave it out.")
        if self.size + n > LARGEST_POOL:
            raise InvalidRequest(
                f"The pool has {self.size} solutions of each problem and may have {LARGEST_POOL}: add {LARGEST_POOL - self.size} "
                "at most."
            )
        seed = (self.sampling.seed + len(self.batches)) % _SEEDS  # of which no batch has drawn
        added = [_greedy(self.sampling)] if greedy else []
        if n:
            added.append(DrawBatch(sampling=replace(self.sampling, n=n, seed=seed)))
        return replace(self, batches=(*self.batches, *(each.named() for each in added)))

    def with_model(self, model: ModelId, mode: ScoreMode) -> PoolPlan:
        """Return the plan with another model that scores the pool. Raises InvalidRequest where it does already."""
        if any(each.model == model and each.mode is mode for each in self.models):
            raise InvalidRequest(f"{model.name} has scored this pool already, in the same way.")
        first = FIRST_PRM if mode is ScoreMode.STEPS else FIRST_ORM
        taken = {each.key for each in self.models}
        key = next(name for name in _names(first) if name not in taken)
        return replace(self, models=(*self.models, PoolModel(key=key, model=model, mode=mode)))

    def with_search(self, search: BeamPlan) -> PoolPlan:
        """Return the plan with another search of each problem. Raises InvalidRequest where they are searched so already."""
        if any(each.title == search.title for each in self.searches):
            raise InvalidRequest(
                f"The problems were searched {search.title} already. Choose another width or expansions."
            )
        return replace(self, searches=(*self.searches, search))


def require_plan(evaluation_id: str, request: EvaluationRequest, files: EvaluationFiles) -> PoolPlan:
    """Return what the pools of an evaluation are made of. Raises NotFound where it has none."""
    if request.kind is not JobKind.BEST_OF_N:
        raise NotFound(f"There is no Best-of-N evaluation {evaluation_id[:40]!r}.")
    return plan_of(files, request)


def search_run_id(evaluation_id: str, problem_id: str, search: BeamPlan) -> str:
    """Return the id of the run of a problem's search: whoever takes the evaluation up again finds it."""
    return sha256(f"{evaluation_id}/{problem_id}/search {search.title}".encode()).hexdigest()[:32]


def new_plan(
    sampling: Sampling, protocol: Protocol, model: ModelId, *, as_outcome: bool, search: BeamPlan | None = None
) -> PoolPlan:
    """Return the plan of a new pool, ``sampling.n`` solutions of each problem altogether.

    ``protocol`` greedy-first: the first is greedy, as the command line does it. ``as_outcome``: the model also scores whole
    solutions. ``search``: how each problem is searched, too; None: it is not. Raises
    InvalidRequest for a sampling out of its limits.
    """
    FORM_LIMITS.check(sampling)
    batches = [_greedy(sampling)] if protocol is Protocol.GREEDY_FIRST else []
    left = sampling.n - len(batches)
    if left:
        batches.append(DrawBatch(sampling=replace(sampling, n=left)))
    searches = () if search is None else (search,)
    plan = PoolPlan(sampling=sampling, batches=tuple(batches), models=(), searches=searches)
    plan = plan.with_model(model, ScoreMode.STEPS)
    return plan.with_model(model, ScoreMode.WHOLE) if as_outcome else plan


def plan_of(files: EvaluationFiles, request: EvaluationRequest) -> PoolPlan:
    """Return what the pools of an evaluation are made of: as it was asked for, and what was added since."""
    if (found := files.read_values(_PLAN)) is not None:
        return read_plan(found)
    assert request.sampling is not None
    assert request.protocol is not None
    return new_plan(
        request.sampling,
        request.protocol,
        request.reward_model,
        as_outcome=request.outcome,
        search=request.search,
    )


def save_plan(files: EvaluationFiles, plan: PoolPlan) -> None:
    """Keep what the pools of an evaluation are made of from now on. Raises DiskError."""
    files.write_values(_PLAN, as_values(plan))


def repeat(of: EvaluationFiles, asked: EvaluationRequest, files: EvaluationFiles) -> None:
    """Have pools made of what those of an earlier evaluation are made of. Raises DiskError."""
    save_plan(files, plan_of(of, asked))


def made_of(files: EvaluationFiles, request: EvaluationRequest) -> MadeOf:
    """Return which models an evaluation is of, and how many solutions each problem has."""
    plan = plan_of(files, request)
    models = tuple(dict.fromkeys(each.model for each in plan.models))
    return MadeOf(reward_models=models, n=plan.size + int(plan.has_greedy))


def as_values(plan: PoolPlan) -> dict[str, object]:
    """Return a plan as JSON values."""
    return asdict(plan)


def read_plan(values: Mapping[str, Any]) -> PoolPlan:
    """Read a plan out of the JSON values of :func:`as_values`."""
    return PoolPlan(
        sampling=Sampling(**values["sampling"]),
        batches=tuple(
            DrawBatch(sampling=Sampling(**each["sampling"]), is_greedy=each["is_greedy"], name=each.get("name", ""))
            for each in values["batches"]
        ),
        models=tuple(
            PoolModel(key=each["key"], model=ModelId(**each["model"]), mode=ScoreMode(each["mode"]))
            for each in values["models"]
        ),
        searches=tuple(map(read_beam_plan, values.get("searches", ()))),  # not known to the first pools
    )


def _greedy(sampling: Sampling) -> DrawBatch:
    return DrawBatch(sampling=replace(sampling, n=1, temperature=0.0), is_greedy=True)


def _names(first: str) -> Sequence[str]:
    return [first, *(f"{first}{number}" for number in range(2, 100))]
