"""Write tests/slow.txt anew: ``python -m tests.support.slow_files`` runs the tests that `make test-fast` chooses from.

It lists the files whose tests take longer than a tenth of a second on the average, with all that they begin with. Tests that are
marked by themselves, and folders that tests/support/markers.py marks, are left out as they are there. Best on an idle machine.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter

import pytest

from tests.support.markers import SLOW_FILES, TESTS

MOST = 0.1  # seconds that a test of a file takes on the average
KEPT = ("test_house.py",)  # slow, but which layer imports which is what one breaks without noticing


class Durations:
    """Adds up what the tests of each file take."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.tests: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add what setting up, running or tearing down a test took."""
        file = report.nodeid.partition("::")[0].removeprefix(f"{TESTS.name}/")
        self.seconds[file] += report.duration
        self.tests[file] += report.when == "setup"

    def slow(self) -> list[str]:
        """Return the files that are slow, by name."""
        return sorted(
            file for file, count in self.tests.items() if self.seconds[file] > MOST * count and file not in KEPT
        )


def main() -> None:
    """Run the tests and write the list."""
    argparse.ArgumentParser(prog="python -m tests.support.slow_files", description=__doc__).parse_args()
    before, found = SLOW_FILES.read_text(), Durations()
    SLOW_FILES.write_text("")  # so that those that it lists are measured, too
    chosen = ["-m", "not browser and not kills and not slow and not fuzz"]
    try:
        status = pytest.main(["-q", "-n", "2", "--dist", "loadscope", *chosen, str(TESTS)], plugins=[found])
        if status is not pytest.ExitCode.OK:
            sys.exit("The tests fail; the list stays as it is.")
        before = "".join(f"{file}\n" for file in found.slow())
    finally:
        SLOW_FILES.write_text(before)


if __name__ == "__main__":
    main()
