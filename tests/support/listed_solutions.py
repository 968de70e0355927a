"""Solutions as the tests of the list make them, and what the list finds of them."""

from engine.domain import (
    Problem,
    Scoring,
    Solution,
    StepScore,
)
from storage import (
    SolutionFilter,
    SortOrder,
    Store,
)
from tests.support.store_labelling import say


def add(
    store: Store,
    labels: str = "",
    scores: tuple[float, ...] = (),
    *,
    question: str = "How many?",
    steps: tuple[str, ...] = ("One.", "Two.", "Three."),
    answer: str | None = "4",
    source: str | None = "test",
    policy: str = "p",
    who: str = "ada",
) -> str:
    """A solution of its own problem (answer "4"), labelled by a person and scored where that is given."""
    problem = Problem(question=question, answer="4", data_source=source)
    solution = Solution(problem_id=problem.id, steps=steps, answer=answer, policy_model=policy)
    store.runs.add_problem(problem)
    store.runs.add_solution(None, solution)
    if labels:
        say(store, solution.id, who, labels)
    if scores:
        score(store, solution.id, *scores)
    return solution.id


def score(store: Store, solution_id: str, *scores: float | None) -> None:
    said = tuple(StepScore(first=at, last=at, score=each) for at, each in enumerate(scores))
    store.runs.add_scoring(None, Scoring(solution_id=solution_id, reward_model="r", step_scores=said))


def found(store: Store, order: SortOrder | None = None, **wanted: object) -> list[str]:
    return [each.solution.id for each in store.results.list_solutions(SolutionFilter(**wanted), order).items]  # type: ignore[arg-type]
