"""Names of checkpoints -> folders on this machine: a folder is one already, a name of the model hub is downloaded."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.errors import LoadError

_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")
_PROGRAM = Path(__file__).with_name("download_process.py")

ReportBytes = Callable[[int, int | None], None]  # bytes there are, of how many; may raise to end the download


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A checkpoint on this machine."""

    folder: Path
    name: str | None = None  # hub id, when it came from the hub
    revision: str | None = None  # hub commit


def locate(source: str | Path, report: ReportBytes = lambda done, total: None) -> Checkpoint:
    """Return the folder of a checkpoint, downloading a hub name. Raises LoadError; what ``report`` raises ends the download."""
    folder = Path(source)
    if folder.exists() or not _HUB_NAME.fullmatch(str(source)):
        return Checkpoint(folder=folder)
    path = _download(str(source), report)
    return Checkpoint(folder=path, name=str(source), revision=path.name)


def _download(name: str, report: ReportBytes) -> Path:
    message: dict[str, object] = {}
    # -P: the folder of the program is no place to import from
    with subprocess.Popen([sys.executable, "-P", str(_PROGRAM), name], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        try:
            for line in child.stdout:
                message = json.loads(line)
                if isinstance(done := message.get("done"), int):
                    total = message["total"]
                    report(done, total if isinstance(total, int) else None)
        except BaseException:
            child.terminate()
            raise
    if "path" not in message:
        raise LoadError(
            f"{name!r} is not a folder here, and the model hub could not supply it: {message.get('error', 'the download ended')}. "
            "Pass the path of a downloaded checkpoint."
        )
    return Path(str(message["path"]))
