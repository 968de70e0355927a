"""What step scores of a reward model say of a policy's own completions: read out of the store, measured, and kept where wanted.

Nothing is scored and nothing is drawn, so that it is no job. Solutions are those that the policy wrote and completed itself, with
all completions of every step; of each the newest scoring. Where scores or completions are of several versions of a model, those of
which most solutions are count, and the others are left out: a map is of one version of each.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from engine.evaluation.isotonic import CountedScore
from engine.evaluation.score_calibration import ScoreCalibration, ScoredCompletions, calibrate
from engine.outcomes.calibration_map import CalibrationRecord, KeptMap, MeasuredPair
from engine.outcomes.rollout_labels import RolloutLabels
from engine.system.versions import library_versions
from storage import BadSetting, RecordedScoring, Store
from storage.results.annotations import AnnotatedSolution
from storage.runs.rollout_labels import newest_of_policies
from storage.transfer.export_choice import iter_chosen
from storage.transfer.label_choice import LabelKind
from visualprm_ui.use_cases.evaluations.request import SetChoice
from visualprm_ui.use_cases.evaluations.scoring_record import RecordLine
from visualprm_ui.use_cases.model_job_work import batched

_PAGE = 500  # solutions whose scores are read at once


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoringModel:
    """A reward model with scores of measured solutions."""

    name: str
    solutions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOutSolutions:
    """Solutions with completions that a calibration is not about."""

    others: int = 0  # another policy wrote them
    stopped: int = 0  # their completions ended with the first success
    unscored: int = 0  # the reward model has not scored them
    versions: int = 0  # scores or completions are of another version


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredCalibration:
    """What a reward model's scores say of a policy's completions, with all that belongs to the figures."""

    pair: MeasuredPair
    figures: ScoreCalibration
    left_out: LeftOutSolutions
    temperatures: tuple[float, ...]  # of the completions
    completions: tuple[int, ...]  # asked for after each step

    @property
    def record(self) -> tuple[RecordLine, ...]:
        """How the figures came about, for people."""
        pair = self.pair
        known = (
            ("revision of the reward model", pair.reward_model_revision),
            ("prompt", pair.prompt_version),
            ("revision of the policy", pair.policy_revision),
        )
        return (
            RecordLine("scores of", pair.reward_model),
            RecordLine("completions of", pair.policy_model),
            *(RecordLine(name, value or "not recorded") for name, value in known),
            RecordLine("completions a step", ", ".join(map(str, self.completions))),
            RecordLine("temperature", ", ".join(f"{each:g}" for each in self.temperatures)),
            RecordLine("folds", f"{self.figures.folds}, dealt by problem, seed {self.figures.seed}"),
        )


@dataclass(slots=True)
class _Measured:
    """The policy's own solutions with all completions of every step: how many, and those that any reward model has scored, with
    their scorings, the newest last. And how many others there are.
    """

    own: int = 0
    scored: list[tuple[AnnotatedSolution, RolloutLabels, Sequence[RecordedScoring]]] = field(default_factory=list)
    others: int = 0
    stopped: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyCalibrations:
    """The reward models with scores of what a policy wrote and completed, and what the scores of one of them say."""

    models: tuple[ScoringModel, ...]  # those with most scores first
    chosen: str | None  # None: there is none
    measured: MeasuredCalibration | None


class ScoreCalibrations:
    """Scores beside completions in one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def look(self, policy: str, reward_model: str | None) -> PolicyCalibrations:
        """Return what the scores of a reward model say, or of the one with most. Raises BadSetting for one without scores."""
        found = self._read(policy)
        counts = Counter(
            name for _, _, scorings in found.scored for name in {each.scoring.reward_model for each in scorings}
        )
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        models = tuple(ScoringModel(name=name, solutions=solutions) for name, solutions in ordered)
        chosen = reward_model or (models[0].name if models else None)
        measured = None if chosen is None else _measure(found, policy, chosen)
        return PolicyCalibrations(models=models, chosen=chosen, measured=measured)

    def measure(self, policy: str, reward_model: str) -> MeasuredCalibration:
        """Return what the scores say. Raises BadSetting where there is nothing to compare."""
        return _measure(self._read(policy), policy, reward_model)

    def keep(self, policy: str, reward_model: str, made_by: str | None) -> KeptMap:
        """Measure, and keep the map: it is what calibrated scores are read from. Raises BadSetting where it was not measured."""
        found = self.measure(policy, reward_model)
        figures = found.figures
        if figures.before.value is None or figures.after.value is None:
            raise BadSetting(f"What this map is worth was not measured, so it is not kept. {figures.after.reason}")
        kept = KeptMap(
            map=figures.map,
            record=CalibrationRecord(
                pair=found.pair,
                problems=figures.problems,
                solutions=figures.solutions,
                steps=figures.steps,
                completions=figures.completions,
                folds=figures.folds,
                seed=figures.seed,
                error_before=figures.before.value,
                error_after=figures.after.value,
                versions=library_versions(),
            ),
            made_by=made_by,
        )
        self._store.runs.add_calibration_map(kept)
        return kept

    def get_kept(self, policy: str, reward_model: str) -> KeptMap | None:
        """Return the map that counts; None where none was kept."""
        return self._store.runs.get_calibration_map(reward_model, policy)

    def _read(self, policy: str) -> _Measured:
        """Read what was measured with completions of a policy. Raises BadSetting."""
        chosen = SetChoice(labels=f"{LabelKind.MONTE_CARLO}:{policy}").as_export_choice()
        chosen = replace(chosen, solutions=self._store.runs.list_measured_by(policy))
        found = _Measured()
        own: list[tuple[AnnotatedSolution, RolloutLabels]] = []
        for each in iter_chosen(self._store, chosen, unlabelled=False):
            labels = newest_of_policies(each.rollouts).get(policy)
            if labels is None:
                continue
            if each.solution.policy_model != policy:
                found.others += 1
            elif not labels.record.mode.has_shares:
                found.stopped += 1
            else:
                own.append((each, labels))
        found.own = len(own)
        for page in batched(own, _PAGE):
            scorings = self._store.runs.list_scorings([solution.solution.id for solution, _ in page])
            for solution, of_completions in page:
                if of_solution := scorings.get(solution.solution.id):
                    found.scored.append((solution, of_completions, of_solution))
        return found


