"""What an export leaves out of labels that may be wrong: steps between two shares, steps that a model scores otherwise, and all but
the solutions that teach most. Counted, so that the report says how much and why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from engine.evaluation.training_subset import balanced_information, best_of_each
from engine.prediction import THRESHOLD, predict
from storage.errors import BadSetting
from storage.formats import problems, visualprm400k_raw
from storage.results.annotations import AnnotatedSolution
from storage.runs.step_scores import spread_scores
from storage.store import Store
from storage.transfer.export_choice import ExportChoice
from storage.transfer.label_choice import LabelKind, Labels, shares_of


def check_masks(name: str, choice: ExportChoice) -> None:
    """Refuse masks that a format or labels cannot have. Raises BadSetting."""
    if choice.agrees_with is None and choice.agreement_threshold is not None:
        raise BadSetting("A score threshold needs the reward model whose scores it is for. Name the model too.")
    if choice.agreement_threshold is not None and not 0 <= choice.agreement_threshold <= 1:
        raise BadSetting(f"The threshold is {choice.agreement_threshold!r}, but scores are in [0, 1].")
    if choice.subset is not None and not 0 < choice.subset <= 1:
        raise BadSetting(
            f"{choice.subset!r} is not a share of solutions. Give a number above 0 and up to 1, such as 0.1."
        )
    if choice.agrees_with is not None and name in (visualprm400k_raw.NAME, problems.NAME):
        raise BadSetting(f"The format {name} has no place for steps without a label. Choose another format.")
    if choice.subset is not None and name == problems.NAME:
        raise BadSetting(f"The format {name} holds no solutions to choose from. Choose another format.")
    if choice.subset is not None and choice.labels.kind not in (LabelKind.MONTE_CARLO, LabelKind.FILE):
        raise BadSetting(
            f"Labels of {choice.labels} have no shares of completions to choose solutions by. Ask for monte_carlo:POLICY or the "
            "file:SOURCE of rows with Monte-Carlo figures."
        )


class StepMasks:
    """The masks of one export, and what they left out so far."""

    def __init__(self, store: Store, choice: ExportChoice) -> None:
        self._store = store
        self._choice = choice
        self._subset: frozenset[str] | None = None
        self.left_out: Counter[str] = Counter()

    @property
    def read_twice(self) -> bool:
        """Whether :meth:`rank` has to see all solutions before one is written."""
        return self._choice.subset is not None

    def rank(self, solutions: Iterable[AnnotatedSolution]) -> None:
        """Choose the solutions of the subset."""
        assert self._choice.subset is not None
        whose = str(self._choice.labels)
        scored = []
        for each in solutions:
            shares = shares_of(each, whose)
            score = None if shares is None else balanced_information(shares)
            if score is None:
                self.left_out["solutions without counted completions"] += 1
            else:
                scored.append((each.solution.id, each.problem.data_source, score))
        self._subset = best_of_each(scored, self._choice.subset)
        self.left_out["solutions not among the best"] += len(scored) - len(self._subset)

    def takes(self, labelled: AnnotatedSolution) -> bool:
        """Return whether a solution is in the subset; always without one."""
        return self._subset is None or labelled.solution.id in self._subset

    def choose(self, labelled: AnnotatedSolution, *, files_stand_in: bool, partial: bool) -> dict[str, Labels]:
        """Return the labels to write as :meth:`LabelChoice.choose` does, without those that a mask leaves out."""
        choice = self._choice
        if choice.labels.thresholds is None and choice.agrees_with is None:
            return choice.labels.choose(labelled, files_stand_in=files_stand_in, partial=partial)
        found = choice.labels.choose(labelled, files_stand_in=files_stand_in, partial=True)
        if choice.labels.thresholds is not None:
            self._count_between(labelled, found)
        if choice.agrees_with is not None:
            found = self._agreeing(labelled, found, choice.agrees_with)
        if partial:
            return {whose: each for whose, each in found.items() if any(label is not None for label in each)}
        return {whose: each for whose, each in found.items() if None not in each}

    def _count_between(self, labelled: AnnotatedSolution, found: dict[str, Labels]) -> None:
        shares = shares_of(labelled, str(self._choice.labels)) or ()
        labels = found.get(str(self._choice.labels), (None,) * len(shares))
        between = sum(share is not None and label is None for share, label in zip(shares, labels, strict=True))
        self.left_out["steps that are neither wrong nor correct by their share"] += between

    def _agreeing(self, labelled: AnnotatedSolution, found: dict[str, Labels], model: str) -> dict[str, Labels]:
        """Return the labels that the model's newest scores predict, too; a neutral one agrees with none."""
        threshold = THRESHOLD if self._choice.agreement_threshold is None else self._choice.agreement_threshold
        scoring = self._store.results.get_solution(labelled.solution.id, model).scoring
        scores = spread_scores(len(labelled.solution.steps), () if scoring is None else scoring.step_scores)
        kept = {}
        for whose, labels in found.items():
            self.left_out[f"steps that {model} has not scored"] += sum(
                label is not None and score is None for label, score in zip(labels, scores, strict=True)
            )
            agreed = tuple(
                label if score is not None and label is predict(score, threshold) else None
                for label, score in zip(labels, scores, strict=True)
            )
            self.left_out[f"steps whose label {model} contradicts"] += sum(
                label is not None and score is not None and same is None
                for label, score, same in zip(labels, scores, agreed, strict=True)
            )
            kept[whose] = agreed
        return kept
