"""The board of one run: verdict, solutions with a score on every step, orders and aggregations to switch between.

Its value is the RunView of ``visualprm_ui/use_cases/run_view.py``; streamed updates of it reach the page as small edits.
"""

from __future__ import annotations

from collections.abc import Mapping

from visualprm_ui.components.base import JavaScriptComponent

_STATES = frozenset({"queued", "running", "done", "stopped", "failed"})


class SolutionBoard(JavaScriptComponent):
    """Value: a RunView, ``{"refusal"}`` (why the run of the address is not shown), or ``None``: nothing has been sampled.

    A RunView with ``is_newest`` is the newest of its maker, which the page opened by itself. One with ``form`` (what the form was
    ``drawn`` with, and the ``values`` of the run) fills it by the event ``opened``, unless somebody has written in it meanwhile.
    Event ``restored`` carries ``{"run"}``: it asks for that run's question in the form again.
    """

    def __init__(
        self, value: Mapping[str, object] | None = None, *, elem_id: str | None = "vp-board", render: bool = True
    ) -> None:
        """Draw a board."""
        super().__init__(value, module="solution_board", events=("restored", "opened"), elem_id=elem_id, render=render)

    def postprocess(self, value: object) -> object:
        """Check that ``value`` is a RunView. Raises ``ValueError`` when it is not; an empty one counts as ``None``."""
        if not value:
            return None
        if isinstance(value, Mapping) and isinstance(value.get("refusal"), str):
            return {"refusal": value["refusal"]}
        if not isinstance(value, Mapping) or not isinstance(value.get("run"), str) or value.get("state") not in _STATES:
            raise ValueError(
                f"SolutionBoard needs a RunView with a run id and a known state, got {str(value)[:200]!r}."
            )
        return value
