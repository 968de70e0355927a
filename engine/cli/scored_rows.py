"""Labelled rows of a file with a reward model's scores of them: from a file of scores, from the model, or from both.

Where both are given, what the file lacks is scored and added to it as it comes, so that a run that was ended goes on where it was.
A list of steps is never merged.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.aggregate import aggregate
from engine.cli.evaluate_models import SharedRewardModel, describe
from engine.cli.evaluate_rows import LabelledRow, as_score
from engine.cli.json_lines import Journal, Line, Values, key_of
from engine.cli.options import open_images
from engine.cli.scoring import score_given
from engine.domain import Aggregation, Problem, Scoring, Solution
from engine.errors import EngineError, InvalidRequest, ServerError
from engine.evaluation.judged_steps import JudgedSolution
from engine.protocols import Models
from engine.serving.run import RunRequest, check
from engine.serving.scoring_queue import ScorePlan
from engine.system.progress import Progress

Scores = tuple[float | None, ...]  # one a step; None: could not be read


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredRows:
    """The rows of a file that have scores."""

    rows: tuple[LabelledRow, ...]
    known: KnownScores

    def judged(self) -> list[JudgedSolution]:
        """Return them as figures take them."""
        return [
            JudgedSolution(
                problem=row.problem,
                labels=row.labels,
                scores=self.known.scores[key_of(row.id)],
                source=row.source,
                policy=row.policy,
            )
            for row in self.rows
        ]


def score_rows(
    rows: Sequence[LabelledRow],
    scores: Path | None,
    model: SharedRewardModel,
    arguments: argparse.Namespace,
    failures: list[str],
) -> ScoredRows:
    """Score the labelled rows that a file of scores lacks where a reward model is named.

    Args:
        rows: of one file; their labels matter to nothing.
        scores: the file of scores; None: only the model's.
        model: loaded where rows lack scores, and left open.
        arguments: of the command.
        failures: gets a sentence for each row that cannot be scored.

    Raises:
        InvalidRequest: the file's scores are another model's.
        EngineError: the model failed; what was scored is kept.
    """
    with closing(Journal(scores, writes=model.is_named)) as journal:
        known = KnownScores(journal, rows, failures)
        if model.is_named:
            known.check_same("inner_blank_lines", arguments.inner_blank_lines)
        if model.is_named and any(map(known.lacks, rows)):
            _Scorer(model.load(), arguments, journal, known, failures).score(rows)
    failures += [f"line {row.line}: {str(scores)!r} has no scores of {row.id!r}" for row in rows if known.lacks(row)]
    return ScoredRows(rows=tuple(row for row in rows if key_of(row.id) in known.scores), known=known)


class KnownScores:
    """The scores of the rows, by the keys of their ids."""

    def __init__(self, journal: Journal, rows: Sequence[LabelledRow], failures: list[str]) -> None:
        self.scores: dict[str, Scores] = {}
        self.inside: dict[str, frozenset[int]] = {}  # steps that share the score of a group which ends later
        self.failed: set[str] = set()  # rows whose failure is told already
        self.made_by: dict[str, object] = {}  # what the file says of the model, and of how steps were shown
        self.seconds = 0.0  # that scoring took here
        self.solutions = 0  # that were scored here
        self._path = journal.path
        by_key = {key_of(row.id): row for row in rows}
        for line in journal.lines():
            identity = key_of(line.values.get("id", line.number))
            if identity not in by_key:
                continue  # of another part, or of another file
            for name in ("reward_model", "inner_blank_lines"):
                if name in line.values:
                    self.made_by.setdefault(name, line.values[name])
            try:
                self.scores[identity] = _spread(line, len(by_key[identity].steps))
                self.inside[identity] = _inside(line)
            except (ValueError, TypeError) as error:
                failures.append(f"line {by_key[identity].line}: {str(journal.path)!r}, line {line.number}: {error}")
                self.failed.add(identity)

    def check_same(self, name: str, value: object) -> None:
        """Raise InvalidRequest where the file's scores were made with something else than what is asked for."""
        if self.made_by.get(name, value) != value:
            raise InvalidRequest(
                f"{str(self._path)!r} holds scores made with {name} {self.made_by[name]!r}, not {value!r}. "
                "Name another file, or ask for the same."
            )

    def lacks(self, row: LabelledRow) -> bool:
        """Return whether a row has neither scores nor a failure that is told."""
        return key_of(row.id) not in self.scores and key_of(row.id) not in self.failed


