"""Keeps ``listed_solutions`` up to date: what each solution that changed is listed by, computed from the tables of truth.

Read first, written in a second transaction that waits for no computing. A solution that changes between the two is noted anew
under a higher number, which the writing leaves alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from statistics import median
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select

from engine.aggregate import aggregate
from engine.answers import answers_equal
from engine.domain import Aggregation, Annotation, FinalLabels, Label, Problem, Solution, StepScore
from engine.outcomes.rollout_labels import RolloutLabels
from storage.database import rows, tables, text_search
from storage.database.listing_tables import SEPARATOR, listed_solutions, unlisted_solutions
from storage.database.membership import is_among
from storage.database.typed_rows import all_rows, iter_rows, wanted_columns
from storage.labelling.queue_rules import TaskRole
from storage.results.adjudication import final_of
from storage.results.step_cells import write_cells
from storage.results.votes import Scope, read_latest
from storage.runs import records
from storage.runs.imported_rows import ImportedRow, newest_labelled, only_labels, read_imported
from storage.runs.rollout_labels import only_rollout_labels, read_rollout_labels
from storage.runs.step_scores import newest_scores, spread_scores

AT_ONCE = 200  # solutions brought up to date in one transaction
_ANY = Scope(stage=None)


class _NotedRow(NamedTuple):
    """A solution that changed."""

    seq: int
    solution_id: str


class _TimeRow(NamedTuple):
    """When something was last said of a solution."""

    solution_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingUpdate:
    """What is to be written of some solutions that changed."""

    noted: tuple[int, ...]  # numbers of the notes that it answers
    rows: tuple[rows.Values, ...]
    texts: Mapping[int, str]  # by the solutions' numbers


def count_unlisted(connection: Connection) -> int:
    """Return how many solutions lists do not show as they are now."""
    return connection.scalar(select(func.count()).select_from(unlisted_solutions)) or 0


def compute_update(connection: Connection) -> ListingUpdate | None:
    """Return what is to be written of the solutions that changed last, at most ``AT_ONCE``; None where none did."""
    # the newest first: what somebody has just made is found while a large import is still being listed
    query = select(unlisted_solutions).order_by(unlisted_solutions.c.seq.desc()).limit(AT_ONCE)
    noted = all_rows(connection, query, _NotedRow)
    if not noted:
        return None
    ids = [each.solution_id for each in noted]
    columns = wanted_columns(tables.solutions, rows.SolutionRow)
    query_of = select(*columns).where(is_among(connection, tables.solutions.c.id, ids))
    found = all_rows(connection, query_of, rows.SolutionRow)
    solutions = [rows.as_solution(row) for row in found]
    problems = records.read_problems(connection, list({each.problem_id for each in solutions}))
    said = _Statements(connection, solutions, {row.id: row.created_at for row in found})
    values, texts = [], {}
    for row, solution in zip(found, solutions, strict=True):
        problem = problems[solution.problem_id]
        values.append({"seq": row.seq, **_row_of(solution, problem, said)})
        texts[row.seq] = _text_of(solution, problem, str(values[-1]["remarks"]))
    return ListingUpdate(noted=tuple(each.seq for each in noted), rows=tuple(values), texts=texts)


def write_update(connection: Connection, update: ListingUpdate) -> None:
    """Write rows and words, and take back the notes that they answer. What was deleted meanwhile stays out."""
    numbers = [int(str(row["seq"])) for row in update.rows]
    solutions, listed = tables.solutions.c, listed_solutions.c
    there = set(connection.scalars(select(solutions.seq).where(is_among(connection, solutions.seq, numbers))))
    before = {
        seq: remarks
        for seq, remarks in connection.execute(
            select(listed.seq, listed.remarks).where(is_among(connection, listed.seq, numbers))
        )
    }
    new = [row for row in update.rows if row["seq"] in there]
    # the text of a solution never changes, what people remark does
    rewritten = {int(str(row["seq"])) for row in new if before.get(int(str(row["seq"]))) != row["remarks"]}
    text_search.remove_texts(connection, [seq for seq in rewritten if seq in before])
    connection.execute(delete(listed_solutions).where(is_among(connection, listed.seq, there)))
    if new:
        connection.execute(insert(listed_solutions), new)
    text_search.add_texts(connection, {seq: update.texts[seq] for seq in sorted(rewritten)})
    connection.execute(delete(unlisted_solutions).where(is_among(connection, unlisted_solutions.c.seq, update.noted)))


class _Statements:
    """What was said of some solutions, by people, files and models."""

    def __init__(self, connection: Connection, solutions: Sequence[Solution], made_at: Mapping[str, datetime]) -> None:
        ids = [each.id for each in solutions]
        self.newest = read_latest(connection, _ANY, ids)
        self.final = final_of(connection, _ANY, {each.id: len(each.steps) for each in solutions}, self.newest)
        self.imported = read_imported(connection, ids)
        self.rollouts = read_rollout_labels(connection, ids)
        self.scores = newest_scores(connection, ids)
        tasks, drafts = tables.tasks.c, tables.drafts.c
        to_label = (is_among(connection, tasks.solution_id, ids), tasks.role == TaskRole.LABEL.value)
        self.waiting = set(connection.scalars(select(tasks.solution_id).where(*to_label)))
        sent_back = select(tasks.solution_id).join(tables.drafts, drafts.task_id == tasks.id)
        self.sent_back = set(connection.scalars(sent_back.where(*to_label, drafts.send_back_note.is_not(None))))
        self.times = {
            solution_id: max((at, *(each.created_at for each in self.imported.get(solution_id, ()))))
            for solution_id, at in made_at.items()
        }
        for table, at in (
            (tables.scorings, tables.scorings.c.created_at),
            (tables.annotations, tables.annotations.c.created_at),
            (tables.rollout_labels, tables.rollout_labels.c.created_at),
            (tables.decisions, tables.decisions.c.at),
        ):
            last = select(table.c.solution_id, func.max(at).label("at"))
            last = last.where(is_among(connection, table.c.solution_id, ids))
            for row in iter_rows(connection, last.group_by(table.c.solution_id), _TimeRow):
                self.times[row.solution_id] = max(self.times[row.solution_id], row.at)


def _row_of(solution: Solution, problem: Problem, said: _Statements) -> rows.Values:
    newest, final = said.newest.get(solution.id, ()), said.final[solution.id]
    labels = _labels_of(final, said.imported.get(solution.id, ()), said.rollouts.get(solution.id, ()))
    step_scores = said.scores.get(solution.id, ())
    scores = spread_scores(len(solution.steps), step_scores)
    wrong = [score for label, score in zip(labels, scores, strict=True) if label is Label.WRONG and score is not None]
    voters = [each for each in newest if each.skip_reason is None]
    seconds = [each.seconds for each in voters if each.seconds is not None]
    return {
        "solution_id": solution.id,
        "data_source": problem.data_source,
        "policy_model": solution.policy_model,
        "steps": len(solution.steps),
        "is_right": _is_right(solution.answer, problem.answer, problem.question),
        "is_waiting": solution.id in said.waiting,
        "is_annotated": bool(newest),
        "is_decided": final.decision is not None,
        "is_sent_back": solution.id in said.sent_back,
        "is_flagged": any(each.flagged for each in newest),
        "annotators": len(voters),
        "people": _list_of(each.annotator for each in newest),
        "skip_reasons": _list_of(each.skip_reason.value for each in newest if each.skip_reason is not None),
        "error_types": _list_of(
            each.error_type.value
            for annotation in voters
            for each in annotation.details
            if each is not None and each.error_type is not None
        ),
        "differing": _count_differing(voters),
        "cells": write_cells(labels, scores),
        "mean_score": _mean(step_scores),
        "wrong_score": max(wrong, default=None),
        "seconds": median(seconds) if seconds else None,
        "remarks": "\n".join(_remarks(newest)),
        "updated_at": said.times[solution.id],
    }


def _labels_of(
    final: FinalLabels, imported: Sequence[ImportedRow], rollouts: Sequence[RolloutLabels]
) -> Sequence[Label | None]:
    """Return the final labels of people; where nobody gave any, those of the only file, else of the only policy's rollouts."""
    labels = tuple(step.label for step in final.steps)
    if any(label is not None for label in labels):
        return labels
    instead = only_labels(imported)
    if not newest_labelled(imported):
        instead = only_rollout_labels(rollouts)
    return instead if instead is not None and len(instead) == len(labels) else labels


