"""The benchmark that the app makes by itself: the names by which its problems and labels are known in a store.

Its hundreds of rows are nobody's work, so exports and projects take them where they are chosen, and not among everything. Who
makes it, and of what, is ``visualprm_ui/use_cases/evaluations/nano_benchmark.py``'s.
"""

from __future__ import annotations

from engine.domain import Problem

DATA_SOURCE = "nano benchmark"  # of its problems
CHECKER = "nano checker"  # whose labels they are


def is_of_benchmark(problem: Problem) -> bool:
    """Return whether a problem is one of the benchmark."""
    return problem.data_source == DATA_SOURCE
