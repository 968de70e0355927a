"""``python -m engine <command>``: the engine without the page. Results go to standard output, progress to standard error."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from types import ModuleType

from engine.cli import answers, convert, evaluate, label, models, score, selftest, solve
from engine.errors import EngineError

COMMANDS = {
    "solve": (solve, "sample solutions of a problem, score every step, choose the best"),
    "score": (score, "score the steps of given responses"),
    "answers": (answers, "read the final answers of responses and grade them"),
    "evaluate": (evaluate, "measure reward models on labelled steps, and choosing among N solutions"),
    "label": (label, "sample solutions and label their steps by rollouts, as VisualPRM400K was made"),
    "models": (models, "list models, check that one loads, change what a running app serves"),
    "selftest": (selftest, "check that models compute here what they should"),
    "convert": (convert, "turn an original InternVL2.5 folder into a native one"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0 only when everything asked for was done."""
    parser = argparse.ArgumentParser(prog="python -m engine", description="Sample and score step-by-step solutions.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (module, purpose) in COMMANDS.items():
        module.add_parser(commands.add_parser(name, help=purpose, description=purpose))
    arguments = parser.parse_args(argv)
    try:
        command: ModuleType = COMMANDS[arguments.command][0]
        return int(command.main(arguments))
    except EngineError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
