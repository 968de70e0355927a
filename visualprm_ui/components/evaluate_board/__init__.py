"""Evaluations: their list, what one of them found, two side by side. It asks ``api/evaluations`` itself."""

from __future__ import annotations

from visualprm_ui.components.base import JavaScriptComponent

EVALUATE_STYLE_SHEETS = (  # in the order of the cascade
    "components/evaluate_board/style.css",
    "components/evaluate_board/list.css",
    "components/evaluate_board/charts.css",
    "components/evaluate_board/figures.css",
    "components/evaluate_board/steps.css",
    "components/evaluate_board/comparison.css",
)


class EvaluateBoard(JavaScriptComponent):
    """The page's content. It has no value."""

    def __init__(self, *, elem_id: str | None = "vp-evaluate") -> None:
        """Draw what the address names: the list, one evaluation, or two side by side."""
        super().__init__(None, module="evaluate_board", style_sheets=EVALUATE_STYLE_SHEETS, elem_id=elem_id)

    def postprocess(self, value: object) -> None:
        """Return no value."""
        return None
