"""A data set of the model hub as a folder of this machine: its rows and pictures, nothing that could run.

``huggingface_hub`` is loaded when the first data set is asked for. Which hub that is, ``huggingface_hub`` knows.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from tqdm import tqdm

from storage.errors import BadFile, BadSetting

MOST_FILES = 10_000
_NAME = re.compile(r"[\w-][\w.-]{0,95}/[\w-][\w.-]{0,95}")
_ENDINGS = frozenset((".jsonl", ".json", ".csv", ".parquet", ".zip", ".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp"))
_ABOUT = frozenset(("dataset_infos.json", "dataset_info.json"))  # what the hub says of a data set: no rows


def check_name(name: str) -> str:
    """Return the name of a data set. Raises BadSetting where it is none."""
    if not _NAME.fullmatch(name):
        raise BadSetting(f"{name[:200]!r} does not name a data set of the model hub. Give OWNER/NAME.")
    return name


def download_data_set(name: str, folder: Path, most_bytes: int, tell: Callable[[int, float | None], None]) -> None:
    """Copy a data set's files of rows and pictures into a folder, as a stranger to the hub would see it.

    No token goes along, neither one of the environment nor one that somebody stored on this machine: whoever may import would read
    with it what only the machine's owner may.

    Args:
        name: OWNER/NAME.
        folder: to be filled.
        most_bytes: of all files together.
        tell: told with every piece how many files there are, and the share of the bytes; may raise to end it.

    Raises:
        BadFile: the hub cannot be reached, has no such data set for everybody, or it is too large or has too many files.
        BadSetting: the name is none.
    """
    check_name(name)
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile

    hub = HfApi(token=False)
    with _asking(name):
        revision = hub.dataset_info(name).sha
        tree = list(hub.list_repo_tree(name, recursive=True, repo_type="dataset", revision=revision))
    files = [each for each in tree if isinstance(each, RepoFile) and _is_wanted(each.path)]
    if (total := sum(each.size for each in files)) > most_bytes:
        raise BadFile(
            f"{name!r} has {total / 2**30:.1f} GiB; the most is {most_bytes / 2**30:.0f}. Import a part of it."
        )
    if len(files) > MOST_FILES:
        raise BadFile(
            f"{name!r} has {len(files):,} files of rows and pictures; the most is {MOST_FILES:,}. Download it and import "
            "a zip of it."
        )
    done = 0
    for number, each in enumerate(files):
        counter = _Counter(done, total, partial(tell, number))
        counter.add(0)
        try:
            with _asking(name):
                hub.hf_hub_download(
                    name,
                    each.path,
                    repo_type="dataset",
                    revision=revision,
                    local_dir=folder,
                    tqdm_class=_bar_of(counter),
                )
        except BadFile:
            if counter.ended is not None:
                raise counter.ended from None
            raise
        done += each.size
    shutil.rmtree(folder / ".cache", ignore_errors=True)  # the client's notes of what it fetched


class _Counter:
    """Counts the bytes of a file as they come, and tells their share of all."""

    def __init__(self, done: int, total: int, tell: Callable[[float | None], None]) -> None:
        self.ended: Exception | None = None  # what was raised to end it
        self._done, self._total, self._tell = done, total, tell

    def add(self, size: float) -> None:
        """Count further bytes. Raises what ``tell`` raises."""
        self._done += int(size)
        try:
            self._tell(min(1.0, self._done / self._total) if self._total else None)
        except Exception as error:
            self.ended = error
            raise


def _bar_of(counter: _Counter) -> type[Any]:
    """Return the kind of bar that the hub's client moves with every piece; it is drawn nowhere."""

    class CountingBar(tqdm):  # type: ignore[misc]  # it has no types
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **{**named, "disable": True})

        def update(self, n: float | None = 1) -> bool | None:
            counter.add(n or 0)
            return None

    return CountingBar


@contextmanager
def _asking(name: str) -> Iterator[None]:
    """Turn whatever the hub's client raises, its own errors and those of the network below it, into BadFile."""
    try:
        yield
    except Exception as error:
        reason = str(error).strip().split("\n")[0][:200].rstrip(".") or type(error).__name__
        raise BadFile(
            f"The model hub could not supply {name!r}: {reason}. Check the name, and that this machine is online."
        ) from error


def _is_wanted(path: str) -> bool:
    name = PurePosixPath(path)
    is_hidden = any(part.startswith(".") for part in name.parts)
    return name.suffix.lower() in _ENDINGS and name.name not in _ABOUT and not is_hidden and ".." not in name.parts
