"""The file in which an evaluation keeps its pools: a line a problem, added when all of it is there.

A later line replaces an earlier one; what a killed process left half written is no line. Knows files only.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from storage.files.atomic import write_atomically
from storage.files.line_file import append_values
from storage.formats.lines import as_json_line
from visualprm_ui.use_cases.evaluations.pool_draws import ProblemPool, as_values, read_pool

_NAME = "pools.jsonl"


@dataclass(slots=True)
class KeptPools:
    """The pools of one evaluation, by problem, in the order they were first added. Not safe to use from several threads."""

    path: Path
    pools: dict[str, ProblemPool] = field(default_factory=dict)
    _file: tuple[int, int] = (0, 0)  # which file was read, and up to which byte

    @classmethod
    def of(cls, folder: Path) -> KeptPools:
        """Return the file of an evaluation's folder, not read yet."""
        return cls(path=folder / _NAME)

    def read(self) -> dict[str, ProblemPool]:
        """Return the pools, reading only what was added since the last time."""
        with suppress(FileNotFoundError), self.path.open("rb") as file:
            inode, at = self._file
            mine = os.fstat(file.fileno()).st_ino
            if mine != inode:
                self.pools, at = {}, 0
            file.seek(at)
            for line in file:
                if not line.endswith(b"\n"):
                    break  # it is being written, or was when its process died
                at += len(line)
                with suppress(ValueError):
                    pool = read_pool(json.loads(line))
                    self.pools[pool.problem] = pool
            self._file = mine, at
        return self.pools

    def add(self, pool: ProblemPool) -> None:
        """Add a problem's pool, or another state of it, on disk before this returns. Raises DiskError."""
        append_values(self.path, [as_values(pool)], "the pool of an evaluation")
        self.pools[pool.problem] = pool

    def rewrite(self, pools: Iterable[ProblemPool]) -> None:
        """Write the file anew with a line a problem. Raises DiskError."""
        write_atomically(self.path, "".join(as_json_line(as_values(each)) for each in pools).encode())
        self._file = 0, 0
        self.read()
