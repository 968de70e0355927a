"""The example problems that come with the models."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from engine.domain import Problem
from storage import ImageRepository


def store_examples(images: ImageRepository, folder: Path) -> Sequence[Problem]:
    """Store the pictures of a folder of example problems (``problems.jsonl``) and return the problems."""
    problems = []
    for line in (folder / "problems.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        image = images.add((folder / row["image"]).read_bytes())
        problems.append(Problem(images=(image.sha,), question=row["question"], answer=row["answer"]))
    return tuple(problems)
