"""Answers of many solutions, read beside the import once a file turns out to be large."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.answers import read_answer
from storage.transfer.import_processes import ImportProcesses

Answers = Sequence[str | None]
_ALONE = 2_000  # texts that are read before processes are worth starting


class AnswerReading:
    """Reads answers here or beside."""

    def __init__(self, processes: ImportProcesses) -> None:
        self._processes = processes
        self._asked = 0

    def ask(self, texts: Sequence[str]) -> Callable[[], Answers]:
        """Begin to read the answers of some texts; the function returned waits for them."""
        self._asked += len(texts)
        if self._processes.count == 0 or self._asked <= _ALONE or not texts:
            found = read_answers(texts)
            return lambda: found
        return self._processes.call(read_answers, texts)


def read_answers(texts: Sequence[str]) -> Answers:
    """Return the answer that each text states; None where it states none."""
    return [read_answer(each) for each in texts]
