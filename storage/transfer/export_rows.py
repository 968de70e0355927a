"""The row of a stored solution in a format: its texts, the labels that were chosen, and what else is kept for that format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from storage.formats import visualprm400k_raw
from storage.formats.rows import Labelling, Picture, Row
from storage.results.annotations import AnnotatedSolution
from storage.runs.rollout_labels import newest_of_policies
from storage.transfer.label_choice import OF_ROLLOUTS, Labels, policy_of
from storage.transfer.registry import Format


def as_row(
    labelled: AnnotatedSolution, labels: Labels | None, pictures: tuple[Picture, ...], format_: Format, whose: str
) -> Row:
    """Return the row of a solution with these labels, which are ``whose``."""
    of_row = [each for each in labelled.annotations if each.skip_reason is None]
    if whose.startswith("person:"):
        of_row = [each for each in of_row if each.annotator == whose.removeprefix("person:")]
    by = of_row[0] if len(of_row) == 1 and not whose.startswith(("file:", OF_ROLLOUTS)) else None
    kept = _kept(labelled, format_.name, whose)
    if labels is not None and format_.name == visualprm400k_raw.NAME and policy_of(whose) is not None:
        # a binary search labels steps that it did not look at: such a row has its figures alone
        shares = visualprm400k_raw.shares(kept[visualprm400k_raw.NAME]) or ()  # type: ignore[arg-type]
        labels = tuple(None if share is None else label for label, share in zip(labels, shares, strict=True))
    return Row(
        image=pictures,
        question=labelled.problem.question,
        answer=labelled.problem.answer,
        steps=labelled.solution.steps,
        process_correctness=labels,
        policy_model=labelled.solution.policy_model,
        data_source=labelled.problem.data_source,
        kept_fields=kept,
        labelling=None if by is None else Labelling(labeller=by.annotator, at=by.created_at, seconds=by.seconds),
    )


def _kept(labelled: AnnotatedSolution, name: str, whose: str) -> Mapping[str, object]:
    """Return what a row holds beside its format's fields: of the file or rollouts whose labels these are, else of one of this
    format, else of the newest.
    """
    if (policy := policy_of(whose)) is not None:
        measured, solution = newest_of_policies(labelled.rollouts)[policy], labelled.solution
        figures = replace(measured, steps=measured.steps[: len(solution.steps)])
        return visualprm400k_raw.kept_of(figures, labelled.problem.question, solution.steps, solution.policy_model)
    of_source = [each for each in labelled.imported if f"file:{each.source}" == whose]
    of_format = [each for each in labelled.imported if name in each.kept_fields]
    for found in (of_source, of_format, labelled.imported):
        if found:
            return found[-1].kept_fields
    return {}
