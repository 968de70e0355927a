"""Prompts that people state for models, in one TOML file: how a policy is asked, and the system message in front.

A part of the file is for one model, by the name that it is shown and stored under; ``["*"]`` is for all that have none. Without a
file, or a part of it, a model has the prompts of its family and its ``workbench.json``. Pure; knows no model.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import LoadError

EVERY_MODEL = "*"
KEYS = ("system", "policy_prompt")
QUESTION = "{question}"
MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedPrompts:
    """What is stated for one model: values of ``KEYS``, an empty system message as None."""

    values: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def version(self) -> str | None:
        """Eight hexadecimal digits that change with the words; None where nothing is stated."""
        if not self.values:
            return None
        words = json.dumps(self.values, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:8]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptFile:
    """The prompts of a file, by the model's name in lower case."""

    parts: Mapping[str, StatedPrompts] = field(default_factory=dict)

    def of(self, *names: str | None) -> StatedPrompts:
        """Return what is stated for a model that goes by any of these names, the first that has a part; else for every model."""
        for name in (*names, EVERY_MODEL):
            if name is not None and name.lower() in self.parts:
                return self.parts[name.lower()]
        return StatedPrompts()


NO_PROMPTS = PromptFile()


def read_prompt_file(path: str | Path | None) -> PromptFile:
    """Read a file; nothing is stated where there is none to read. Raises LoadError, which names file, key and what to do."""
    if not path:
        return NO_PROMPTS
    shown = f"The prompt file {str(path)!r}"
    try:
        data = Path(path).read_bytes()
        if len(data) > MOST_BYTES:
            raise LoadError(
                f"{shown} has {len(data):,} bytes; the most is {MOST_BYTES:,}. Name another with --prompt-file."
            )
        stated = tomllib.loads(data.decode("utf-8"))
    except OSError as error:
        raise LoadError(
            f"{shown} cannot be read: {error.strerror or error}. Name another with --prompt-file, or leave it out."
        ) from error
    except (ValueError, RecursionError) as error:  # no UTF-8, or no TOML
        raise LoadError(f"{shown} is not TOML: {error}. See docs/models.md for how it is written.") from error
    parts = {name.lower(): _part(shown, name, value) for name, value in stated.items()}
    return PromptFile(parts=parts)


def _part(shown: str, name: str, value: object) -> StatedPrompts:
    if not isinstance(value, dict):
        raise LoadError(
            f"{shown} states {name!r} outside of a part. Write the model's name above it, in brackets and quotes: "
            f'["{EVERY_MODEL}"] for every model.'
        )
    where = f'{shown}, part ["{name}"]'
    if unknown := sorted(value.keys() - set(KEYS)):
        raise LoadError(f"{where}, has the unknown key {unknown[0]!r}. Known are {' and '.join(KEYS)}.")
    found: dict[str, str | None] = {}
    for key, words in value.items():
        if not isinstance(words, str):
            raise LoadError(f"{where}: {key} is {words!r}. Write a text, in quotes.")
        found[key] = words
    if "policy_prompt" in found and QUESTION not in (found["policy_prompt"] or ""):
        raise LoadError(f"{where}: policy_prompt has no {QUESTION} in it. Write it where the question goes.")
    if found.get("system") == "":
        found["system"] = None
    return StatedPrompts(values=found)
