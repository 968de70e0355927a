"""``python -m engine convert``: an original InternVL2.5 folder to a native "-hf" folder, for transformers and vLLM."""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def add_parser(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("source", type=Path, help="folder of the original checkpoint")
    parser.add_argument("target", type=Path, help="folder to write; must not exist or be empty")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")


def main(arguments: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    from engine.models.families.internvl_original.convert import (
        convert,  # late: imports torch, and the other commands need not wait for it
    )

    convert(arguments.source, arguments.target)
    print(json.dumps({"folder": str(arguments.target)}) if arguments.json else f"wrote {arguments.target}")
    return 0
