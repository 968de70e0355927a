"""How often people change a label to the reward model's side once they see its scores (which bias them: arXiv 2509.08514)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select, true

from engine.domain import Label, Stage, StepScore
from engine.prediction import predict
from storage.database import rows, tables
from storage.database.typed_rows import iter_rows
from storage.results.votes import Scope, asked_in
from storage.runs.step_scores import newest_scores

Labels = tuple[Label | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchoring:
    """Labels that the reward model contradicted, of everyone who labelled blind and then looked at the scores."""

    solutions: int  # each counted once for each person who saw its scores
    contradicted: int  # blind verdicts (correct or wrong) that are not the model's prediction
    changed: int  # of them, changed to the prediction after the scores were seen

    @property
    def share(self) -> float | None:
        """The share of contradicted labels changed to the model's side, in [0, 1]; None when there is none."""
        return self.changed / self.contradicted if self.contradicted else None


def measure_anchoring(connection: Connection, queue_id: str | None, *, evaluation: bool) -> Anchoring:
    """Compare the newest blind labels with the newest ones after the reveal; who saw the scores and kept theirs counts too."""
    drafts, annotations = tables.drafts.c, tables.annotations.c
    query = select(tables.annotations).join(
        tables.drafts, (drafts.task_id == annotations.task_id) & (drafts.annotator == annotations.annotator)
    )
    query = query.join(tables.tasks, tables.tasks.c.id == annotations.task_id)
    query = query.where(drafts.revealed.is_(true()), *asked_in(Scope(queue_id=queue_id, evaluation=evaluation)))
    newest: dict[tuple[str, str], dict[Stage, Labels | None]] = {}
    for row in iter_rows(connection, query.order_by(annotations.seq), rows.AnnotationRow):
        labels = rows.as_labels(row.labels) if row.skip_reason is None else None
        newest.setdefault((row.solution_id, row.annotator), {})[Stage(row.stage)] = labels
    scores = newest_scores(connection, sorted({solution for solution, _annotator in newest}))
    solutions = contradicted = changed = 0
    for (solution, _annotator), labels_of in newest.items():
        before = labels_of.get(Stage.BLIND)
        after = labels_of.get(Stage.REVEALED, before)
        if before is None or after is None or solution not in scores:
            continue
        against, given_in = _compare(scores[solution], before, after)
        solutions, contradicted, changed = solutions + 1, contradicted + against, changed + given_in
    return Anchoring(solutions=solutions, contradicted=contradicted, changed=changed)


def _compare(scores: tuple[StepScore, ...], before: Labels, after: Labels) -> tuple[int, int]:
    """Return how many verdicts the scores contradict, and how many of them went over to the prediction."""
    contradicted = changed = 0
    for each in scores:
        if (predicted := predict(each.score)) is None:
            continue
        for one, other in zip(before[each.first : each.last + 1], after[each.first : each.last + 1], strict=True):
            if one in (Label.CORRECT, Label.WRONG) and one is not predicted:
                contradicted += 1
                changed += other is predicted
    return contradicted, changed
