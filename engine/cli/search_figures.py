"""The searches of a pool beside Best-of-N at the same tokens, as ``python -m engine evaluate best-of-n`` tells them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.cli.evaluate_rows import PosedProblem
from engine.cli.pool_file import PoolFile
from engine.cli.search_rows import PoolSearch
from engine.domain import Aggregation, FinishReason
from engine.errors import InvalidRequest
from engine.evaluation.grading import StatedAnswer, grade
from engine.evaluation.search_comparison import SearchComparison, SearchOutcome, compare_search
from engine.evaluation.solution_pool import PooledSolution, Protocol
from engine.outcomes.guided_search import BeamPlan

Pools = Mapping[int, Sequence[PooledSolution]]  # line of a problem -> its pool, graded


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedSearch:
    """One search of a set beside Best-of-N."""

    plan: BeamPlan
    model: str  # that guided it, by its name in the figures
    comparison: SearchComparison

    @property
    def way(self) -> str:
        """The key of its figures."""
        return f"search_{self.plan.title}"

    @property
    def against(self) -> str:
        """The way of Best-of-N that it is compared with: the same model and the same aggregation."""
        return _way(self.model, self.plan.how)


def compare_searches(
    plans: Sequence[BeamPlan],
    rows: Sequence[PosedProblem],
    graded: Pools,
    pool: PoolFile,
    protocol: Protocol,
    failures: list[str],
) -> list[ComparedSearch]:
    """Return each search on the problems that have it and a pool; others go to ``failures``. Raises InvalidRequest."""
    found = []
    for plan in plans:
        searched = {row.line: each for row in rows if (each := pool.search_of(row.id, plan))}
        failures += [
            f"line {row.line}: the pool has no search {plan.title} of problem {row.id!r}"
            for row in rows
            if row.line in graded and row.line not in searched
        ]
        both = [row for row in rows if row.line in graded and row.line in searched]
        names = sorted({searched[row.line].model for row in both})
        if len(names) > 1:
            raise InvalidRequest(
                f"The pool's searches {plan.title} were guided by several models, {' and '.join(names)}: they do not make one "
                "figure. Put those of each into a file of its own."
            )
        model = names[0] if names else ""
        comparison = compare_search(
            [_outcome(row, searched[row.line], failures) for row in both],
            [graded[row.line] for row in both],
            [[each.tokens for each in pool.of(row.id)] for row in both],
            _way(model, plan.how),
            protocol,
        )
        found.append(ComparedSearch(plan=plan, model=model, comparison=comparison))
    return found


def sentence(found: ComparedSearch) -> str:
    """Say how many solutions Best-of-N has for the tokens of a search, or why none."""
    comparison = found.comparison
    if comparison.n is None:
        return f"search {found.plan.title} has no Best-of-N beside it: {comparison.best_of_n.reason}"
    taken = f"search {found.plan.title} took {comparison.tokens:,.0f} tokens a problem on average"
    if comparison.ends_early:
        most = f"Best-of-{comparison.n} by {found.against} only {comparison.n_tokens:,.0f}"
        return f"{taken}; {most}, and the pools have no more solutions: the search had the larger budget"
    if comparison.next_n is None:
        return f"{taken}; Best-of-{comparison.n} by {found.against} takes as many"
    between = (
        f"between N = {comparison.n}, which takes {comparison.n_tokens:,.0f}, and N = {comparison.next_n}, which takes "
        f"{comparison.next_tokens:,.0f}"
    )
    return f"{taken}; Best-of-{comparison.mixed_n:.2f} by {found.against} takes as many, {between}"


def _way(model: str, how: Aggregation) -> str:
    return f"{model}_{how.value}"


def _outcome(row: PosedProblem, search: PoolSearch, failures: list[str]) -> SearchOutcome:
    finish = search.finish or FinishReason.CANCELLED  # it picked nothing
    (graded,) = grade(
        [StatedAnswer(answer=search.answer, finish=finish, verdict=search.correct)], row.answer, row.question
    )
    if graded.is_correct is None:
        failures.append(f"line {row.line}: its search has no verdict, and the problem no answer to grade by")
    return SearchOutcome(is_correct=bool(graded.is_correct), tokens=search.tokens)
