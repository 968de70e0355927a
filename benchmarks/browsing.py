"""How long pages of the list of solutions take in a store of 400,000, whatever they are filtered, searched and sorted by.

Builds the store in a temporary folder (ten solutions a problem, all scored, a quarter labelled by a file, some by people), brings
the list up to date, and asks for the first page and the next of every filter in every order. Figures are processor time of this
process, so that a busy machine does not change them much: ``python -m benchmarks.browsing --json``.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from engine.domain import Label, Problem, Scoring, Solution, StepScore, now
from storage import (
    AnswerState,
    Facet,
    LabelState,
    SolutionFilter,
    SortKey,
    SortOrder,
    StepCondition,
    Store,
    open_store,
)
from storage.database import rows, tables
from storage.runs.imported_rows import ImportedRow, imported_row_values
from visualprm_ui.use_cases.distributions import distributions_of

AT_ONCE = 5_000  # rows written in one transaction
STEPS = 8
WORDS = ("angle", "circle", "diameter", "triangle", "chord", "area", "radius", "bar", "chart", "value", "year", "sum")
FILTERS = {
    "none": SolutionFilter(),
    "source": SolutionFilter(data_sources=("source 3",)),
    "rare policy": SolutionFilter(policy_models=("rare",)),
    "wrong answer": SolutionFilter(answer=AnswerState.WRONG),
    "labelled": SolutionFilter(state=LabelState.LABELLED),
    "nobody": SolutionFilter(annotator="nobody"),
    "flagged": SolutionFilter(flagged=True),
    "convincing mistake": SolutionFilter(step=StepCondition(label=Label.WRONG, min_score=0.8)),
    "wrong at 4": SolutionFilter(step=StepCondition(label=Label.WRONG, place=3)),
    "slow": SolutionFilter(min_seconds=100_000.0),
    "common word": SolutionFilter(search="circle"),
    "rare word": SolutionFilter(search="unique17"),
    "no such word": SolutionFilter(search="nowhere"),
    "two words": SolutionFilter(search="circle diam"),
    "three words": SolutionFilter(search="circle diameter tri"),
    "all of it": SolutionFilter(
        search="circle",
        data_sources=("source 3",),
        answer=AnswerState.WRONG,
        state=LabelState.LABELLED,
        step=StepCondition(label=Label.WRONG, min_score=0.8),
    ),
    "common word and nobody": SolutionFilter(search="circle", annotator="nobody"),
}


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.browsing", description=__doc__)
    parser.add_argument("--solutions", type=int, default=400_000)
    parser.add_argument("--store", type=Path, help="a folder to keep the store in and to use again")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, open_store(options.store or Path(folder)) as store:
        figures = measure(store, options.solutions)
    print(json.dumps(figures) if options.json else "\n".join(f"{name}: {value:.1f}" for name, value in figures.items()))


def measure(store: Store, solutions: int) -> dict[str, float]:
    """Return the figures, in milliseconds of processor time where their names say so."""
    with store.database.read() as connection:
        there = connection.exec_driver_sql("SELECT count(*) FROM solutions").scalar() or 0
    if not there:
        fill(store, solutions)
    started, listed = time.process_time(), 0
    while taken := store.results.update_listing():
        listed += taken
    figures: dict[str, float] = {"solutions": there or solutions}
    if listed:
        figures["listing_us_a_solution"] = (time.process_time() - started) / listed * 1e6
    slowest = ""
    pages: list[float] = []
    for name, wanted in FILTERS.items():
        for key in SortKey:
            for descending in (False, True):
                for milliseconds in time_pages(store, wanted, SortOrder(key=key, descending=descending)):
                    if milliseconds >= max(pages, default=0):
                        slowest = f"{name}, by {key.value}{' descending' if descending else ''}"
                    pages.append(milliseconds)
        figures[f"page, {name}, slowest_ms"] = max(pages[-4 * len(SortKey) :])
    figures |= {"page_p50_ms": sorted(pages)[len(pages) // 2], f"page_slowest_ms ({slowest})": max(pages)}
    for facet in Facet:
        figures[f"facet, {facet.value}_ms"] = timed(partial(store.results.count_facet, SolutionFilter(), facet))
    figures["distributions_ms"] = timed(lambda: distributions_of(store.results.read_listed_steps(SolutionFilter())))
    return figures


def time_pages(store: Store, wanted: SolutionFilter, order: SortOrder) -> Iterator[float]:
    """Yield the milliseconds of the first page, and of the next where there is one."""
    after = None
    for _page in range(2):
        started = time.process_time()
        after = store.results.list_solutions(wanted, order, 50, after).next
        yield (time.process_time() - started) * 1000
        if after is None:
            return


def timed(act: Callable[[], object]) -> float:
    """Return how many milliseconds of processor time it takes."""
    started = time.process_time()
    act()
    return (time.process_time() - started) * 1000


def fill(store: Store, count: int) -> None:
    """Add solutions straight into the tables: it is not what is measured."""
    chance = random.Random(0)
    for start in range(0, count, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, count))
        problems = {
            number: Problem(
                question=f"What is the {chance.choice(WORDS)} of the {chance.choice(WORDS)} unique{number}?",
                answer=str(chance.randint(1, 5)),
                data_source=f"source {chance.randint(0, 9)}",
            )
            for number in numbers[::10]
        }
        solutions = [_solution(chance, problems[number // 10 * 10].id, number) for number in numbers]
        scorings = [_scoring(chance, each) for each in solutions]
        labelled = [each for each in solutions if chance.random() < 0.25]
        imported = [
            ImportedRow(
                solution_id=each.id, source="file", labels=tuple(chance.choice(list(Label)) for _ in each.steps)
            )
            for each in labelled
        ]
        annotated = [each for each in labelled if chance.random() < 0.1]
        with store.database.write() as connection:
            connection.execute(
                tables.problems.insert(), [rows.problem_values(each, now()) for each in problems.values()]
            )
            connection.execute(
                tables.solutions.insert(), [rows.solution_values(each, None, now()) for each in solutions]
            )
            connection.execute(tables.scorings.insert(), [rows.scoring_values(each, None, now()) for each in scorings])
            connection.execute(tables.imported_rows.insert(), [imported_row_values(each) for each in imported])
            connection.execute(tables.annotations.insert(), [_annotation(chance, each) for each in annotated])


def _solution(chance: random.Random, problem_id: str, number: int) -> Solution:
    words = [" ".join(chance.choices(WORDS, k=12)) for _ in range(STEPS)]
    return Solution(
        problem_id=problem_id,
        steps=tuple(f"{each} is {chance.randint(1, 99)}." for each in words),
        answer=str(chance.randint(1, 5)),
        policy_model="rare" if number % 10_000 == 7 else f"policy {number % 4}",
    )


def _scoring(chance: random.Random, solution: Solution) -> Scoring:
    scores = tuple(StepScore(first=at, last=at, score=chance.random()) for at in range(STEPS))
    return Scoring(solution_id=solution.id, reward_model="r", step_scores=scores)


def _annotation(chance: random.Random, solution: Solution) -> rows.Values:
    return {
        "id": solution.id,
        "solution_id": solution.id,
        "annotator": f"person {chance.randint(1, 20)}",
        "stage": "blind",
        "labels": [chance.choice((1, 0, -1)) for _ in solution.steps],
        "flagged": chance.random() < 0.01,
        "note": "",
        "seconds": chance.expovariate(1 / 60),
        "guideline_version": "1",
        "created_at": now(),
    }


if __name__ == "__main__":
    main()
