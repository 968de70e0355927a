"""What an evaluation was asked for: as values, and as the JSON that is kept with the job."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from engine import EngineState, EngineStatus, ModelRole
from engine.domain import Sampling
from engine.engine import NO_MODEL
from engine.evaluation.solution_pool import Protocol
from engine.limits import FORM_LIMITS
from engine.outcomes.guided_search import BeamPlan
from engine.prediction import THRESHOLD
from storage import BadSetting, Store
from storage.transfer.export_choice import ExportChoice
from storage.transfer.job_folder import JobKind
from storage.transfer.label_choice import LabelKind, read_label_choice
from visualprm_ui.use_cases.evaluations.beam_plans import read_beam_plan
from visualprm_ui.use_cases.model_job_request import ModelId, model_id
from visualprm_ui.use_cases.sample_form import check_search

KINDS = (JobKind.STEP_BENCHMARK, JobKind.BEST_OF_N)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetChoice:
    """Which solutions, by whose labels; or whose problems. Conditions add up; without any it is everything."""

    project: str | None = None
    queue: str | None = None
    evaluation: bool = False  # only the random slices of projects
    data_source: str | None = None
    policy_model: str | None = None
    labels: str = LabelKind.FINAL  # final, person:NAME, file:SOURCE or monte_carlo:POLICY
    problems: tuple[str, ...] = ()  # these; empty: any
    problem_count: int | None = None  # of these problems, so many are drawn at random; None: all
    problem_seed: int = 0  # of that draw

    def __post_init__(self) -> None:
        """Make a tuple of the list that JSON knows instead."""
        object.__setattr__(self, "problems", tuple(self.problems))

    def as_export_choice(self) -> ExportChoice:
        """Return it as a choice of labelled solutions. Raises BadSetting."""
        if self.problems:
            raise BadSetting("A step benchmark takes no problems by id. Choose a project, a queue or a data source.")
        if self.problem_count is not None:
            raise BadSetting("A step benchmark takes all solutions of a set. Leave out the number of problems.")
        labels = read_label_choice(self.labels)
        if labels.kind is LabelKind.ALL:
            raise BadSetting(
                "A step is compared with one label. Choose final, person:NAME, file:SOURCE or monte_carlo:POLICY."
            )
        return ExportChoice(
            project_id=self.project,
            queue_id=self.queue,
            evaluation=self.evaluation,
            data_source=self.data_source,
            policy_model=self.policy_model,
            labels=labels,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRequest:
    """One evaluation."""

    kind: JobKind
    set: SetChoice
    set_name: str  # of the set, for people
    reward_model: ModelId  # that the headline is about; a pool's plan has those that were added
    threshold: float | None = None  # a step is predicted correct above it; None: not about steps, or tuned
    policy: ModelId | None = None  # None: nothing is sampled
    sampling: Sampling | None = None
    protocol: Protocol | None = None  # which solutions of a pool a choice of N is made from; None: none is made
    outcome: bool = False  # whether the reward model also scores whole solutions, as an ORM
    search: BeamPlan | None = None  # how each problem is also searched, under the reward model; None: it is not
    trained_on: tuple[str, ...] = ()  # data sources that the reward model was trained on, as far as somebody said
    tune_on: SetChoice | None = None  # the threshold is tuned on this set, a dev split; then there is none yet
    tune_on_name: str = ""  # of that set, for people


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody asks for, before the loaded models are known."""

    kind: JobKind
    set: SetChoice
    threshold: float | None = None  # None: 0.5, where it is about steps and tuned on nothing
    tune_on: SetChoice | None = None  # the threshold is tuned on this set instead
    n: int | None = None  # solutions a problem
    sampling: Mapping[str, object] | None = None  # fields that differ from what Explore has
    protocol: Protocol | None = None
    outcome: bool | None = None  # whether whole solutions are scored too, as an ORM; None: they are not
    search: BeamPlan | None = None  # how each problem is searched, too; None: it is not
    trained_on: tuple[str, ...] = ()
    repeats: str | None = (
        None  # an evaluation that is asked for again, with all that was added to it; then nothing else is
    )


