"""Gradio's pages, quiet where nothing is asked of them, and for what no page sends: such a request is refused in one line."""

from __future__ import annotations

import logging
from typing import Any

import gradio as gr

from visualprm_ui.access.connections import watch_connections
from visualprm_ui.access.gradio_routes import NO_PAGE

log = logging.getLogger(__name__)

# Seconds. Gradio 6.31 looks for handlers to run every millisecond: 4 % of a core for an app that nobody uses.
LOOK_FOR_HANDLERS = 0.01
LOOK_FOR_PROGRESS = 0.1  # of handlers that report it, which ours do not


class QuietBlocks(gr.Blocks):  # type: ignore[misc]
    """All pages with their handlers. What a handler of ours raises is told by ``visualprm_ui/pages/errors.py``."""

    def queue(self, *settings: Any, **options: Any) -> QuietBlocks:
        """See ``gr.Blocks.queue``."""
        super().queue(*settings, **options)
        self._queue.sleep_when_free = LOOK_FOR_HANDLERS
        self._queue.progress_update_sleep_when_free = LOOK_FOR_PROGRESS
        return self

    def launch(self, *settings: Any, **options: Any) -> Any:
        """See ``gr.Blocks.launch``; the server watches its connections."""
        watch_connections()
        return super().launch(*settings, **options)

    async def preprocess_data(self, block_fn: Any, inputs: list[Any], *more: Any, **options: Any) -> list[Any]:
        """Return what a handler is called with. Raises gr.Error for too few values, or one that its component does not take."""
        if block_fn.fn is None:  # it runs in the browser alone
            raise gr.Error(NO_PAGE, print_exception=False)
        try:
            return list(await super().preprocess_data(block_fn, inputs, *more, **options))
        except gr.Error:
            raise
        except Exception as error:  # whatever a component raises for a value of another kind
            log.info("refused handler=%s error=%s", block_fn.name, type(error).__name__)
            log.debug("refused", exc_info=error)
            raise gr.Error(NO_PAGE, print_exception=False) from error
