"""A threshold tuned on a dev split, for ``python -m engine evaluate step-benchmark``: a split that shares no problem with the test.

Source: two groups deleted the "mini dev sets" that they had taken from VisualProcessBench: a threshold tuned on any part of the
test set is a leak.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from engine.cli.evaluate_models import SharedRewardModel
from engine.cli.evaluate_rows import LabelledRow, as_labelled, read_rows
from engine.cli.scored_rows import ScoredRows, score_rows
from engine.domain import Label
from engine.errors import EngineError, InvalidRequest
from engine.evaluation.judged_steps import as_columns
from engine.evaluation.shared_problems import find_shared
from engine.evaluation.thresholds import ChosenThreshold, tune
from engine.pictures.image_decoding import decode_image, pixel_digest


@dataclass(frozen=True, slots=True, kw_only=True)
class DevSplit:
    """The rows that a threshold is tuned on. They share no problem with what is tested."""

    path: Path
    rows: tuple[LabelledRow, ...]
    failures: tuple[str, ...]  # a sentence for each row that cannot be used


def read_dev_split(arguments: argparse.Namespace, tested: Sequence[LabelledRow]) -> DevSplit:
    """Return the dev split that a command names; whatever can be refused without a model is refused here.

    Args:
        arguments: of the command: ``tune_on``, ``tune_scores``, ``scores`` and ``reward_model``.
        tested: the rows of the tested file, those of other shards too.

    Raises:
        InvalidRequest: there is no such file, the split has no scores, shares a problem with what is tested, or has labels of one
            class only.
    """
    path = arguments.tune_on
    if arguments.tune_scores is None and arguments.reward_model is None:
        raise InvalidRequest("Say where the dev split's scores come from: --tune-scores FILE, --reward-model, or both.")
    files = [each.resolve() for each in (arguments.tune_scores, arguments.scores) if each is not None]
    if len(files) > len(set(files)):
        raise InvalidRequest("Keep the dev split's scores in a file of their own: ids of two files may be the same.")
    failures: list[str] = []
    rows = read_rows(path, as_labelled, failures)
    if shared := _shared(rows, tested):
        raise InvalidRequest(
            f"Line {shared[0].line} of {str(path)!r} is about a problem of the test set too: a threshold tuned on it would "
            "leak. Leave such problems out of one of the two files."
        )
    labels = {label for row in rows for label in row.labels}
    for label, word in ((Label.CORRECT, "correct"), (Label.WRONG, "wrong")):
        if label not in labels:
            raise InvalidRequest(
                f"No step of {str(path)!r} is labelled {word}, so no threshold can be tuned on it. Name another dev split."
            )
    return DevSplit(path=path, rows=tuple(rows), failures=tuple(f"{path.name}, {each}" for each in failures))


def tune_threshold(
    split: DevSplit,
    arguments: argparse.Namespace,
    model: SharedRewardModel,
    tested: ScoredRows,
    failures: list[str],
) -> ChosenThreshold:
    """Return the threshold with the highest macro-F1 on a dev split.

    Args:
        split: what it is tuned on.
        arguments: of the command: ``tune_scores`` and those of :func:`score_rows`.
        model: that scores what the split's file of scores lacks.
        tested: what is evaluated.
        failures: gets a sentence for each dev row that cannot be used.

    Raises:
        InvalidRequest: the split has scores of another model, or scored steps of one class only.
    """
    failures += split.failures
    bad: list[str] = []
    dev = score_rows(split.rows, arguments.tune_scores, model, arguments, bad)
    failures += [f"{split.path.name}, {each}" for each in bad]
    for name, value in tested.known.made_by.items():
        dev.known.check_same(name, value)
    steps = as_columns(dev.judged())
    has_both = steps.is_correct.any() and not steps.is_correct.all()
    found = tune(steps, str(split.path)) if has_both else None
    if found is None:
        raise InvalidRequest(
            f"{str(split.path)!r} has no scored steps of both classes, so no threshold can be tuned on it. Name another dev split."
        )
    return found


def _shared(dev: Sequence[LabelledRow], tested: Sequence[LabelledRow]) -> list[LabelledRow]:
    """Return the rows of a dev split about a problem that is tested. Each file of a picture is read once at most."""
    pixels = cache(_pixels)
    return find_shared(dev, tested, lambda row: row.question, lambda row: tuple(map(pixels, row.images)))


def _pixels(path: Path) -> str:
    """Return what a picture is, however its file is written; its path where it cannot be read."""
    try:
        return pixel_digest(decode_image(path.read_bytes()))
    except (OSError, EngineError):
        return str(path)
