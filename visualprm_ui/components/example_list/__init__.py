"""Example problems that the loaded models can work with: a picture and a question each, one press to run one."""

from __future__ import annotations

from collections.abc import Sequence

from engine.domain import Problem
from visualprm_ui.components.base import JavaScriptComponent


class ExampleList(JavaScriptComponent):
    """Buttons for example problems. Event ``chosen`` carries ``{"index"}``; ``drawn`` asks for a new random problem."""

    def __init__(self, examples: Sequence[Problem], *, can_draw: bool, elem_id: str | None = "vp-examples") -> None:
        """Offer ``examples``, each with one image, and with ``can_draw`` a button for a problem nobody has seen."""
        rows = [{"sha": problem.images[0], "question": problem.question} for problem in examples]
        value = {"examples": rows, "can_draw": can_draw}
        super().__init__(value, module="example_list", events=("chosen", "drawn"), elem_id=elem_id)

    def postprocess(self, value: object) -> object:
        """Pass the value on: it never changes after the page was built."""
        return value
