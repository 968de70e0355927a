"""Options that several commands share, and how pictures named on a command line are read."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path

from PIL import Image

from engine.cli.evaluate_rows import Shard
from engine.errors import InvalidRequest, UnreadableImage
from engine.metering.usage import ServerWait
from engine.model_catalogue.footprint import GIB, Quantisation
from engine.model_catalogue.model_choice import (
    AUTO,
    DEFAULT_POLICY,
    DEFAULT_REWARD_MODEL,
    LoadProgress,
    LoadUnit,
    ModelChoice,
)
from engine.pictures.image_decoding import decode_image
from engine.solution_text.steps import MAX_STEPS

PROGRESS_SECONDS = 2.0  # between two lines of progress; what takes less prints none


def add_model_options(parser: argparse.ArgumentParser, *, policy: bool) -> None:
    """Add the options that choose models and how they are loaded."""
    if policy:
        parser.add_argument(
            "--policy", default=str(DEFAULT_POLICY), help="folder, hub name or address of the model that writes"
        )
    parser.add_argument(
        "--reward-model", default=str(DEFAULT_REWARD_MODEL), help="folder, hub name or address of the model that scores"
    )
    add_load_options(parser)
    add_prompt_file(parser)
    add_token_prices(parser)
    parser.add_argument(
        "--max-tiles", type=int, help="most tiles a picture is cut into; default: as the checkpoint says"
    )
    parser.add_argument(
        "--prm-format",
        help="how the reward model is asked about steps (see docs/models.md); default: as it or its name says",
    )
    add_former_name(parser, "--reading", "prm_format")
    parser.add_argument(
        "--max-steps",
        type=max_steps,
        default=MAX_STEPS,
        help=f"merge a response's steps into at most so many, or 'none'; default {MAX_STEPS}",
    )


def add_former_name(parser: argparse.ArgumentParser, flag: str, dest: str) -> None:
    """Accept the former name of an option, hidden from the help text."""
    parser.add_argument(flag, dest=dest, default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def add_load_options(parser: argparse.ArgumentParser) -> None:
    """Add the options for device, dtype and quantisation."""
    parser.add_argument(
        "--device", default=AUTO, help="auto (all GPUs there are), cpu, cuda:N, or several: cuda:0,cuda:1"
    )
    parser.add_argument("--dtype", default=AUTO, choices=(AUTO, "float32", "bfloat16", "float16"))
    parser.add_argument(
        "--quantise",
        type=Quantisation,
        default=Quantisation.NONE,
        choices=list(Quantisation),
        help="store the text model's matrices in 8 or 4 bits; needs bitsandbytes",
    )


def add_prompt_file(parser: argparse.ArgumentParser) -> None:
    """Add the option that states prompts."""
    parser.add_argument("--prompt-file", help="TOML file of prompts, by the model's name (see docs/models.md)")


def add_token_prices(parser: argparse.ArgumentParser) -> None:
    """Add the option that states what tokens of served models cost."""
    parser.add_argument(
        "--token-prices",
        default="",
        metavar="NAME=READ/WRITTEN,..",
        help="price of a million tokens read and written by a served model; the name * is every other",
    )


def model_choice(arguments: argparse.Namespace) -> ModelChoice:
    """Return what :func:`add_model_options` asked for; without ``--policy`` none is loaded."""
    return ModelChoice(
        policy=getattr(arguments, "policy", None),
        reward_model=arguments.reward_model,
        device=arguments.device,
        dtype=arguments.dtype,
        quantisation=arguments.quantise,
        max_tiles=arguments.max_tiles,
        prm_format=arguments.prm_format,
        prompt_file=arguments.prompt_file,
        token_prices=getattr(arguments, "token_prices", ""),
        api_key=os.environ.get("VISUALPRM_API_KEY"),
    )


def progress_line(source: str, unit: str, done: int, total: int | None) -> str:
    """Return a line that tells a person how far loading has got."""
    is_download = unit == LoadUnit.BYTES
    doing = f"{'downloading' if is_download else 'loading'} {source}"
    if total is None:
        return doing
    count = f"{done / GIB:.2f} of {total / GIB:.2f} GiB" if is_download else f"{done} of {total} tensors"
    return f"{doing}: {count} ({done * 100 // max(total, 1)} %)"


class WaitPrinter:
    """Prints to standard error that a model server asks to wait: once for each wait, not at every second of it."""

    def __init__(self) -> None:
        self._told: ServerWait | None = None

    def __call__(self, wait: ServerWait | None) -> None:
        """Tell what has changed; None: it is over."""
        if wait is not None and (self._told is None or wait.seconds > self._told.seconds):
            print(wait.sentence, file=sys.stderr)
        self._told = wait


class ProgressPrinter:
    """Prints loading progress to standard error every two seconds; implements ``ReportProgress``."""

    def __init__(self) -> None:
        self._printed_at = time.monotonic()

    def __call__(self, progress: LoadProgress) -> None:
        """Print the progress if two seconds have passed."""
        self._print(progress.source, progress.unit, progress.done, progress.total)

    def bytes_of(self, source: str) -> Callable[[int, int | None], None]:
        """Return the callback for the download progress of ``source``."""
        return lambda done, total: self._print(source, LoadUnit.BYTES, done, total)

    def _print(self, source: str, unit: LoadUnit, done: int, total: int | None) -> None:
        if time.monotonic() - self._printed_at >= PROGRESS_SECONDS:
            self._printed_at = time.monotonic()
            print(progress_line(source, unit, done, total), file=sys.stderr)


def max_steps(text: str) -> int | None:
    """Read ``--max-steps``: a number from 1, or "none"."""
    if text.lower() == "none":
        return None
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number from 1 nor 'none'")
    return int(text)


def shard(text: str) -> Shard:
    """Read ``--shard``: "I/N"."""
    try:
        return Shard.read(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


class ImageDecoding(StrEnum):
    """How picture files named on a command line become pixels."""

    PAGE = "page"  # as uploads do: upright, transparent parts white, more than 8 bits a channel scaled
    REFERENCE = "reference"  # as VisualPRM's released code does: Pillow's convert("RGB"), as stored, alpha dropped


def open_images(paths: Sequence[Path], how: ImageDecoding = ImageDecoding.PAGE) -> tuple[Image.Image, ...]:
    """Read picture files as RGB. Raises InvalidRequest, naming the file."""
    images = []
    for path in paths:
        try:
            images.append(decode_image(path.read_bytes()) if how is ImageDecoding.PAGE else _as_reference(path))
        except (OSError, UnreadableImage, Image.DecompressionBombError, ValueError, SyntaxError) as error:
            raise InvalidRequest(f"The picture {str(path)!r} cannot be read: {str(error).rstrip('.')}.") from error
    return tuple(images)


def _as_reference(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")
