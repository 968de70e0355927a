"""Two tables for spreadsheets: solutions, and their steps with labels and scores. Written only: text alone cannot be read back.

A cell of text that a spreadsheet would take for a formula (it begins with =, +, - or @, or with a tab or a line end before one) has
an apostrophe before it. Numbers stay numbers.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from engine.aggregate import aggregate
from engine.domain import Aggregation, Label, Scoring
from engine.spreadsheets import inert
from storage.formats.measured import soft_labels_of
from storage.formats.rows import Picture, Row
from storage.results.annotations import AnnotatedSolution
from storage.store import Store
from storage.transfer.export_choice import agreement_of

NAME = "csv"
SOLUTIONS, STEPS = "solutions.csv", "steps.csv"
_AT_ONCE = 500  # solutions whose scores are read together: one by one they cost ten times all the rest
_OF_SOLUTIONS = (
    "solution", "problem", "data_source", "policy_model", "question", "reference_answer", "answer", "finish", "images", "steps",
    "correct", "neutral", "wrong", "unlabelled", "labels_by", "annotators", "agreement", "score", "reward_model",
)  # fmt: skip
_OF_STEPS = ("solution", "step", "text", "label", "labels_by", "rule", "score", "soft_label", "reward_model")


class _Waiting(NamedTuple):
    """What is written of one solution."""

    row: Row
    labelled: AnnotatedSolution
    whose: str | None


class CsvTables:
    """Implements ``Writer``."""

    images = 0

    def __init__(self, store: Store, folder: Path, reward_model: str | None = None) -> None:
        """``reward_model``: the name of the model whose newest scores are written; None: the newest of any."""
        self._store = store
        self._reward_model = reward_model
        self._waiting: list[_Waiting] = []
        self._files = [(folder / name).open("w", encoding="utf-8", newline="") for name in (SOLUTIONS, STEPS)]
        self._solutions, self._steps = (csv.writer(file) for file in self._files)
        self._solutions.writerow(_OF_SOLUTIONS)
        self._steps.writerow(_OF_STEPS)

    def pictures_of(self, shas: Sequence[str], wanted: Sequence[str]) -> tuple[Picture, ...]:
        """See ``Writer``."""
        return ()

    def add(self, row: Row, labelled: AnnotatedSolution | None, whose: str | None) -> None:
        """See ``Writer``."""
        assert labelled is not None  # problems alone have a format of their own
        self._waiting.append(_Waiting(row, labelled, whose))
        if len(self._waiting) >= _AT_ONCE:
            self._write_waiting()

    def close(self) -> None:
        """See ``Writer``."""
        self._write_waiting()
        for file in self._files:
            file.close()

    def _write_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        ids = [each.labelled.solution.id for each in waiting]
        scorings = self._store.results.newest_scorings(list(dict.fromkeys(ids)), self._reward_model)
        for each, solution_id in zip(waiting, ids, strict=True):
            self._write_rows(*each, scorings.get(solution_id))

    def _write_rows(self, row: Row, labelled: AnnotatedSolution, whose: str | None, scoring: Scoring | None) -> None:
        solution, problem, labels = labelled.solution, labelled.problem, row.process_correctness
        scores: list[float | None] = [None] * len(row.steps)
        for each in scoring.step_scores if scoring is not None else ():
            scores[each.first : each.last + 1] = [each.score] * (each.last + 1 - each.first)
        mean = None if scoring is None else aggregate(scoring.step_scores, Aggregation.MEAN)
        counted = [(labels or ()).count(each) for each in (Label.CORRECT, Label.NEUTRAL, Label.WRONG)]
        solution_id, by = _cell(solution.id), _cell(whose)
        model = None if scoring is None else _cell(scoring.reward_model)
        self._solutions.writerow(
            [
                *(solution_id, _cell(problem.id), _cell(problem.data_source), _cell(solution.policy_model)),
                *(_cell(problem.question), _cell(problem.answer), _cell(solution.answer), solution.finish.value),
                *(len(problem.images), len(row.steps), *counted, len(row.steps) - sum(counted), by),
                *(len({each.annotator for each in labelled.annotations}), agreement_of(labelled), mean, model),
            ]
        )
        soft = soft_labels_of(row.kept_fields) or ()
        for at, text in enumerate(row.steps):
            label = labels[at] if labels is not None else None
            rule = labelled.final.steps[at].rule.value if at < len(labelled.final.steps) else None
            measured = soft[at] if at < len(soft) else None
            said = None if label is None else int(label)
            self._steps.writerow([solution_id, at, inert(text), said, by, rule, scores[at], measured, model])


def _cell(text: str | None) -> str | None:
    return None if text is None else inert(text)
