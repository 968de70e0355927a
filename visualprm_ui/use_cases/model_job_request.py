"""What a job of the loaded models was asked for: as values, and as the JSON that is kept with the job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from engine import EngineState, EngineStatus, ModelRole
from engine.domain import Sampling
from engine.engine import NO_MODEL
from engine.limits import FORM_LIMITS
from engine.outcomes.rollout_labels import RolloutMode
from engine.rollouts import COMPLETIONS, RolloutPlan
from engine.serving.run_record import prompt_version_of
from storage import BadSetting, ProblemSelection, Selection
from storage.runs.built_in_benchmark import DATA_SOURCE
from storage.transfer.job_folder import JobKind

ROLLOUT_SAMPLING = Sampling(n=4, temperature=1.0, top_k=50)  # VisualPRM, sec. 3.2
OF_SOLUTIONS = ("solutions", "runs", "policy_model")
OF_PROBLEMS = ("problems",)
KEPT_APART = ("solutions", "problems")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelId:
    """A model, its weights and how it is asked, so that scores of others are not taken for its own."""

    name: str
    revision: str
    prompt_version: str = ""  # "": not recorded

    def is_served_as(self, served: ModelId | None) -> bool:
        """Return whether a loaded model is this one. Jobs of before this was recorded take any version of the prompts."""
        return served == self or (
            not self.prompt_version and served is not None and replace(served, prompt_version="") == self
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which solutions to score, or which problems to sample solutions of. Conditions add up; without any it is all but the
    built-in benchmark.
    """

    solutions: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    queue: str | None = None
    data_source: str | None = None
    policy_model: str | None = None

    def __post_init__(self) -> None:
        """Make tuples of the lists that JSON knows instead."""
        for name in ("solutions", "problems", "runs"):
            object.__setattr__(self, name, tuple(getattr(self, name)))

    def as_selection(self) -> Selection:
        """Return it as a selection of solutions. Raises BadSetting for what is about problems only."""
        self._refuse(OF_PROBLEMS, "Only sampling takes")
        return Selection(
            solutions=self.solutions,
            runs=self.runs,
            queue=self.queue,
            data_source=self.data_source,
            policy_model=self.policy_model,
        )

    def as_problem_selection(self) -> ProblemSelection:
        """Return it as a selection of problems. Raises BadSetting for what is about solutions only."""
        self._refuse(OF_SOLUTIONS, "Only scoring and labelling take")
        return ProblemSelection(problems=self.problems, queue=self.queue, data_source=self.data_source)

    def as_items(self, *, samples: bool) -> Selection | ProblemSelection:
        """Return it as what a job works on: problems where it ``samples``, else solutions. Raises BadSetting."""
        return self.as_problem_selection() if samples else self.as_selection()

    def _refuse(self, names: tuple[str, ...], words: str) -> None:
        if given := [name for name in names if getattr(self, name)]:
            raise BadSetting(f"{words} {given[0]}. Leave it out, or ask for the other kind of job.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutSettings:
    """How solutions are labelled by rollouts."""

    samples: bool  # solutions of problems first; False: those that are there
    completions: int = COMPLETIONS  # after each step, at most
    mode: RolloutMode = RolloutMode.EVERY


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelJobRequest:
    """One job of the loaded models."""

    wanted: Wanted
    sampling: Sampling | None = None  # of solutions, and of completions; None: score solutions that are there
    rollouts: RolloutSettings | None = None  # None: solutions are scored
    project: str | None = None  # whose queue sampled solutions join; None: none
    reward_model: ModelId | None  # None: nothing is scored
    policy: ModelId | None = None  # None: nothing is sampled

    @property
    def kind(self) -> JobKind:
        """Which kind of job it is."""
        if self.rollouts is not None:
            return JobKind.SAMPLE_AND_LABEL if self.rollouts.samples else JobKind.LABEL
        return JobKind.SCORE if self.sampling is None else JobKind.SAMPLE


def new_request(
    status: EngineStatus,
    wanted: Wanted,
    sampling: Sampling | None,
    project: str | None,
    rollouts: RolloutSettings | None = None,
) -> ModelJobRequest:
    """Return a request of the models that are loaded now.

    Raises:
        BadSetting: none is loaded (yet), or the request fits no kind of job.
        InvalidRequest: the sampling is out of its limits.
    """
    if status.state is EngineState.LOADING:
        raise BadSetting("The models are still being loaded. Wait until they are ready, then start the job.")
    reward_model, policy = model_id(status, ModelRole.REWARD_MODEL), model_id(status, ModelRole.POLICY)
    if status.state is not EngineState.READY or reward_model is None:
        raise BadSetting(NO_MODEL)
    if rollouts is not None and sampling is not None:
        return _new_rollouts(policy, wanted, sampling, project, rollouts)
    if sampling is None:
        if project is not None:
            raise BadSetting("Scoring puts nothing in a queue. Leave the project out, or fill it with these solutions.")
        wanted.as_selection()
        return ModelJobRequest(wanted=wanted, reward_model=reward_model)
    if policy is None:
        raise BadSetting("No policy is loaded, so nothing can be sampled. Load one under Models on Explore.")
    FORM_LIMITS.check(sampling)
    wanted.as_problem_selection()
    return ModelJobRequest(wanted=wanted, sampling=sampling, project=project, reward_model=reward_model, policy=policy)


def _new_rollouts(
    policy: ModelId | None, wanted: Wanted, sampling: Sampling, project: str | None, rollouts: RolloutSettings
) -> ModelJobRequest:
    if policy is None:
        raise BadSetting("No policy is loaded, so nothing can be completed. Load one under Models on Explore.")
    FORM_LIMITS.check(sampling)
    plan_of(rollouts.completions, rollouts.mode, sampling.seed).check()
    if not rollouts.samples and project is not None:
        raise BadSetting("Labelling puts nothing in a queue. Leave the project out, or fill it with these solutions.")
    if rollouts.samples:
        wanted.as_problem_selection()
    else:
        wanted.as_selection()
    return ModelJobRequest(
        wanted=wanted, sampling=sampling, rollouts=rollouts, project=project, reward_model=None, policy=policy
    )


def nothing_matches(noun: str, benchmark: int) -> str:
    """Return why a job would have nothing to do, for people. ``benchmark``: how many of the built-in one it leaves out."""
    if benchmark:
        return (
            f"Only the built-in nano benchmark matches, which is left out where nothing names it. Give {DATA_SOURCE!r} as the data "
            "source to work on it."
        )
    return f"No {noun} matches, so there is nothing to do. Choose another filter."


def plan_of(completions: int, mode: RolloutMode, seed: int) -> RolloutPlan:
    """Return how stored solutions are rolled out: their steps are never merged, so that each has its own label."""
    return RolloutPlan(completions=completions, mode=mode, max_steps=None, seed=seed)


def model_id(status: EngineStatus, role: ModelRole) -> ModelId | None:
    """Return the model that is loaded in a role."""
    served = status.served.get(role)
    if served is None:
        return None
    card = served.card
    return ModelId(name=card.name, revision=card.revision, prompt_version=prompt_version_of(card))


def as_asked(request: ModelJobRequest) -> Mapping[str, object]:
    """Return a request as JSON values, without ids that it names: there may be very many, and they are kept apart."""
    values = asdict(request)
    if request.rollouts is None:
        del values["rollouts"]  # as jobs of before it have it: a command is told again by what it asks for
    return {**values, "wanted": {name: value for name, value in values["wanted"].items() if name not in KEPT_APART}}


def as_request(asked: Mapping[str, Any]) -> ModelJobRequest:
    """Read a request out of the JSON values of :func:`as_asked`."""
    sampling, policy, reward_model = asked["sampling"], asked["policy"], asked["reward_model"]
    rollouts = asked.get("rollouts")  # not known to the first jobs
    return ModelJobRequest(
        wanted=Wanted(**asked["wanted"]),
        sampling=None if sampling is None else Sampling(**sampling),
        project=asked["project"],
        rollouts=None if rollouts is None else RolloutSettings(**{**rollouts, "mode": RolloutMode(rollouts["mode"])}),
        reward_model=None if reward_model is None else ModelId(**reward_model),
        policy=None if policy is None else ModelId(**policy),
    )
