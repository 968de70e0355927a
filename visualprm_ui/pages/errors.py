"""How an error in a page's handler becomes a message on that page. REST has its own in ``visualprm_ui/api/requests.py``."""

from __future__ import annotations

import html
import logging
import secrets
from collections.abc import Callable, Iterator
from functools import wraps
from typing import ParamSpec, TypeVar

import gradio as gr

from engine import EngineError
from storage import StoreError

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


def with_error_messages(handler: Callable[P, Iterator[T]]) -> Callable[P, Iterator[T]]:
    """Wrap a generator handler: known errors are shown as their sentence, unknown ones as a short id that the log explains."""

    @wraps(handler)
    def call(*args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
        try:
            yield from handler(*args, **kwargs)
        except (EngineError, StoreError) as error:
            # Gradio renders messages as HTML, and these quote what somebody typed or what an address contained
            raise gr.Error(html.escape(str(error)), duration=12, print_exception=False) from error
        except gr.Error:
            raise
        except Exception as error:
            reference = secrets.token_hex(3)
            log.exception("error=%s in %s", reference, handler.__qualname__)
            raise gr.Error(f"Something went wrong; the log names it as {reference}.", print_exception=False) from error

    return call
