"""Scores of whole solutions, as an evaluation keeps them: the store would take them for scores of steps.

A line a solution, added as soon as a model has scored it. They stay where an addition comes to nothing, so that asking for it again
goes on from there. Knows files only.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from storage.files.line_file import append_values, iter_values
from visualprm_ui.use_cases.evaluations.files import LASTING
from visualprm_ui.use_cases.evaluations.pool_draws import Scores
from visualprm_ui.use_cases.model_job_request import ModelId


class WholeScores:
    """The scores of one evaluation. Not safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / LASTING
        self._scores: dict[tuple[ModelId, str], Scores] = {}

    def read(self) -> None:
        """Read what was kept."""
        for values in iter_values(self._path):
            name, revision, prompt_version, solution, scores = cast(list[Any], values)
            model = ModelId(name=name, revision=revision, prompt_version=prompt_version)
            self._scores[model, solution] = tuple(scores)

    def get(self, model: ModelId, solution_id: str) -> Scores | None:
        """Return a model's score of a solution; None: it has none."""
        return self._scores.get((model, solution_id))

    def add(self, model: ModelId, scores: Mapping[str, Scores]) -> None:
        """Keep a model's scores, by solution. Raises DiskError."""
        self._scores |= {(model, each): values for each, values in scores.items()}
        of = [model.name, model.revision, model.prompt_version]
        lines = ([*of, each, list(values)] for each, values in scores.items())
        append_values(self._path, lines, "the scores of an evaluation")
