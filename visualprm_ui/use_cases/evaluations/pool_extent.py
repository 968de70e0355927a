"""What a Best-of-N evaluation would be about: the problems of a set that have a reference answer, and what they would take."""

from __future__ import annotations

from hashlib import sha256
from heapq import nsmallest

from storage import BadSetting, ProblemSelection, Store
from visualprm_ui.use_cases.evaluations.files import SetCounts
from visualprm_ui.use_cases.evaluations.pool_warnings import counted
from visualprm_ui.use_cases.evaluations.request import EvaluationRequest, SetChoice
from visualprm_ui.use_cases.evaluations.work import EvaluationExtent


def list_problems(store: Store, choice: SetChoice) -> tuple[tuple[str, ...], int]:
    """Return the problems of a set that have a reference answer, those that are drawn of them where so many are asked for, and how
    many have none. Raises NotFound, BadSetting.
    """
    if choice.policy_model is not None or choice.evaluation:
        raise BadSetting(
            "Best-of-N samples solutions of its own. Leave out the policy and the evaluation slice, which are of "
            "solutions that are there."
        )
    selection = ProblemSelection(
        problems=choice.problems,
        queue=choice.queue,
        project=choice.project,
        data_source=choice.data_source,
    )
    answered, unanswered = store.projects.list_answered(selection)
    return _drawn(answered, choice), unanswered


def _drawn(problems: tuple[str, ...], choice: SetChoice) -> tuple[str, ...]:
    """Return the problems that a choice draws, in their order; of the same seed, fewer are among more."""
    if choice.problem_count is None:
        return problems

    def place(problem: str) -> bytes:
        return sha256(f"{choice.problem_seed}/{problem}".encode()).digest()

    drawn = set(nsmallest(choice.problem_count, problems, key=place))
    return tuple(each for each in problems if each in drawn)


def measure_extent(store: Store, request: EvaluationRequest) -> EvaluationExtent:
    """Return what a Best-of-N evaluation would be about. Raises NotFound, BadSetting."""
    answered, unanswered = list_problems(store, request.set)
    return extent_of(store, request, len(answered), unanswered)


def extent_of(store: Store, request: EvaluationRequest, problems: int, unanswered: int) -> EvaluationExtent:
    """Return the extent of so many problems with a reference answer, and so many that are left out without one."""
    assert request.sampling is not None
    assert request.policy is not None
    policy, reward_model = request.policy, request.reward_model
    a_solution = store.runs.measure_seconds_a_solution(
        policy.name, policy.revision, reward_model.name, reward_model.revision
    )
    counts = count_set(problems, unanswered, request.sampling.n)
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