def _measure(found: _Measured, policy: str, reward_model: str) -> MeasuredCalibration:
    by_version: dict[MeasuredPair, list[tuple[AnnotatedSolution, RolloutLabels, RecordedScoring]]] = defaultdict(list)
    scored = 0
    for solution, labels, scorings in found.scored:
        newest = {_pair(each, labels): each for each in scorings if each.scoring.reward_model == reward_model}
        scored += bool(newest)
        for pair, scoring in newest.items():
            by_version[pair].append((solution, labels, scoring))
    if not by_version:
        raise BadSetting(
            f"No solution that {policy!r} wrote and completed itself has scores of {reward_model!r}. Measure its solutions "
            "(Monte-Carlo labels under Dataset), and have the reward model score them."
        )
    pair, taken = max(by_version.items(), key=lambda item: (len(item[1]), max(each[2].created_at for each in item[1])))
    return MeasuredCalibration(
        pair=pair,
        figures=calibrate([_as_scored(*each) for each in taken]),
        left_out=LeftOutSolutions(
            others=found.others,
            stopped=found.stopped,
            unscored=found.own - scored,
            versions=scored - len(taken),
        ),
        temperatures=tuple(sorted({labels.record.sampling.temperature for _, labels, _ in taken})),
        completions=tuple(sorted({labels.record.completions for _, labels, _ in taken})),
    )


def scored_steps(scoring: RecordedScoring, labels: RolloutLabels) -> Iterable[CountedScore]:
    """Iterate over the steps with a score and with completions; merged steps are compared where they end."""
    for each in scoring.scoring.step_scores:
        if each.score is None or not 0 <= each.score <= 1 or each.last >= len(labels.steps):
            continue  # could not be read, or is of steps that are not there
        counts = labels.steps[each.last]
        if counts.drawn:
            yield CountedScore(score=each.score, reached=counts.reached, drawn=counts.drawn)


def _as_scored(solution: AnnotatedSolution, labels: RolloutLabels, scoring: RecordedScoring) -> ScoredCompletions:
    problem = solution.problem
    # the same question stands in several problems where it was asked again: folds must not part it
    return ScoredCompletions(problem=(problem.images, problem.question), steps=tuple(scored_steps(scoring, labels)))


def _pair(scoring: RecordedScoring, labels: RolloutLabels) -> MeasuredPair:
    return MeasuredPair(
        reward_model=scoring.scoring.reward_model,
        reward_model_revision=scoring.model[1],
        prompt_version=scoring.prompt_version,
        policy_model=labels.record.policy_model,
        policy_revision=labels.record.policy_revision,
    )
