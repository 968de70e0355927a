"""Views of evaluations that several routes send."""

from dataclasses import replace
from pathlib import Path

from engine.domain import Role
from engine.evaluation.intervals import Estimate
from storage.transfer.job_folder import JobKind
from visualprm_ui.access.identity import Principal
from visualprm_ui.api.imports import job_view
from visualprm_ui.api.shapes.evaluations import EstimateView, EvaluationKind, EvaluationView, LabelledSetView
from visualprm_ui.api.shapes.model_jobs import ModelIdView
from visualprm_ui.use_cases.evaluations.command import compare_steps_command
from visualprm_ui.use_cases.evaluations.files import EvaluationState, SetCounts
from visualprm_ui.use_cases.evaluations.jobs import Evaluation, EvaluationJobs
from visualprm_ui.use_cases.evaluations.request import EvaluationRequest, SetChoice
from visualprm_ui.use_cases.evaluations.step_benchmarks import ComparedEvaluations
from visualprm_ui.use_cases.evaluations.work import CommandSources
from visualprm_ui.use_cases.model_control import ModelControl, ServedModelView
from visualprm_ui.use_cases.model_job_request import ModelId
from visualprm_ui.use_cases.run_view import sampling_view
from visualprm_ui.use_cases.server_addresses import without_addresses

_KINDS: dict[JobKind, EvaluationKind] = {
    JobKind.STEP_BENCHMARK: "step_benchmark",
    JobKind.BEST_OF_N: "best_of_n",
}
_RETRY = "What could not be scored was tried again, and failed again: {reason}"
_ADDITION = (
    "Nothing was added, and everything is as it was before: {reason} What was done so far is kept: add it again, and it "
    "goes on from there."
)


def evaluation_view(found: Evaluation) -> EvaluationView:
    """Return how far an evaluation is, and its one figure once it is done."""
    request, state = found.request, found.state
    headline = state.headline if found.has_figures else None
    job = job_view(found.job)
    return {
        **job,
        "message": None if job["message"] is None else without_addresses(job["message"]),
        "kind": _KINDS[request.kind],
        "phase": state.phase,
        "total": state.total,
        "waits_behind": found.waits_behind,
        "set": set_view(request.set_name, request.set, state.counts),
        "reward_models": [model_view(each) for each in found.made_of.reward_models],
        "trained_on": list(request.trained_on),
        "policy": None if request.policy is None else model_view(request.policy),
        "n": found.made_of.n,
        "sampled": None
        if request.sampling is None or request.protocol is None
        else {
            "protocol": request.protocol,
            "sampling": sampling_view(replace(request.sampling, n=found.made_of.n or request.sampling.n)),
            "outcome": request.outcome,
            "search": None
            if request.search is None
            else {"width": request.search.width, "expansions": request.search.expansions},
        },
        "threshold": found.threshold,
        "tuned": None
        if request.tune_on is None
        else {
            "set": set_view(request.tune_on_name, request.tune_on, state.dev),
            "macro_f1": None if state.tuned is None else state.tuned.macro_f1,
        },
        "scores_known": state.scores_known,
        "has_figures": found.has_figures,
        "headline": None
        if headline is None
        else {"name": headline.name, "figure": estimate_view(headline.figure), "floor": headline.floor},
        "warnings": [*state.warnings, *([] if state.retry is None else [_in_vain(state, state.retry)])],
        "already": state.already,
        "fresh": found.fresh,
        "failed": found.failed,
        "failures": [
            {"problem": each.problem, "solution": each.solution, "reason": without_addresses(each.reason)}
            for each in found.failures
        ],
    }


def _in_vain(state: EvaluationState, reason: str) -> str:
    return without_addresses((_ADDITION if state.is_addition else _RETRY).format(reason=reason))


def set_view(name: str, choice: SetChoice, counts: SetCounts | None) -> LabelledSetView:
    """Return what an evaluation is about, or tuned on; ``counts`` None: not counted yet."""
    return {
        "name": name,
        "project": choice.project,
        "queue": choice.queue,
        "evaluation": choice.evaluation,
        "data_source": choice.data_source,
        "policy_model": choice.policy_model,
        "labels": choice.labels,
        "problem_count": choice.problem_count,
        "problem_seed": choice.problem_seed,
        "problems": None if counts is None else counts.problems,
        "solutions": None if counts is None else counts.solutions,
        "steps": None if counts is None else counts.steps,
        "neutral": None if counts is None else counts.neutral,
        "half_labelled": None if counts is None else counts.half_labelled,
        "is_published_benchmark": counts is not None and counts.is_published_benchmark,
    }


def estimate_view(figure: Estimate) -> EstimateView:
    """Return a figure with its interval, or why there is none."""
    interval = figure.interval
    return {
        "value": figure.value,
        "low": None if interval is None else interval.low,
        "high": None if interval is None else interval.high,
        "reason": figure.reason,
    }


def model_view(model: ModelId) -> ModelIdView:
    """Return a model and its weights."""
    return {"name": model.name, "revision": model.revision}


class EvaluationCommands:
    """The commands that give figures again in a terminal, for whoever asks."""

    def __init__(self, jobs: EvaluationJobs, data_dir: Path, models: ModelControl | None) -> None:
        self._jobs = jobs
        self._data_dir = data_dir
        self._models = models

    def command_of(self, request: EvaluationRequest, principal: Principal) -> str:
        """Return an evaluation's commands; folders and addresses of the server are in those of admins only."""
        return self._jobs.command_of(request, self._sources_of(request, principal))

    def comparison_of(self, both: ComparedEvaluations, principal: Principal) -> str:
        """Return the commands of two step benchmarks side by side; none where they are of different sets, or one scored a part."""
        joined, requests = both.joined, (both.a.request, both.b.request)
        if requests[0].set != requests[1].set or joined.only_in_a or joined.only_in_b:
            return ""
        sources = (self._sources_of(requests[0], principal), self._sources_of(requests[1], principal))
        return compare_steps_command(requests, sources, (joined.threshold_a, joined.threshold_b))

    def _sources_of(self, request: EvaluationRequest, principal: Principal) -> CommandSources:
        in_full = principal.may(Role.ADMIN)
        view = None if self._models is None else self._models.view(in_full=in_full)
        reward_model, policy = (None, None) if view is None else (view["reward_model"], view["policy"])
        return CommandSources(
            reward_model=_source(request.reward_model, reward_model),
            policy=None if request.policy is None else _source(request.policy, policy),
            data_dir=self._data_dir if in_full else None,
        )

    def source_of(self, model: ModelId, principal: Principal) -> str:
        """Return where a reward model is loaded from, as :meth:`command_of` names it."""
        in_full = principal.may(Role.ADMIN)
        view = None if self._models is None else self._models.view(in_full=in_full)
        return _source(model, None if view is None else view["reward_model"])

    def data_dir_of(self, principal: Principal) -> Path | None:
        """Return the store's folder, for admins only."""
        return self._data_dir if principal.may(Role.ADMIN) else None


def _source(wanted: ModelId, served: ServedModelView | None) -> str:
    """Return where a model is loaded from, where it is that one which is loaded; else its name."""
    if (
        served is None
        or served["source"] is None
        or (served["name"], served["revision"]) != (wanted.name, wanted.revision)
    ):
        return wanted.name
    return served["source"]
