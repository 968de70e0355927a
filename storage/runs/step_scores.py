"""The scores of many solutions, of any or one reward model the newest, and what their predictions say beside human labels."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from engine.domain import Label, Scoring, StepScore
from engine.prediction import THRESHOLD, predict
from storage.database import rows, tables
from storage.database.membership import is_among
from storage.database.typed_rows import iter_rows
from storage.runs.imported_rows import only_labels, read_imported

IDS_A_STATEMENT = 500  # ids in one statement


class LabelsRow(NamedTuple):
    """One person's labels of a solution, in a row of annotations."""

    solution_id: str
    annotator: str
    labels: rows.StoredLabels
    skip_reason: str | None


def pages_of(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Iterate over the ids, ``IDS_A_STATEMENT`` at a time."""
    for start in range(0, len(ids), IDS_A_STATEMENT):
        yield ids[start : start + IDS_A_STATEMENT]


def newest_scorings(
    connection: Connection, solution_ids: Sequence[str], reward_model: str | None = None
) -> dict[str, Scoring]:
    """Return each solution's newest scoring; solutions without one are left out.

    ``reward_model``: only scorings by the model of this name; None: by any.
    """
    scorings = tables.scorings
    newest: dict[str, rows.ScoringRow] = {}
    for page in pages_of(solution_ids):
        query = select(scorings).where(is_among(connection, scorings.c.solution_id, page)).order_by(scorings.c.seq)
        if reward_model is not None:
            query = query.where(scorings.c.reward_model == reward_model)
        newest |= {row.solution_id: row for row in iter_rows(connection, query, rows.ScoringRow)}
    return {solution_id: rows.as_scoring(row) for solution_id, row in newest.items()}


def newest_scores(
    connection: Connection, solution_ids: Sequence[str], reward_model: str | None = None
) -> dict[str, tuple[StepScore, ...]]:
    """Return the step scores of each solution's newest scoring; solutions without any are left out.

    ``reward_model``: only scorings by the model of this name; None: by any.
    """
    found = newest_scorings(connection, solution_ids, reward_model)
    return {solution_id: each.step_scores for solution_id, each in found.items() if each.step_scores}


def spread_scores(steps: int, scores: Sequence[StepScore]) -> list[float | None]:
    """Return one score for each of ``steps`` steps, None where there is none; merged steps share theirs."""
    values: list[float | None] = [None] * steps
    for each in scores:
        for index in range(each.first, min(each.last + 1, steps)):
            values[index] = each.score
    return values


def newest_labels(connection: Connection, solution_ids: Sequence[str]) -> dict[str, list[tuple[Label | None, ...]]]:
    """Return each person's newest labels of each solution, or those of its only file source where nobody labelled it.

    Who skipped it and solutions without labels are left out.
    """
    annotations = tables.annotations
    newest: dict[tuple[str, str], tuple[Label | None, ...] | None] = {}
    for page in pages_of(solution_ids):
        query = select(annotations).where(annotations.c.solution_id.in_(page)).order_by(annotations.c.seq)
        for row in iter_rows(connection, query, LabelsRow):
            key = (row.solution_id, row.annotator)
            newest[key] = rows.as_labels(row.labels) if row.skip_reason is None else None
    found: dict[str, list[tuple[Label | None, ...]]] = {}
    for (solution_id, _annotator), labels in newest.items():
        if labels is not None:
            found.setdefault(solution_id, []).append(labels)
    for page in pages_of([each for each in solution_ids if each not in found]):
        for solution_id, imported in read_imported(connection, page).items():
            if (of_file := only_labels(imported)) is not None:
                found[solution_id] = [of_file]
    return found


def uncertainty(scores: Sequence[StepScore]) -> float:
    """Return how near the threshold the steps are on average: 1 on it, 0 as far away as can be.

    Steps whose score could not be read are left out; where none could, nothing is known, which is 1.
    """
    distances = [abs(each.score - THRESHOLD) for each in scores if each.score is not None]
    return 1 - math.fsum(distances) / len(distances) / max(THRESHOLD, 1 - THRESHOLD) if distances else 1.0


def disagreement(scores: Sequence[StepScore], labels: Sequence[tuple[Label | None, ...]]) -> float | None:
    """Return the share of human verdicts (neutral is none) that the prediction contradicts; None without a verdict."""
    compared = contradicted = 0
    for each in scores:
        if (predicted := predict(each.score)) is None:
            continue
        for one in labels:
            verdicts = [label for label in one[each.first : each.last + 1] if label in (Label.CORRECT, Label.WRONG)]
            compared += len(verdicts)
            contradicted += sum(label is not predicted for label in verdicts)
    return contradicted / compared if compared else None