def new_request(status: EngineStatus, asked: Asked, set_name: str, tune_on_name: str = "") -> EvaluationRequest:
    """Return a request of the models that are loaded now. ``tune_on_name``: of the dev split, where one is asked for.

    Raises:
        BadSetting: none is loaded (yet), or what was asked for does not fit the kind.
        InvalidRequest: the sampling is out of its limits.
    """
    if status.state is EngineState.LOADING:
        raise BadSetting("The models are still being loaded. Wait until they are ready, then start the evaluation.")
    reward_model, policy = model_id(status, ModelRole.REWARD_MODEL), model_id(status, ModelRole.POLICY)
    if status.state is not EngineState.READY or reward_model is None:
        raise BadSetting(NO_MODEL)
    common = EvaluationRequest(
        kind=asked.kind,
        set=asked.set,
        set_name=set_name,
        reward_model=reward_model,
        trained_on=asked.trained_on,
    )
    if asked.kind is JobKind.STEP_BENCHMARK:
        _refuse(asked, "n", "sampling", "protocol", "outcome", "search")
        if asked.tune_on is None:
            return replace(common, threshold=_threshold(asked.threshold))
        if asked.threshold is not None:
            raise BadSetting("Give a threshold, or a set to tune it on, not both.")
        return replace(common, tune_on=asked.tune_on, tune_on_name=tune_on_name)
    if asked.kind is not JobKind.BEST_OF_N:
        raise BadSetting(f"{asked.kind.value!r} is no evaluation. Choose {' or '.join(KINDS)}.")
    _refuse(asked, "threshold", "tune_on")
    if policy is None:
        raise BadSetting("No policy is loaded, so nothing can be sampled. Load one under Models on Explore.")
    sampling = _sampling(asked)
    protocol = asked.protocol or Protocol.IID
    if asked.search is not None:
        if status.search_refusal is not None:
            raise BadSetting(status.search_refusal)
        check_search(asked.search, sampling)
    return replace(
        common,
        policy=policy,
        sampling=sampling,
        protocol=protocol,
        outcome=bool(asked.outcome),
        search=asked.search,
    )


def as_asked(request: EvaluationRequest) -> Mapping[str, object]:
    """Return a request as JSON values."""
    return asdict(request)


def as_request(asked: Mapping[str, Any]) -> EvaluationRequest:
    """Read a request out of the JSON values of :func:`as_asked`."""
    sampling, policy, protocol = asked["sampling"], asked["policy"], asked["protocol"]
    tune_on = asked.get("tune_on")  # not known to earlier evaluations, as outcome is not to the first
    several = asked.get("reward_models")  # as earlier versions wrote it, with those that were added to the pool
    reward_model = asked["reward_model"] if several is None else several[0]
    return EvaluationRequest(
        kind=JobKind(asked["kind"]),
        set=SetChoice(**asked["set"]),
        set_name=asked["set_name"],
        reward_model=ModelId(**reward_model),
        threshold=asked["threshold"],
        policy=None if policy is None else ModelId(**policy),
        sampling=None if sampling is None else Sampling(**sampling),
        protocol=None if protocol is None else Protocol(protocol),
        outcome=asked.get("outcome", False),  # not known to the first evaluations
        search=None if asked.get("search") is None else read_beam_plan(asked["search"]),  # nor this
        trained_on=tuple(asked["trained_on"]),
        tune_on=None if tune_on is None else SetChoice(**tune_on),
        tune_on_name=asked.get("tune_on_name", ""),
    )


def all_of(source: str) -> str:
    """Return what everything is called that a file labels, whatever data sources it is of."""
    return f"All of {source}"


def monte_carlo_by(policy: str) -> str:
    """Return what labels of a policy's rollouts are called."""
    return f"Monte-Carlo by {policy}"


def name_of(store: Store, choice: SetChoice) -> str:
    """Return what a set is called. Raises NotFound for a project or queue that is not there, BadSetting for no such labels."""
    parts = []
    if choice.project is not None:
        parts.append(store.projects.get_project(choice.project).title)
    if choice.queue is not None:
        parts.append(store.labelling.get_queue(choice.queue, "").queue.title)
    parts += [each for each in (choice.data_source, choice.policy_model) if each is not None]
    if choice.problems:
        parts.append(f"{_problems(len(choice.problems))} by id")
    if choice.problem_count is not None:
        parts.append(f"{_problems(choice.problem_count)} drawn with seed {choice.problem_seed}")
    if choice.evaluation:
        parts.append("random slice")
    labels = read_label_choice(choice.labels)
    if not parts and labels.kind is LabelKind.FILE:
        return all_of(labels.name)
    if labels.kind is LabelKind.MONTE_CARLO:
        return ", ".join([*parts, monte_carlo_by(labels.name)])
    return ", ".join(parts) or "everything"


def _problems(count: int) -> str:
    return f"{count} problem{'' if count == 1 else 's'}"


def _sampling(asked: Asked) -> Sampling:
    """Return Explore's sampling with what was asked for instead. Raises BadSetting, InvalidRequest."""
    fields = dict(asked.sampling or {})
    if asked.n is not None and (other := fields.setdefault("n", asked.n)) != asked.n:
        raise BadSetting(
            f"n is {asked.n}, and {other} in sampling: both are the solutions of each problem. Leave one of them out."
        )
    sampling = replace(Sampling(), **fields)  # type: ignore[arg-type]
    FORM_LIMITS.check(sampling)
    return sampling


def _threshold(given: float | None) -> float:
    if given is None:
        return THRESHOLD
    if not math.isfinite(given) or not 0 <= given <= 1:
        raise BadSetting(f"The threshold is {given!r}, but scores are in [0, 1]. Choose one of them, such as 0.5.")
    return given


def _refuse(asked: Asked, *names: str) -> None:
    if given := [name for name in names if getattr(asked, name) is not None]:
        raise BadSetting(f"{asked.kind.value!r} takes no {given[0]}. Leave it out, or ask for the other kind.")
