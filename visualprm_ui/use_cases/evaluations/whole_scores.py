"""Scores of whole solutions, as an evaluation keeps them: the store would take them for scores of steps.

A line a solution, added as soon as a model has scored it. They stay where an addition comes to nothing, so that asking for it again
goes on from there. Knows files only.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from storage.files.atomic import translated_disk_errors
from storage.files.private import FILE_MODE
from storage.formats.lines import as_json_line
from visualprm_ui.use_cases.evaluations.files import LASTING
from visualprm_ui.use_cases.evaluations.pool_draws import Scores
from visualprm_ui.use_cases.model_job_request import ModelId


class WholeScores:
    """The scores of one evaluation. Not safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / LASTING
        self._scores: dict[tuple[ModelId, str], Scores] = {}

    def read(self) -> None:
        """Read what was kept. A line that a killed process left half written is left out."""
        with suppress(FileNotFoundError), self._path.open(encoding="utf-8") as file:
            for line in file:
                with suppress(ValueError):
                    name, revision, prompt_version, solution, scores = json.loads(line)
                    model = ModelId(name=name, revision=revision, prompt_version=prompt_version)
                    self._scores[model, solution] = tuple(scores)

    def get(self, model: ModelId, solution_id: str) -> Scores | None:
        """Return a model's score of a solution; None: it has none."""
        return self._scores.get((model, solution_id))

    def add(self, model: ModelId, scores: Mapping[str, Scores]) -> None:
        """Keep a model's scores, by solution. Raises DiskError."""
        self._scores |= {(model, each): values for each, values in scores.items()}
        of = [model.name, model.revision, model.prompt_version]
        with (
            translated_disk_errors("the scores of an evaluation"),
            open(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, FILE_MODE), "a", encoding="utf-8") as file,
        ):
            file.writelines(as_json_line([*of, each, list(values)]) for each, values in scores.items())
