"""Example problems that the loaded models can work with: a picture and a question each, one click to fill the form."""

from __future__ import annotations

from collections.abc import Sequence

from engine.domain import Problem
from visualprm_ui.components.hosted import Hosted


class ExampleList(Hosted):
    """Buttons for example problems. Event ``chosen`` carries ``{"index"}``."""

    def __init__(self, examples: Sequence[Problem], *, elem_id: str | None = "vp-examples") -> None:
        """Offer ``examples``; each has one image."""
        rows = [{"sha": problem.images[0], "question": problem.question} for problem in examples]
        super().__init__({"examples": rows}, module="example_list", events=("chosen",), elem_id=elem_id)

    def postprocess(self, value: object) -> object:
        """Pass the value on: it never changes after the page was built."""
        return value
