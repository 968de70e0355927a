"""Whose labels an export writes: those that people came to, those of one person or of one file, or all of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.domain import Label
from storage.errors import BadSetting
from storage.results.annotations import AnnotatedSolution
from storage.runs.imported_rows import newest_labelled

PEOPLE = "people"  # whose labels final ones are
Labels = tuple[Label | None, ...]


class LabelKind(StrEnum):
    """The kinds of labels an export can write."""

    FINAL = "final"  # what people came to; where nobody labelled a solution, the labels of its only file source
    ALL = "all"  # every person's and every file's, a row each, which says whose they are
    PERSON = "person"
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelChoice:
    """Whose labels to write."""

    kind: LabelKind = LabelKind.FINAL
    name: str = ""  # of the person or of the file's source

    def __str__(self) -> str:
        """Return the text that :func:`read_label_choice` reads."""
        return f"{self.kind}:{self.name}" if self.name else self.kind

    def choose(
        self, labelled: AnnotatedSolution, *, files_stand_in: bool = True, partial: bool = False
    ) -> dict[str, Labels]:
        """Return the labels to write, each with whose they are: "people", "person:NAME" or "file:SOURCE".

        Args:
            labelled: a solution with all its labels.
            files_stand_in: whether final labels may be those of the only file source where people came to none.
            partial: whether labels may leave steps out; else those that do are not among them.
        """
        of_files = {f"file:{each.source}": each.labels or () for each in newest_labelled(labelled.imported)}
        if self.kind is LabelKind.FINAL:
            final = final_labels_of(labelled)
            if any(label is not None for label in final):
                return _usable({PEOPLE: final}, partial)
            return _usable(of_files, partial) if files_stand_in and len(of_files) == 1 else {}
        spoken = [each for each in labelled.annotations if each.skip_reason is None]
        everybody = {f"person:{each.annotator}": each.labels for each in spoken} | of_files
        wanted = {each: of for each, of in everybody.items() if self.kind is LabelKind.ALL or each == str(self)}
        return _usable(wanted, partial)


def read_label_choice(text: str) -> LabelChoice:
    """Read "final", "all", "person:NAME" or "file:SOURCE". Raises BadSetting."""
    kind, colon, name = text.partition(":")
    is_named = kind in (LabelKind.PERSON, LabelKind.FILE)
    if kind not in tuple(LabelKind) or bool(colon) is not is_named or bool(name) is not is_named:
        raise BadSetting(f"{text!r} is no choice of labels. Give final, all, person:NAME or file:SOURCE.")
    return LabelChoice(kind=LabelKind(kind), name=name)


def final_labels_of(labelled: AnnotatedSolution) -> Labels:
    """Return what people came to for each step, the newest label where they differ; None for a step that has none."""
    newest_first = [each.labels for each in reversed(labelled.annotations) if each.skip_reason is None]
    labels: list[Label | None] = []
    for index, step in enumerate(labelled.final.steps):
        labelled_so = (votes[index] for votes in newest_first if votes[index] is not None)
        labels.append(step.label if step.label is not None else next(labelled_so, None))
    return tuple(labels)


def _usable(labels: dict[str, Labels], partial: bool) -> dict[str, Labels]:
    """Return those that label every step, or with ``partial`` any."""
    if partial:
        return {whose: each for whose, each in labels.items() if any(label is not None for label in each)}
    return {whose: each for whose, each in labels.items() if None not in each}