def _mean(step_scores: Sequence[StepScore]) -> float | None:
    return aggregate(step_scores, Aggregation.MEAN) if step_scores else None


def _is_right(answer: str | None, reference: str | None, question: str) -> bool | None:
    return None if answer is None or reference is None else _answers_equal(answer, reference, question)


@lru_cache(maxsize=20_000)
def _answers_equal(answer: str, reference: str, question: str) -> bool:
    # without algebra, which may take seconds for one answer
    return answers_equal(answer, reference, question=question, algebra=False)


def _count_differing(voters: Sequence[Annotation]) -> int:
    by_step = zip(*(each.labels for each in voters), strict=True)
    return sum(len({label for label in votes if label is not None}) > 1 for votes in by_step)


def _remarks(newest: Sequence[Annotation]) -> list[str]:
    texts = []
    for each in newest:
        texts.append(each.note)
        for detail in each.details:
            texts.extend(() if detail is None else (detail.note, detail.correction))
    return [text for text in texts if text]


def _list_of(entries: Iterable[str]) -> str:
    """Write entries so that one can be looked for: each between two separators; "" for none."""
    different = list(dict.fromkeys(entries))
    return SEPARATOR + SEPARATOR.join(different) + SEPARATOR if different else ""


def _text_of(solution: Solution, problem: Problem, remarks: str) -> str:
    return "\n".join((problem.question, problem.answer or "", *solution.steps, solution.answer or "", remarks))
