"""The folder that ``python -m engine label`` fills: a journal of problems, and the rows and pictures made of it.

The journal has a problem a line, written whole, so that a command that was ended goes on behind the last one. The files of rows are
made of it in the order of the input: they come out the same, however often it was ended.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from engine.cli.evaluate_rows import PosedProblem
from engine.cli.json_lines import Journal, Values, key_of
from engine.cli.label_rows import RolledProblem, conversation_row, raw_row
from engine.domain import FinishReason
from engine.errors import InvalidRequest
from engine.outcomes.rollout_labels import RolloutMode, StepRollouts
from engine.rollouts import RolledStep
from engine.solution_text.steps import StepGroup

JOURNAL, RAW, CONVERSATIONS, PICTURES = "labelled.jsonl", "raw.jsonl", "conversations.jsonl", "images"
_NAME = 32  # characters of a picture's digest in its name

Steps = tuple[RolledStep, ...]


class LabelFolder:
    """The problems that are labelled, by their ids."""

    def __init__(self, folder: Path, settings: Mapping[str, object]) -> None:
        """Open the folder, or make it. Raises InvalidRequest where what is there was made with other settings."""
        self.folder = folder
        try:
            (folder / PICTURES).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InvalidRequest(f"{str(folder)!r} cannot be created: {error}.") from error
        self._lock = _locked(folder / JOURNAL)
        self._journal = Journal(folder / JOURNAL, writes=True)
        self._digests: dict[str, str] = {}  # of problems, by their keys
        self._settings = {name: _plain(value) for name, value in settings.items()}
        self._done: dict[str, Values] = {}
        try:
            self._read()
        except BaseException:
            self.close()
            raise

    def has(self, problem: PosedProblem) -> bool:
        """Return whether a problem is labelled. Raises InvalidRequest where another one of its id is."""
        found = self._done.get(key_of(problem.id))
        if found is not None and found["digest"] != self._digest(problem):
            raise InvalidRequest(
                f"{str(self.folder / JOURNAL)!r} has labels of another problem {problem.id!r}: its question, answer or picture "
                "changed. Name another folder with --output."
            )
        return found is not None

    def of(self, problem: PosedProblem) -> Values:
        """Return what was added of a problem."""
        return self._done[key_of(problem.id)]

    def add(
        self,
        problem: PosedProblem,
        solutions: Sequence[tuple[FinishReason, Steps]],
        policy_model: str,
        figures: Values,
    ) -> None:
        """Keep what became of a problem, on disk before this returns."""
        line: Values = {
            "problem": problem.id,
            "digest": self._digest(problem),
            "images": [self._keep(path) for path in problem.images],
            "policy_model": policy_model,
            "solutions": [
                {"finish": finish.value, "steps": [_as_json(step) for step in steps]} for finish, steps in solutions
            ],
            "figures": figures,
        }
        if not self._done:
            self._journal.add([{"settings": self._settings}])
        self._journal.add([line])
        self._done[key_of(problem.id)] = line

    def write_rows(self, problems: Sequence[PosedProblem], mode: RolloutMode, completions: int) -> None:
        """Make the files of rows, of those problems that are labelled; each replaces the one there was, or none."""
        rolled = [
            (_rolled(each, self.of(each), mode, completions), self.of(each)) for each in problems if self.has(each)
        ]
        pairs = [(problem, steps) for problem, line in rolled for _, steps in solutions_of(line) if steps]
        _replace(self.folder / RAW, (raw_row(problem, steps) for problem, steps in pairs))
        found = (conversation_row(problem, steps) for problem, steps in pairs)
        _replace(self.folder / CONVERSATIONS, (row for row in found if row is not None))

    def close(self) -> None:
        """Close the journal, and let others label into the folder."""
        self._journal.close()
        self._lock.close()

    def _digest(self, problem: PosedProblem) -> str:
        """Return what changes with a problem's question, answer or pictures."""
        key = key_of(problem.id)
        if key not in self._digests:
            contents = (path.read_bytes() if path.is_file() else b"" for path in problem.images)
            pictures = [hashlib.sha256(content).hexdigest() for content in contents]
            said = json.dumps([problem.question, problem.answer, pictures])
            self._digests[key] = hashlib.sha256(said.encode()).hexdigest()[:_NAME]
        return self._digests[key]

    def _read(self) -> None:
        for line in self._journal.lines():
            if "settings" in line.values:
                self._check(line.values["settings"])
            else:
                self._done[key_of(line.values["problem"])] = line.values

    def _check(self, stored: object) -> None:
        before = stored if isinstance(stored, dict) else {}
        unlike = [name for name in self._settings if before.get(name) != self._settings[name]]
        if unlike:
            shown = ", ".join(f"{name} {before.get(name)!r}, now {self._settings[name]!r}" for name in unlike)
            raise InvalidRequest(
                f"{str(self.folder)!r} was labelled with other settings: {shown}. Ask for the same, or name another --output."
            )

    def _keep(self, path: Path) -> str:
        """Copy a picture into the folder under a name made of what it holds; return its path there."""
        content = path.read_bytes()
        name = f"{PICTURES}/{hashlib.sha256(content).hexdigest()[:_NAME]}{path.suffix.lower()}"
        if not (self.folder / name).exists():
            part = self.folder / f"{name}.part"
            part.write_bytes(content)
            os.replace(part, self.folder / name)
        return name


def solutions_of(line: Values) -> Iterator[tuple[FinishReason, Steps]]:
    """Yield the solutions of a line of the journal."""
    solutions = line["solutions"]
    assert isinstance(solutions, list)
    for each in solutions:
        yield FinishReason(each["finish"]), tuple(map(_of_json, each["steps"]))


def _as_json(step: RolledStep) -> Values:
    return {"step": asdict(step.step), **asdict(step.rollouts)}


def _of_json(values: Values) -> RolledStep:
    figures: dict[str, Any] = dict(values)
    return RolledStep(step=StepGroup(**figures.pop("step")), rollouts=StepRollouts(**figures))


def _rolled(problem: PosedProblem, line: Values, mode: RolloutMode, completions: int) -> RolledProblem:
    images = line["images"]
    assert isinstance(images, list)
    return RolledProblem(
        images=tuple(images),
        question=problem.question,
        answer=problem.answer or "",
        data_source=problem.data_source,
        policy_model=str(line["policy_model"]),
        mode=mode,
        completions=completions,
    )


def _locked(path: Path) -> BinaryIO:
    """Return the file, opened and held: no other process labels into its folder meanwhile. Raises InvalidRequest."""
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise InvalidRequest(
            f"Another process is labelling into {str(path.parent)!r}. Wait for it, or name another --output."
        ) from error
    return file


def _plain(value: object) -> object:
    """Return a value as JSON gives it back."""
    found: object = json.loads(json.dumps(value))
    return found


def _replace(path: Path, rows: Iterator[Values]) -> None:
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.writelines(json.dumps(row, ensure_ascii=False, allow_nan=False).encode() + b"\n" for row in rows)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)
