"""How often people change their labels once they have seen the scores (arXiv 2509.08514: showing them first biases)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select, true

from engine.domain import Label, Stage
from storage import rows, tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchoring:
    """Labels before and after the scores were seen, of everyone who labelled blind and then looked."""

    solutions: int  # each counted once for each person who saw its scores
    steps: int  # of those solutions, with a label before and after
    changed: int  # such steps whose label is another one after

    @property
    def share(self) -> float | None:
        """The share of steps changed, in [0, 1]; None when nobody has looked."""
        return self.changed / self.steps if self.steps else None


def measure_anchoring(connection: Connection, queue_id: str | None) -> Anchoring:
    """Compare the newest blind labels with the newest ones after the reveal; who saw the scores and kept theirs counts too."""
    drafts, said = tables.drafts.c, tables.annotations.c
    query = select(said.task_id, said.annotator, said.stage, said.labels, said.skip_reason).join(
        tables.drafts, (drafts.task_id == said.task_id) & (drafts.annotator == said.annotator)
    )
    query = query.where(drafts.revealed.is_(true())).order_by(said.seq)
    if queue_id is not None:
        query = query.where(drafts.queue_id == queue_id)
    newest: dict[tuple[str, str], dict[Stage, tuple[Label | None, ...] | None]] = {}
    for row in connection.execute(query):
        labels = rows.as_labels(row.labels) if row.skip_reason is None else None
        newest.setdefault((row.task_id, row.annotator), {})[Stage(row.stage)] = labels
    solutions = steps = changed = 0
    for labels_of in newest.values():
        before = labels_of.get(Stage.BLIND)
        after = labels_of.get(Stage.REVEALED, before)
        if before is None or after is None:
            continue
        both = [(one, other) for one, other in zip(before, after, strict=True) if None not in (one, other)]
        solutions, steps = solutions + 1, steps + len(both)
        changed += sum(one is not other for one, other in both)
    return Anchoring(solutions=solutions, steps=steps, changed=changed)
