"""What a Best-of-N evaluation would be about: the problems of a set that have a reference answer, and what they would take."""

from __future__ import annotations

from storage import BadSetting, ProblemSelection, Store
from visualprm_ui.use_cases.evaluations.files import SetCounts
from visualprm_ui.use_cases.evaluations.pool_warnings import counted
from visualprm_ui.use_cases.evaluations.request import EvaluationRequest, SetChoice
from visualprm_ui.use_cases.evaluations.work import EvaluationExtent


def list_problems(store: Store, choice: SetChoice) -> tuple[tuple[str, ...], int]:
    """Return the problems of a set that have a reference answer, and how many have none. Raises NotFound, BadSetting."""
    if choice.policy_model is not None or choice.evaluation:
        raise BadSetting(
            "Best-of-N samples solutions of its own. Leave out the policy and the evaluation slice, which are of "
            "solutions that are there."
        )
    return store.projects.list_answered(
        ProblemSelection(
            problems=choice.problems,
            queue=choice.queue,
            project=choice.project,
            data_source=choice.data_source,
        )
    )


def measure_extent(store: Store, request: EvaluationRequest) -> EvaluationExtent:
    """Return what a Best-of-N evaluation would be about. Raises NotFound, BadSetting."""
    answered, unanswered = list_problems(store, request.set)
    assert request.sampling is not None
    assert request.policy is not None
    policy, reward_model = request.policy, request.reward_model
    a_solution = store.runs.measure_seconds_a_solution(
        policy.name, policy.revision, reward_model.name, reward_model.revision
    )
    counts = count_set(len(answered), unanswered, request.sampling.n)
    # a search writes about as many tokens as it has tries of a step, each a whole solution
    written = counts.solutions + counts.problems * (0 if request.search is None else request.search.tries)
    return EvaluationExtent(counts=counts, already=0, seconds=None if a_solution is None else a_solution * written)


def count_set(problems: int, unanswered: int, n: int) -> SetCounts:
    """Return the counts of problems with ``n`` solutions each."""
    return SetCounts(problems=problems, solutions=n * problems, steps=None, neutral=None, unanswered=unanswered)


def require_problems(store: Store, request: EvaluationRequest) -> None:
    """Raise BadSetting where no problem has a reference answer."""
    answered, unanswered = list_problems(store, request.set)
    if not answered:
        found = counted(unanswered, "problem like that has", "problems like that have")
        lacking = f"{found} no reference answer" if unanswered else "no problem matches"
        raise BadSetting(f"There is nothing to evaluate: {lacking}. Best-of-N needs problems with reference answers.")
