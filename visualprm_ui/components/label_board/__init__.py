"""The label board: one person labels the steps of one queue's solutions. It reads tasks from REST and saves there by itself.

A value names the queue and nothing else: tasks, labels and scores never pass through Gradio, so blind labelling cannot leak a score
and a save costs no Gradio event. Knows no task, no label and no page.
"""

from __future__ import annotations

from visualprm_ui.components.base import JavaScriptComponent
from visualprm_ui.components.board_styles import BOARD_STYLE_SHEETS

MAX_ID = 200  # characters; a longer queue id is no id of ours


class LabelBoard(JavaScriptComponent):
    """Labels the queue ``{"queue": id}``; without one it lists the queues. Draws itself over the whole window below the app bar."""

    def __init__(self, value: object = None, *, elem_id: str | None = "vp-label-board", render: bool = True) -> None:
        """Draw the board. ``render``: see ``JavaScriptComponent``."""
        super().__init__(value, module="label_board", style_sheets=BOARD_STYLE_SHEETS, elem_id=elem_id, render=render)

    def postprocess(self, value: object) -> dict[str, str | None]:
        """Return ``{"queue": id or None}``; None lists the queues.

        Raises:
            ValueError: the value is neither None nor a mapping whose ``queue`` is a string or None.
        """
        queue = value.get("queue") if isinstance(value, dict) else value
        if queue is None or (isinstance(queue, str) and not queue.strip()):
            return {"queue": None}
        if not isinstance(queue, str) or len(queue) > MAX_ID:
            raise ValueError(
                f"LabelBoard shows a queue named by an id of at most {MAX_ID} characters, not {str(value)[:80]!r}."
            )
        return {"queue": queue}