def _spread(line: Line, steps: int) -> Scores:
    """Return the score of each step; those of merged steps are equal. Raises ValueError, TypeError."""
    groups = line.values.get("step_scores")
    if not isinstance(groups, list):
        raise TypeError("it has no list 'step_scores'")
    scores: list[float | None] = []
    for group in groups:
        if not isinstance(group, dict) or not {"first", "last", "score"} <= group.keys():
            raise TypeError("a step score has no 'first', 'last' and 'score'")
        first, last = group["first"], group["last"]
        if first != len(scores) or not isinstance(last, int) or last < first:
            raise ValueError(f"its step scores go on at step {first!r}, after {len(scores)} steps")
        try:
            scores += [as_score(group["score"])] * (last - first + 1)
        except ValueError as error:
            raise ValueError(f"the score of step {first}: {error}") from error
    if len(scores) != steps:
        raise ValueError(f"its scores are of {len(scores)} steps, and the solution has {steps}")
    return tuple(scores)


def _inside(line: Line) -> frozenset[int]:
    """Return the steps of groups that are not their last ones; the groups are known to be sound."""
    groups = line.values["step_scores"]
    assert isinstance(groups, list)
    return frozenset(step for group in groups for step in range(group["first"], group["last"]))


class _Scorer:
    """Scores rows with a reward model, and keeps every score as soon as it is there."""

    def __init__(
        self,
        models: Models,
        arguments: argparse.Namespace,
        journal: Journal,
        known: KnownScores,
        failures: list[str],
    ) -> None:
        self._models, self._arguments = models, arguments
        self._journal, self._known, self._failures = journal, known, failures
        self._identity: Values = {
            "reward_model": describe(self._models.reward_model.card),
            "inner_blank_lines": arguments.inner_blank_lines,
        }
        for name, value in self._identity.items():
            known.check_same(name, value)
            known.made_by[name] = value

    def score(self, rows: Sequence[LabelledRow]) -> None:
        """Score the rows that lack scores; consecutive ones about one problem share one reading of it.

        Where one of those lacks scores all are computed again, as what is computed together decides the last digits.
        """
        groups = [list(group) for _, group in itertools.groupby(rows, key=lambda row: row.problem)]
        groups = [group for group in groups if any(map(self._known.lacks, group))]
        progress = Progress("solutions scored", sum(map(len, groups)))
        started = time.monotonic()
        for group in groups:
            self._score_problem(group, self._models)
            progress.advance(len(group))
        self._known.seconds = time.monotonic() - started
        progress.finish()

    def _score_problem(self, rows: Sequence[LabelledRow], models: Models) -> None:
        try:
            request = self._request(rows)
            check(request)
            found = score_given(request, models)
        except InvalidRequest as error:
            self._fail(rows, str(error))
            return
        except EngineError:
            raise
        except Exception as error:
            raise EngineError(
                f"line {rows[0].line}: the reward model failed: {error!r}. {self._what_is_kept()}"
            ) from error
        new = {at: scoring for at, scoring in sorted(found.scorings.items()) if self._known.lacks(rows[at])}
        self._journal.add([self._line(rows[at], scoring) for at, scoring in new.items()])
        for at, scoring in new.items():
            self._known.scores[key_of(rows[at].id)] = tuple(
                each.score for each in scoring.step_scores for _ in range(each.first, each.last + 1)
            )
            self._known.solutions += 1
        if isinstance(found.error, ServerError):
            raise ServerError(f"line {rows[0].line}: {found.error} {self._what_is_kept()}") from found.error
        for index, reason in sorted(found.failures.items()):
            self._fail([rows[index]], reason)

    def _request(self, rows: Sequence[LabelledRow]) -> RunRequest:
        problem = Problem(question=rows[0].question)
        return RunRequest(
            problem=problem,
            images=open_images(rows[0].images, self._arguments.image_decoding),
            solutions=tuple(
                Solution(problem_id=problem.id, steps=tuple(map(self._shown, row.steps)), policy_model="")
                for row in rows
            ),
            plan=ScorePlan(max_steps=None),
        )

    def _shown(self, step: str) -> str:
        """Return a step as the model reads it."""
        if self._arguments.inner_blank_lines == "keep":
            return step
        return "\n".join(line for line in map(str.strip, step.splitlines()) if line)

    def _line(self, row: LabelledRow, scoring: Scoring) -> Values:
        return {
            "id": row.id,
            "step_scores": [asdict(each) for each in scoring.step_scores],
            "score": aggregate(scoring.step_scores, Aggregation.MEAN),
            **self._identity,
        }

    def _fail(self, rows: Sequence[LabelledRow], reason: str) -> None:
        rows = [row for row in rows if self._known.lacks(row)]
        self._failures.extend(f"line {row.line}: {reason}" for row in rows)
        self._known.failed |= {key_of(row.id) for row in rows}

    def _what_is_kept(self) -> str:
        if self._journal.path is None:
            return "Nothing is kept: with --scores FILE the same command would have gone on from there."
        return f"What was scored is in {str(self._journal.path)!r}: the same command goes on from there."
