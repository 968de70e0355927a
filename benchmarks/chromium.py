"""Where the browser of benchmarks and tests comes from: the system's Chromium, else Playwright's own.

``python -m benchmarks.chromium`` makes sure that there is one; where that fails, the browser tests skip and say why.
"""

import shutil
import subprocess
import sys

# Debian's chromium-headless-shell is the same browser without windows, which takes a third less of the processors.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
# A browser that looks for updates or services of its own is refused on closed networks and slows the tests down.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--font-render-hinting=none",  # letters as wide as in a window
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_system_chromium() -> str | None:
    """The path of an installed Chromium or Chrome, or None."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


def main() -> int:
    """Install Playwright's Chromium where the system has none; return 0 also where that fails."""
    found = find_system_chromium()
    if found:
        return 0
    result = subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    if result.returncode:
        print("No Chromium could be installed: the browser tests will be skipped.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
