"""Write tests/slow.txt anew: ``python -m tests.support.slow_files`` runs the tests that `make test-fast` chooses from.

It lists the files whose tests take longer than a tenth of a second on the average, with all that they begin with.
Folders that are slow by what they are about stay in tests/support/markers.py. Best on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter

import pytest

from tests.support.markers import MARKED, SLOW_FILES, TESTS

MOST = 0.1  # seconds that a test of a file takes on the average


class Durations:
    """Adds up what the tests of each file take."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.tests: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add what setting up, running or tearing down a test took."""
        file = report.nodeid.partition("::")[0].removeprefix(f"{TESTS.name}/")
        self.seconds[file] += report.duration
        self.tests[file] += report.when == "call"

    def slow(self) -> list[str]:
        """Return the files that are slow, by name."""
        return sorted(file for file, count in self.tests.items() if self.seconds[file] > MOST * count)


def main() -> None:
    """Run the tests and write the list."""
    argparse.ArgumentParser(prog="python -m tests.support.slow_files", description=__doc__).parse_args()
    listed = SLOW_FILES.read_text().split()
    folders = [TESTS / place for place in MARKED if place not in listed]
    found = Durations()
    ignored = [f"--ignore={each}" for each in folders]
    status = pytest.main(["-q", "-n", "2", "--dist", "loadscope", *ignored, str(TESTS)], plugins=[found])
    if status is not pytest.ExitCode.OK:
        sys.exit("The tests fail; the list stays as it is.")
    SLOW_FILES.write_text("".join(f"{file}\n" for file in found.slow()))


if __name__ == "__main__":
    main()
