"""Whose labels an export writes: those that people came to, those of one person, file or policy's rollouts, or all of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.domain import Label
from engine.outcomes.rollout_labels import RolloutRecord
from storage.errors import BadSetting
from storage.formats.measured import is_stopped, soft_labels_of
from storage.results.annotations import AnnotatedSolution
from storage.runs.imported_rows import newest_labelled
from storage.runs.rollout_labels import newest_of_policies

PEOPLE = "people"  # whose labels final ones are
WRONG_TO, CORRECT_FROM = 0.125, 0.75  # shares in use as thresholds: steps between them are masked
Labels = tuple[Label | None, ...]


class LabelKind(StrEnum):
    """The kinds of labels an export can write."""

    FINAL = "final"  # what people came to; where nobody labelled a solution, the labels of its only file source
    ALL = "all"  # every person's, every file's and every policy's rollouts', a row each, which says whose they are
    PERSON = "person"
    FILE = "file"
    MONTE_CARLO = "monte_carlo"  # of rollouts, by the policy that wrote the completions

    @property
    def is_named(self) -> bool:
        """Whether a choice of it says whose."""
        return self not in (LabelKind.FINAL, LabelKind.ALL)


OF_ROLLOUTS = f"{LabelKind.MONTE_CARLO}:"  # before the policy whose rollouts labels are of


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareThresholds:
    """Labels by the share of completions that reached the answer, in place of "at least one did"."""

    wrong_to: float = WRONG_TO  # at most this share: wrong; in [0, 1]
    correct_from: float = (
        CORRECT_FROM  # at least this share: correct; in [0, 1], above the other. Between them: no label
    )

    def __post_init__(self) -> None:
        """Refuse what no share can be told by. Raises BadSetting."""
        if not 0 <= self.wrong_to < self.correct_from <= 1:
            raise BadSetting(
                f"A step is wrong up to a share of {self.wrong_to} and correct from {self.correct_from} on: give two shares "
                "from 0 to 1, the first below the second."
            )

    def labels_of(self, shares: tuple[float | None, ...]) -> Labels:
        """Return the label of each step; None where it was not measured or its share is between the two."""
        return tuple(map(self._label_of, shares))

    def _label_of(self, share: float | None) -> Label | None:
        if share is None:
            return None
        return Label.WRONG if share <= self.wrong_to else Label.CORRECT if share >= self.correct_from else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelChoice:
    """Whose labels to write."""

    kind: LabelKind = LabelKind.FINAL
    name: str = ""  # of the person, of the file's source, or of the policy
    thresholds: ShareThresholds | None = None  # None: labels as they are

    def __str__(self) -> str:
        """Return the text that :func:`read_label_choice` reads, the thresholds left out."""
        return f"{self.kind}:{self.name}" if self.name else self.kind

    @property
    def wants_rollouts(self) -> bool:
        """Whether labels of rollouts are asked for: they stand in for no others."""
        return self.kind in (LabelKind.MONTE_CARLO, LabelKind.ALL)

    def choose(
        self, labelled: AnnotatedSolution, *, files_stand_in: bool = True, partial: bool = False
    ) -> dict[str, Labels]:
        """Return the labels to write, each with whose they are: "people", "person:NAME", "file:SOURCE" or "monte_carlo:POLICY".

        Args:
            labelled: a solution with all its labels.
            files_stand_in: whether final labels may be those of the only file source where people came to none.
            partial: whether labels may leave steps out; else those that do are not among them.
        """
        of_files = {f"file:{each.source}": each.labels or () for each in newest_labelled(labelled.imported)}
        if self.kind is LabelKind.FINAL:
            final = final_labels_of(labelled)
            if _has_label(final):
                return _usable({PEOPLE: final}, partial)
            return _usable(of_files, partial) if files_stand_in and len(of_files) == 1 else {}
        spoken = [each for each in labelled.annotations if each.skip_reason is None]
        everybody = {f"person:{each.annotator}": each.labels for each in spoken} | of_files
        measured = newest_of_policies(labelled.rollouts)
        everybody |= {OF_ROLLOUTS + policy: each.labels for policy, each in measured.items()}
        wanted = {each: of for each, of in everybody.items() if self.kind is LabelKind.ALL or each == str(self)}
        if self.thresholds is not None:
            shares = {whose: shares_of(labelled, whose) for whose in wanted}
            wanted = {whose: self.thresholds.labels_of(each) for whose, each in shares.items() if each is not None}
        return _usable(wanted, partial)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedShares:
    """What was counted of the completions from the steps of a solution."""

    shares: tuple[float | None, ...]  # that reached the answer, one a step, in [0, 1]; None: not measured
    has_shares: bool  # whether they estimate the expected accuracy: not where completions ended with the first success
    record: RolloutRecord | None = None  # how they came about; None: a file does not say


def read_label_choice(text: str, wrong_to: float | None = None, correct_from: float | None = None) -> LabelChoice:
    """Read "final", "all", "person:NAME", "file:SOURCE" or "monte_carlo:POLICY", with thresholds of shares or without.

    Raises BadSetting.
    """
    kind, colon, name = text.partition(":")
    is_named = kind in tuple(LabelKind) and LabelKind(kind).is_named
    if kind not in tuple(LabelKind) or bool(colon) is not is_named or bool(name) is not is_named:
        raise BadSetting(
            f"{text!r} is not a choice of labels. Give final, all, person:NAME, file:SOURCE or monte_carlo:POLICY."
        )
    return with_thresholds(LabelChoice(kind=LabelKind(kind), name=name), wrong_to, correct_from)


def with_thresholds(choice: LabelChoice, wrong_to: float | None, correct_from: float | None) -> LabelChoice:
    """Return the choice with thresholds; one alone has the usual one beside it. Raises BadSetting for labels without shares."""
    if wrong_to is None and correct_from is None:
        return choice
    if choice.kind not in (LabelKind.MONTE_CARLO, LabelKind.FILE):
        raise BadSetting(
            f"Labels of {choice} have no shares of completions. Give no thresholds, or ask for monte_carlo:POLICY or the "
            "file:SOURCE of rows with Monte-Carlo figures."
        )
    thresholds = ShareThresholds(
        wrong_to=WRONG_TO if wrong_to is None else wrong_to,
        correct_from=CORRECT_FROM if correct_from is None else correct_from,
    )
    return LabelChoice(kind=choice.kind, name=choice.name, thresholds=thresholds)


def shares_of(labelled: AnnotatedSolution, whose: str) -> tuple[float | None, ...] | None:
    """Return the share of completions from each step that reached the answer, as these labels were made of; None: of none.

    Where completions were stopped at the first success, what was counted is no estimate of a share: None, too.
    """
    counted = counted_shares_of(labelled, whose)
    return counted.shares if counted is not None and counted.has_shares else None


def counted_shares_of(labelled: AnnotatedSolution, whose: str) -> CountedShares | None:
    """Return the shares that these labels were made of, wherever completions ended; None: of none.

    Only whether one is 0 can be told where completions were stopped at the first success.
    """
    kind, _colon, name = whose.partition(":")
    if kind == LabelKind.FILE:
        found = [each for each in newest_labelled(labelled.imported) if each.source == name]
        shares = soft_labels_of(found[0].kept_fields) if found else None
        return None if shares is None else CountedShares(shares=shares, has_shares=not is_stopped(found[0].kept_fields))
    measured = newest_of_policies(labelled.rollouts).get(name) if kind == LabelKind.MONTE_CARLO else None
    if measured is None:
        return None
    return CountedShares(
        shares=tuple(each.share for each in measured.steps),
        has_shares=measured.record.mode.has_shares,
        record=measured.record,
    )


def policy_of(whose: str) -> str | None:
    """Return the policy whose rollouts labels are of; None for those of others."""
    return whose.removeprefix(OF_ROLLOUTS) if whose.startswith(OF_ROLLOUTS) else None


def final_labels_of(labelled: AnnotatedSolution) -> Labels:
    """Return what people came to for each step, the newest label where they differ; None for a step that has none."""
    if labelled.final.decision is None and not labelled.annotations:  # as all solutions of most files
        return (None,) * len(labelled.final.steps)
    newest_first = [each.labels for each in reversed(labelled.annotations) if each.skip_reason is None]
    labels: list[Label | None] = []
    for index, step in enumerate(labelled.final.steps):
        labelled_so = (votes[index] for votes in newest_first if votes[index] is not None)
        labels.append(step.label if step.label is not None else next(labelled_so, None))
    return tuple(labels)


def _has_label(labels: Labels) -> bool:
    return labels.count(None) < len(labels)


def _usable(labels: dict[str, Labels], partial: bool) -> dict[str, Labels]:
    """Return those that label every step, or with ``partial`` any."""
    if partial:
        return {whose: each for whose, each in labels.items() if _has_label(each)}
    return {whose: each for whose, each in labels.items() if None not in each}
