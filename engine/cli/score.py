"""``python -m engine score``: score the steps of given responses, a JSON object a line in and out.

Lines are written beside the output file, which they replace when every row was tried and something was scored: a run that ends
early leaves an earlier result as it is, and its own lines in ``OUTPUT.part``.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.aggregate import aggregate
from engine.cli.options import ImageDecoding, ProgressPrinter, add_model_options, model_choice, open_images
from engine.cli.scoring import score_given
from engine.domain import Aggregation, Problem, Scoring, Solution
from engine.errors import InvalidRequest
from engine.loading import load_models
from engine.metering.usage import ServerUsage, add_up
from engine.protocols import Models
from engine.serving.run import RunRequest, check
from engine.serving.scoring_queue import ScorePlan
from engine.solution_text.steps import read_json_response, split_as_released
from engine.system.progress import Progress

MODES = ("prm", "orm", "stepwise")


@dataclass(frozen=True, slots=True, kw_only=True)
class _InputRow:
    """One line of the input."""

    line: int  # 1-based
    id: object  # handed through as it is; the line where there is none
    images: tuple[Path, ...]
    question: str
    steps: tuple[str, ...]
    is_split: bool  # the steps were given as a list: they are never merged


def add_parser(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "--input", required=True, type=Path, help="JSON lines: id (or the line number), image, question, response"
    )
    parser.add_argument(
        "--output", required=True, type=Path, help="JSON lines: id, step_scores, score; OUTPUT.part until all is done"
    )
    parser.add_argument(
        "--mode",
        default="prm",
        choices=MODES,
        help="prm: every step, one pass; orm: the whole response as one step; stepwise: one pass a step",
    )
    parser.add_argument(
        "--image-decoding",
        default=ImageDecoding.PAGE,
        type=ImageDecoding,
        choices=list(ImageDecoding),
        help="page: as uploads are decoded, transparent on white; reference: as VisualPRM's released code; default: page",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    add_model_options(parser, policy=False)


def main(arguments: argparse.Namespace) -> int:
    """Run the command; return the exit code, 0 when every line was scored."""
    failures: list[str] = []
    usage: list[ServerUsage] = []
    try:
        rows = list(_read_rows(arguments.input, failures))
    except OSError as error:
        raise InvalidRequest(f"{str(arguments.input)!r} cannot be read: {error}.") from error
    scored = 0
    with closing(Output(arguments.output, arguments.input)) as output:
        models = load_models(model_choice(arguments), report=ProgressPrinter())
        output.start()
        progress = Progress("rows tried", len(rows))
        for _, group in itertools.groupby(rows, key=lambda row: (row.images, row.question, row.is_split)):
            tried = list(group)
            lines = _score_group(tried, models, arguments, failures, usage)
            output.write(lines)
            scored += len(lines)
            progress.advance(len(tried))
        progress.finish()
        if scored or not failures:
            output.keep()
    if not rows and not failures:
        print(f"{str(arguments.input)!r} has no lines: nothing was scored", file=sys.stderr)
    for line in (*failures, *(each.sentence for each in add_up(usage))):
        print(line, file=sys.stderr)
    if arguments.json:
        print(json.dumps({"scored": scored, "failed": len(failures), "output": str(arguments.output)}))
    return 1 if failures else 0


class Output:
    """The output: a temporary file beside the requested one, or a stream such as ``/dev/stdout`` written directly."""

    def __init__(self, path: Path, source: Path) -> None:
        """Open the output; existing content is kept until :meth:`start`. Raises InvalidRequest."""
        self.path = path.resolve()
        self.part = self.path.with_name(self.path.name + ".part")
        try:
            self._is_stream = path.is_relative_to("/dev") or (path.exists() and not path.is_file())
            if self._is_stream:
                self._file = path.open("w", encoding="utf-8")
                return
            if any(each.exists() and each.samefile(source) for each in (self.path, self.part)):
                raise InvalidRequest(f"{str(path)!r} would replace the input {str(source)!r}. Name another output.")
            self._file = self.part.open("a", encoding="utf-8")
        except OSError as error:
            raise InvalidRequest(f"{str(path)!r} cannot be written: {error}.") from error

    def start(self) -> None:
        """Discard what an earlier run left behind."""
        if not self._is_stream:
            self._file.truncate(0)

    def write(self, lines: Sequence[str]) -> None:
        """Write lines and flush them, so that a later failure loses none."""
        self._file.writelines(line + "\n" for line in lines)
        self._file.flush()

    def keep(self) -> None:
        """Move the lines to the requested path."""
        self._file.close()
        if not self._is_stream:
            os.replace(self.part, self.path)

    def close(self) -> None:
        """Close the output; report where unfinished results are, if there are any."""
        self._file.close()
        if self._is_stream or not self.part.exists():
            return
        if self.part.stat().st_size:
            print(f"what was scored is in {str(self.part)!r}", file=sys.stderr)
        else:
            self.part.unlink()


def _score_group(
    rows: Sequence[_InputRow],
    models: Models,
    arguments: argparse.Namespace,
    failures: list[str],
    usage: list[ServerUsage],
) -> list[str]:
    """Return the output lines of consecutive rows about one picture and question, which is read once for all of them.

    What cannot be scored joins ``failures``, and what servers were asked ``usage``.
    """
    problem = Problem(question=rows[0].question)
    solutions = tuple(Solution(problem_id=problem.id, steps=row.steps, policy_model="") for row in rows)
    try:
        request = RunRequest(
            problem=problem,
            images=open_images(rows[0].images, arguments.image_decoding),
            solutions=solutions,
            plan=_plan(arguments, is_split=rows[0].is_split),
        )
        check(request)
    except InvalidRequest as error:
        failures.extend(f"line {row.line}: {error}" for row in rows)
        return []
    found = score_given(request, models)
    usage.extend(found.usage)
    failures.extend(f"line {rows[index].line}: {reason}" for index, reason in sorted(found.failures.items()))
    return [_line(row, found.scorings[index]) for index, row in enumerate(rows) if index in found.scorings]


def _plan(arguments: argparse.Namespace, *, is_split: bool) -> ScorePlan:
    if arguments.mode == "orm":
        return ScorePlan(max_steps=1)
    return ScorePlan(max_steps=None if is_split else arguments.max_steps, stepwise=arguments.mode == "stepwise")


def _line(row: _InputRow, scoring: Scoring) -> str:
    return json.dumps(
        {
            "id": row.id,
            "step_scores": [asdict(step_score) for step_score in scoring.step_scores],
            "score": aggregate(scoring.step_scores, Aggregation.MEAN),
        },
        ensure_ascii=False,
    )


def _read_rows(path: Path, failures: list[str]) -> Iterator[_InputRow]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                text = line.decode("utf-8-sig").strip()
                if text:
                    yield _read_row(number, json.loads(text), path.parent)
            except KeyError as error:
                failures.append(f"line {number}: not a row to score: it has no {error}.")
            except (ValueError, TypeError, RecursionError) as error:
                failures.append(f"line {number}: not a row to score: {error}")


def _read_row(number: int, value: object, folder: Path) -> _InputRow:
    if not isinstance(value, dict):
        raise TypeError(f"{type(value).__name__}, not an object")
    if re.search("[\ud800-\udfff]", json.dumps(value, ensure_ascii=False)):
        raise ValueError("it holds half a character (a lone surrogate), which is not valid text")
    image, response, question = value.get("image"), value["response"], value["question"]
    names = [] if image is None else image if isinstance(image, list) else [image]
    if not all(isinstance(name, str) for name in names):
        raise TypeError(f"image is {image!r}, not a text or a list of texts")
    if not isinstance(question, str):
        raise TypeError(f"question is {type(question).__name__}, not a text")
    if isinstance(response, str):
        response = read_json_response(response) or response
    if isinstance(response, str):
        steps = split_as_released(response)
    elif isinstance(response, dict) and isinstance(response.get("steps"), list):
        steps = tuple(response["steps"])
    else:
        raise TypeError('response is neither a text nor {"steps": [...]}')
    for index, step in enumerate(steps):
        if not isinstance(step, str):
            raise TypeError(f"steps[{index}] is {type(step).__name__}, not a text")
    if not steps:
        raise ValueError("response has no steps")
    return _InputRow(
        line=number,
        id=value.get("id", number),
        images=tuple(folder / name for name in names),
        question=question,
        steps=steps,
        is_split=not isinstance(response, str),
    )
