"""The one place where errors become something a person reads on a page."""

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


def guarded(handler: Callable[P, Iterator[T]]) -> Callable[P, Iterator[T]]:
    """Let a generator handler's known errors be shown as they are, unknown ones as a short id that the log explains."""

    @wraps(handler)
    def call(*args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
        try:
            yield from handler(*args, **kwargs)
        except (EngineError, StoreError) as error:
            # Gradio renders messages as HTML, and these quote what somebody typed or what stood in an address
            raise gr.Error(html.escape(str(error)), duration=12, print_exception=False) from error
        except gr.Error:
            raise
        except Exception as error:
            reference = secrets.token_hex(3)
            log.exception("error=%s in %s", reference, handler.__qualname__)
            raise gr.Error(f"Something went wrong; the log names it as {reference}.", print_exception=False) from error

    return call
