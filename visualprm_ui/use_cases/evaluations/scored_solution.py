"""Frozen labels and scores of a step benchmark, joined solution by solution."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.evaluation.judged_steps import JudgedSolution
from visualprm_ui.use_cases.evaluations.files import EvaluationFiles
from visualprm_ui.use_cases.evaluations.labelled_set import LabelledSolution, read_row

LABELS, SCORES = "labels", "scores"  # names of the frozen rows


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredSolution:
    """A labelled solution with one score a step."""

    labelled: LabelledSolution
    scores: tuple[float | None, ...]  # in [0, 1]; None: could not be read

    def as_judged(self) -> JudgedSolution:
        """Return it as figures take it."""
        each = self.labelled
        return JudgedSolution(
            problem=each.problem,
            labels=each.labels,
            scores=self.scores,
            source=each.data_source,
            policy=each.policy_model,
            error_types=each.error_types,
        )


def iter_scored(files: EvaluationFiles) -> Iterator[ScoredSolution]:
    """Iterate over the frozen solutions that have scores, in the order they were stored."""
    scores = {each["solution"]: tuple(each["scores"]) for each in files.iter_rows(SCORES)}
    for values in files.iter_rows(LABELS):
        if (of_steps := scores.get(values["solution"])) is not None:
            yield ScoredSolution(labelled=read_row(values), scores=of_steps)
