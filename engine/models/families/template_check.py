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
from engine.prompts.segments import Segment, Special, Text, as_string
from engine.prompts.style import BegunThought
from engine.prompts.tokenizer import Tokens
from engine.solution_text.thoughts import MARKS, marks_begun

MOST_CHARACTERS = 100_000  # the longest published templates have about 15,000
MOST_SECONDS = 2.0
THINKS = ("enable_thinking", *(marks.begin for marks in MARKS))
THINKING = "This is a thinking model: its thought is kept apart from the steps and counts towards the token limit."
FIRST, ANSWER, SECOND = "What is it?", "A bar.", "And now?"


def template_notice(folder: Path, chat: ChatTemplate) -> str | None:
    """Return a sentence for people where the folder's chat template writes other turns than ``chat``; None where it does not.

    A folder without a template says nothing.
    """
    template = read_template(folder)
    if template is None:
        return None
    said = []
    if not writes(folder, template, chat):
        said.append(
            "This model's own chat template writes its turns in another way than it is asked here, so that its answers or scores "
            "may be worse than it can give. Serve it with vLLM and give its address to use the template."
        )
    if any(mark in template for mark in THINKS):
        said.append(THINKING)
    return " ".join(said) or None


def begun_thought(folder: Path, chat: ChatTemplate, tokens: Tokens) -> BegunThought | None:
    """Return the thought that a folder's chat template begins behind the header of an answer; None where it begins none."""
    written = rendered(read_template(folder) or "", [{"role": "user", "content": FIRST}])
    marks = marks_begun(written)
    begins = written.rpartition(as_string(chat.assistant))[2] if marks is not None else ""
    if marks is None or not begins.strip().startswith(marks.begin):
        return None  # other turns: they are asked without

    def mark(spelling: str) -> Segment:
        return Special(spelling) if tokens.has_special(spelling) else Text(spelling)

    behind = Text(begins.partition(marks.begin)[2])
    return BegunThought(marks=marks, begin=(mark(marks.begin), behind), end=(mark(marks.end), Text("\n\n")))


def default_system(template: str, chat: ChatTemplate) -> str | None:
    """Return the system message that a template writes where nobody gives one; None where it writes none, or other turns."""
    if chat.system is None:
        return None
    written = rendered(template, [{"role": "user", "content": FIRST}])
    before, opened, rest = written.partition(as_string(chat.system))
    text, ended, _ = rest.partition(chat.end)
    is_first = opened and ended and as_string(chat.user) not in before + text
    return text.removeprefix(chat.gap) if is_first else None


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


def writes(folder: Path, template: str, chat: ChatTemplate, *, is_all: bool = False) -> bool:
    """Return whether a folder's template ends a dialogue of three messages as ``chat`` does; of one, where later headers differ.

    ``is_all``: and writes nothing in front of it but the first token of every prompt, no system message of its own either.
    """
    wanted = as_string(dialogue(chat))
    said = (("user", FIRST), ("assistant", ANSWER), ("user", SECOND))[: 3 if chat.has_one_answer_header else 1]
    plain: list[dict[str, Any]] = [{"role": role, "content": text} for role, text in said]
    parts = [{"role": role, "content": [{"type": "text", "text": text}]} for role, text in said]
    first, last = (special_token(folder, name) or "" for name in ("bos_token", "eos_token"))
    found = (_without_thought(rendered(template, each, bos_token=first, eos_token=last)) for each in (plain, parts))
    return any(each.removeprefix(first) == wanted if is_all else each.endswith(wanted) for each in found)


def dialogue(chat: ChatTemplate) -> tuple[Segment, ...]:
    """Return the dialogue that templates are compared on."""
    begun = (*chat.user_turn(Text(FIRST)), *chat.user_end(), *chat.assistant)
    if not chat.has_one_answer_header:
        return begun
    return (
        *begun, Text(chat.gap + ANSWER), *chat.turn_end(),
        *chat.user_turn(Text(SECOND)), *chat.user_end(), *chat.assistant,
    )  # fmt: skip


def special_token(folder: Path, name: str) -> str | None:
    """Return a token that ``tokenizer_config.json`` names, such as "bos_token"; None where it names none."""
    stated = _object(folder / "tokenizer_config.json").get(name)
    text = stated.get("content") if isinstance(stated, dict) else stated
    return text if isinstance(text, str) else None


def _without_thought(prompt: str) -> str:
    """Return a prompt without the thought that it begins at its end."""
    marks = marks_begun(prompt)
    return prompt if marks is None else prompt.rstrip().removesuffix(marks.begin)


def rendered(template: str, messages: list[dict[str, Any]], *, opens: bool = True, **settings: Any) -> str:
    """Return what a template makes of messages; nothing where it fails or takes too long.

    ``opens``: with the header of the next answer; ``settings``: its own variables.
    """
    if len(template) > MOST_CHARACTERS:
        return ""
    try:
        with _seconds(MOST_SECONDS):
            written, _ = render_jinja_template(
                [messages], chat_template=template, add_generation_prompt=opens, **settings
            )
    except Exception:  # a template may raise anything, and refuse these messages
        return ""
    return str(written[0])


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
