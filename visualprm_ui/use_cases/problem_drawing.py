"""Drawing problems at random: their pictures are stored, and a drawn problem is known again by its id.

Knows the problem source and the stored images; knows no run.
"""

from __future__ import annotations

import secrets

from engine import InvalidRequest
from engine.domain import Problem
from storage import NOBODYS, ImageRepository
from visualprm_ui.use_cases.problem_source import ProblemSource, StepChecker, find_checker, problem_id, seed_of
from visualprm_ui.use_cases.sample_form import SampleForm, clean_text

MAX_SEED = 2**31


class ProblemDrawing:
    """Draws problems from a source and finds their checkers. Without a source nothing is drawn and nothing checked."""

    def __init__(self, images: ImageRepository, source: ProblemSource | None = None) -> None:
        self._images = images
        self._source = source

    @property
    def is_available(self) -> bool:
        """Whether there is a source to draw from."""
        return self._source is not None

    def draw(self) -> tuple[Problem, int]:
        """Draw a problem at random and store its picture; return it with its seed. Raises InvalidRequest without a source."""
        if self._source is None:
            raise InvalidRequest("The models that are loaded come without problems to draw.")
        seed = secrets.randbelow(MAX_SEED)
        return self._problem(self._source, seed), seed

    def find_unchanged(self, form: SampleForm) -> Problem | None:
        """Return the drawn problem that filled the form, unless there was none or the form was changed since."""
        if self._source is None or form.problem_seed is None:
            return None
        problem = self._problem(self._source, form.problem_seed)
        shown = (form.images, clean_text(form.question), clean_text(form.answer or ""))
        return problem if shown == (problem.images, problem.question, problem.answer) else None

    def seed_of(self, problem: str) -> int | None:
        """Return the seed behind a problem id, or None when the problem was not drawn."""
        return seed_of(self._source, problem)

    def checker_of(self, problem: Problem) -> StepChecker | None:
        """Return the exact checker of a problem, or None when it was not drawn."""
        return find_checker(self._source, problem)

    def _problem(self, source: ProblemSource, seed: int) -> Problem:
        drawn = source.draw(seed)
        image = self._images.add(drawn.image, NOBODYS)
        return Problem(
            id=problem_id(source, seed),
            images=(image.sha,),
            question=drawn.question,
            answer=drawn.answer,
            data_source=source.name,
        )
