"""Gradio's pages, without tracebacks in the log for values that no page sends: such a request is refused in one line."""

from __future__ import annotations

import logging
from typing import Any

import gradio as gr

from visualprm_ui.access.gradio_routes import NO_PAGE

log = logging.getLogger(__name__)


class QuietBlocks(gr.Blocks):  # type: ignore[misc]
    """All pages with their handlers. What a handler of ours raises is told by ``visualprm_ui/pages/errors.py``."""

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
