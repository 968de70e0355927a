"""The static files that pages load: scripts, styles, icons and fonts. Python modules in the same folders are not served."""

from __future__ import annotations

import os
from pathlib import PurePath

from starlette.staticfiles import StaticFiles

SUFFIXES = frozenset({".js", ".css", ".svg", ".woff2"})


class BrowserFiles(StaticFiles):
    """Serves the files of a folder that a browser can use; every other one is not found."""

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """Return the path and status of a file to serve, or an empty path and None."""
        return super().lookup_path(path) if PurePath(path).suffix in SUFFIXES else ("", None)
