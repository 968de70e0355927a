r"""A second opinion on two expressions that are written differently: ``9a + 11`` and ``11 + 9a``.

The mathematics is sympy's, the parser latex2sympy2_extended's, and both run in a process of their own (``algebra_process.py``):
``9^{9^{9}}`` never ends, ``10000000!`` fills the memory. Here is what keeps such a process in bounds: it is started when first
needed, used again, ended at a limit and started anew. Without the libraries there is no second opinion, and nothing fails.

The opinion is symmetric: the process compares values of the difference, whichever is subtracted.
"""

from __future__ import annotations

import atexit
import json
import logging
import queue
import re
import subprocess
import sys
import threading
from functools import lru_cache
from pathlib import Path

from engine.answers.meaning import is_mathematics
from engine.answers.spelling import as_latex

log = logging.getLogger(__name__)

_SECONDS = 2.0  # of CPU time for one pair of expressions, so that a busy machine grades as an idle one
_MOST_WAITING = 10  # times that, on the clock
_START_SECONDS = 60.0  # to import sympy, on a busy machine
_MOST_CHARACTERS = 250  # of an expression
_MOST_STARTS_FAILED = 3
_FULL_PRECISION = 10  # significant digits from which a decimal stands for an irrational number it is the decimals of
_PROGRAM = Path(__file__).with_name("algebra_process.py")

# What no parser reads as it was meant, or what is too large to try
_REFUSED = re.compile(
    r"\d_|(?<![_^\w])\d+ \d|[:;?#&'\"∈∉∪∩∅△∠∥⊥→⇒%$€£¥¢⟦⟧⟨⟩{}\x04]|\.\.\.|/\d+[A-Za-zπ√(]"  # 204_5, ratios, sets, 1/2x
    r"|\d{60}|\d{5,}!|!!|\^\(?-?\d{5,}|\^\(?-?\d+\^|\^\([^()]*\^[^()]*\^"
)
_TYPED_WORD = re.compile(r"[A-Za-z]{2,}")
_OPERATES = re.compile(r"[-+*/^√π!|(=<>≤≥≠±]|\d[A-Za-z]|(?<![A-Za-z])(?:sin|cos|tan|cot|log|ln|lg)[_ \d]")


def expressions_equal(left: str, right: str, *, digits: int = 0) -> bool:
    """Return whether two expressions, in the one spelling, are known to be equal; ``False`` also where that cannot be told.

    ``digits``: the significant digits of the one that is a decimal number, else 0.
    """
    if left == right:
        return True
    if not (_is_tried(left) and _is_tried(right)):
        return False
    first, second = sorted((as_latex(left), as_latex(right)))
    return _opinion(first, second, digits if digits >= _FULL_PRECISION else 0) is True


def _is_tried(text: str) -> bool:
    """Return whether a text is an expression that is safe to parse and means what it will be parsed to."""
    if not 0 < len(text) <= _MOST_CHARACTERS or _REFUSED.search(text) or not is_mathematics(text):
        return False
    return _OPERATES.search(text) is not None or _TYPED_WORD.search(text) is None


@lru_cache(maxsize=2048)
def _opinion(left: str, right: str, digits: int) -> bool | None:
    return _process().ask(left, right, digits)


class AlgebraProcess:
    """A process that compares expressions, one pair at a time; safe to ask from any thread."""

    def __init__(self, *, seconds: float = _SECONDS, program: Path = _PROGRAM) -> None:
        self._seconds = seconds
        self._program = program
        self._lock = threading.Lock()  # guards everything below: one question at a time
        self._process: subprocess.Popen[bytes] | None = None
        self._replies: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._failed_starts = 0

    def ask(self, left: str, right: str, digits: int = 0) -> bool | None:
        """Return whether two LaTeX expressions are equal, ``None`` where that cannot be told within the limits. Never raises."""
        question = (
            json.dumps({"left": left, "right": right, "digits": digits, "seconds": self._seconds}).encode() + b"\n"
        )
        with self._lock:
            process = self._started()
            if process is None or process.stdin is None:
                return None
            try:
                process.stdin.write(question)
                process.stdin.flush()
                reply = json.loads(self._replies.get(timeout=self._seconds * _MOST_WAITING))
            except (OSError, ValueError, queue.Empty):
                log.info("algebra gave up seconds=%.1f", self._seconds)
                self._end()
                return None
        return reply if isinstance(reply, bool) else None

    def close(self) -> None:
        """End the process; a later question starts another."""
        with self._lock:
            self._end()

    def _started(self) -> subprocess.Popen[bytes] | None:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._end()
        if self._failed_starts >= _MOST_STARTS_FAILED:
            return None
        try:
            # -P: the folder of this package is no place to import from
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(self._program)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            self._replies = queue.SimpleQueue()
            threading.Thread(target=_pass_on, args=(self._process, self._replies), daemon=True, name="algebra").start()
            if self._replies.get(timeout=_START_SECONDS).strip() == b'"ready"':
                return self._process
        except (OSError, queue.Empty) as error:
            log.warning("algebra did not start: %s", error)
        self._failed_starts += 1
        self._end()
        return None

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        if process.stdin is not None:
            process.stdin.close()


def _pass_on(process: subprocess.Popen[bytes], replies: queue.SimpleQueue[bytes]) -> None:
    """Hand every line of the process to whoever waits; an empty one when it has ended."""
    if process.stdout is not None:
        with process.stdout as lines:
            for line in lines:
                replies.put(line)
    replies.put(b"")


@lru_cache(maxsize=1)
def _process() -> AlgebraProcess:
    process = AlgebraProcess()
    atexit.register(process.close)
    return process
