"""``python -m engine answers``: read the final answers of responses and grade them, a JSON object a line in and out.

Every good line is answered, whatever the others hold. Loads no model.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from engine.answers import answers_equal, bare_answer, read_answer, stated_answer
from engine.cli.score import Output
from engine.errors import InvalidRequest
from engine.system.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One line of the input."""

    id: object  # handed through as it is
    response: str | None  # a whole solution
    answer: str | None  # what it states, where the response is not given
    reference: str | None  # None: not graded
    question: str | None  # its options are read, where it gives some


def add_parser(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "--input",
        required=True,
        type=Path,
        help="JSON lines: id, response or answer, and where known reference, question",
    )
    parser.add_argument(
        "--output",
        required=True,
        type=Path,
        help="JSON lines: id, answer, equal; OUTPUT.part until every line was tried",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")


def main(arguments: argparse.Namespace) -> int:
    """Do it; return the exit code, 0 when every line was answered."""
    failures: list[str] = []
    answered = 0
    with closing(Output(arguments.output, arguments.input)) as output:
        try:
            file = arguments.input.open("rb")
        except OSError as error:
            raise InvalidRequest(f"{str(arguments.input)!r} cannot be read: {error}.") from error
        output.start()
        with file, Progress("lines tried") as progress:
            size, read = os.fstat(file.fileno()).st_size, 0  # 0: of a stream
            for number, line in enumerate(file, start=1):
                read += len(line)
                try:
                    text = line.decode("utf-8-sig").strip()
                    if text:
                        output.write([_answer(_read_row(json.loads(text)))])
                        answered += 1
                except (ValueError, TypeError, RecursionError) as error:
                    failures.append(f"line {number}: not a row to answer: {error}")
                progress.update(number, read / size if size else None)
        output.keep()
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"answered {answered} of {answered + len(failures)}", file=sys.stderr)
    if arguments.json:
        print(json.dumps({"answered": answered, "failed": len(failures), "output": str(arguments.output)}))
    return 1 if failures else 0


def _answer(row: _Row) -> str:
    answer = row.answer if row.response is None else read_answer(row.response)
    equal = None
    if row.reference is not None:
        equal = answer is not None and answers_equal(answer, row.reference, question=row.question)
    bare = None if answer is None else bare_answer(answer)
    return json.dumps({"id": row.id, "answer": bare, "equal": equal}, ensure_ascii=False)


def _read_row(value: object) -> _Row:
    if not isinstance(value, dict):
        raise TypeError(f"{type(value).__name__}, not an object")
    if re.search("[\ud800-\udfff]", json.dumps(value, ensure_ascii=False)):
        raise ValueError("it holds half a character (a lone surrogate), which is not valid text")
    if "id" not in value:
        raise ValueError("it has no 'id'")
    if not {"response", "answer"} & value.keys():
        raise ValueError("it has neither 'response' nor 'answer'")
    if value.get("response") is not None and value.get("answer") is not None:
        raise ValueError("it has both 'response' and 'answer'; the correct answer goes under 'reference'")
    texts: dict[str, str | None] = {}
    for name in ("response", "answer", "reference", "question"):
        text = value.get(name)
        if name == "response" and isinstance(text, dict) and isinstance(text.get("steps"), list):
            steps = text["steps"]
            text = "\n\n".join(steps) if all(isinstance(step, str) for step in steps) else steps
        if name in ("answer", "reference"):
            text = stated_answer(text)
        if text is not None and not isinstance(text, str):
            raise TypeError(f"{name} is {type(text).__name__}, not a text")
        texts[name] = text
    return _Row(id=value["id"], **texts)
