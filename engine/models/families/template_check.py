"""Whether a checkpoint's own chat template writes turns as the engine does, so that a difference does not pass without a word.

Prompts are the family's own (``engine.prompts``); the template is rendered for comparison only, in transformers' sandbox and with a
time limit. A system message in front is not compared: which one a model gets is a setting. Knows no weights.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import Any

from transformers.utils.chat_template_utils import render_jinja_template

from engine.prompts.chat import ChatTemplate
from engine.prompts.segments import Text, as_string

MOST_CHARACTERS = 100_000  # the longest published templates have about 15,000
MOST_SECONDS = 2.0
THINKS = ("<think>", "enable_thinking")
FIRST, ANSWER, SECOND = "What is it?", "A bar.", "And now?"


def template_notice(folder: Path, chat: ChatTemplate) -> str | None:
    """Return a sentence for people where the folder's chat template writes other turns than ``chat``; None where it does not.

    A folder without a template says nothing.
    """
    template = read_template(folder)
    if template is None:
        return None
    said = []
    if not _writes(template, chat):
        said.append(
            "This model's own chat template writes its turns in another way than it is asked here, so that its answers or scores "
            "may be worse than it can give. Serve it with vLLM and give its address to use the template."
        )
    if any(mark in template for mark in THINKS):
        said.append("This is a thinking model: it is asked without its template's settings for thinking.")
    return " ".join(said) or None


def read_template(folder: Path) -> str | None:
    """Return the chat template of a folder, from where transformers looks for it; None where there is none that can be read."""
    path = folder / "chat_template.jinja"
    if path.is_file():
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, ValueError):
            return None
    for name in ("chat_template.json", "processor_config.json", "tokenizer_config.json"):
        stated = _object(folder / name).get("chat_template")
        if isinstance(stated, list):  # several, by name
            stated = {str(each.get("name")): each.get("template") for each in stated if isinstance(each, dict)}.get(
                "default"
            )
        if isinstance(stated, str):
            return stated
    return None


def _writes(template: str, chat: ChatTemplate) -> bool:
    """Return whether a template ends a dialogue of three messages as ``chat`` does."""
    segments = (
        *chat.user_turn(Text(FIRST)), *chat.turn_end(),
        *chat.assistant, Text(chat.gap + ANSWER), *chat.turn_end(),
        *chat.user_turn(Text(SECOND)), *chat.turn_end(),
        *chat.assistant,
    )  # fmt: skip
    said = (("user", FIRST), ("assistant", ANSWER), ("user", SECOND))
    plain: list[dict[str, Any]] = [{"role": role, "content": text} for role, text in said]
    parts = [{"role": role, "content": [{"type": "text", "text": text}]} for role, text in said]
    return any(_rendered(template, messages).endswith(as_string(segments)) for messages in (plain, parts))


def _rendered(template: str, messages: list[dict[str, Any]]) -> str:
    """Return what a template makes of messages; nothing where it fails or takes too long."""
    if len(template) > MOST_CHARACTERS:
        return ""
    try:
        with _seconds(MOST_SECONDS):
            rendered, _ = render_jinja_template([messages], chat_template=template, add_generation_prompt=True)
    except Exception:  # a template may raise anything, and refuse these messages
        return ""
    return str(rendered[0])


@contextmanager
def _seconds(most: float) -> Iterator[None]:
    """Raise TimeoutError in this thread's Python code after ``most`` seconds: a template may loop for ever."""
    end, before = monotonic() + most, sys.gettrace()

    def watch(frame: FrameType, event: str, argument: Any) -> Any:
        if monotonic() > end:
            raise TimeoutError("the chat template takes too long")
        return watch

    sys.settrace(watch)
    try:
        yield
    finally:
        sys.settrace(before)


def _object(path: Path) -> Mapping[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
