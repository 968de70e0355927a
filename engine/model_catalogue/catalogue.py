"""Which models lie on this machine and whether they fit it: embedded, in folders, in the hub's cache. Loads no weight, no torch."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import InvalidRequest, LoadError
from engine.model_catalogue.footprint import Footprint, Quantisation, read_footprint
from engine.model_catalogue.model_choice import (
    DEFAULT_POLICY,
    DEFAULT_REWARD_MODEL,
    Machine,
    ModelPath,
    ModelRole,
    ModelUse,
    Outlook,
)

# pairs of arXiv 2503.10291, table 2: (policy, reward model); MiniCPM-V-2.6 has no class in transformers and is served
PAPER_PAIRS = tuple(
    (policy, "OpenGVLab/VisualPRM-8B")
    for policy in (
        "OpenGVLab/InternVL2_5-8B",
        "OpenGVLab/InternVL2_5-26B",
        "OpenGVLab/InternVL2_5-38B",
        "OpenGVLab/InternVL2_5-78B",
        "Qwen/Qwen2.5-VL-7B-Instruct",
    )
)
_SCORES = re.compile(r"prm|reward|critic", re.IGNORECASE)  # in the name of a model that scores


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedModel:
    """A model that could be loaded."""

    source: str  # what loads it: a folder or a hub name
    name: str  # for people
    family: str  # config.json's model_type
    role: ModelRole  # a guess from the name; any model can be asked to do either
    parameters: int
    disk_bytes: int
    dtype: str  # as stored
    needs: dict[Quantisation, int]  # bytes of memory once loaded
    fits: tuple[Quantisation, ...]  # what this machine has room for, best first; empty: nothing does
    path: ModelPath | None  # how it would compute; None: loading it would be refused
    uses: tuple[ModelUse, ...]  # what it can be asked for, as far as its head and name tell
    refusal: str | None  # for people: why loading it would be refused; None: nothing is known against it


def list_models(
    machine: Machine,
    models_dir: Path | None = None,
    hub_cache: Path | None = None,
    outlook: Callable[[Path], Outlook] = lambda folder: Outlook(),
) -> tuple[ListedModel, ...]:
    """Return checkpoints: the embedded pair, folders in ``models_dir``, what the hub's cache holds.

    ``outlook`` tells what loading a folder would come to (``engine.models.loaders.outlook``, which imports torch). A folder that
    holds none, or a damaged one, is left out; each is listed once, by whatever path it is reached. Raises
    InvalidRequest where ``models_dir`` is not there.
    """
    if models_dir is not None and not models_dir.is_dir():
        raise InvalidRequest(f"There is no folder {str(models_dir)!r} to list models of. See --models-dir.")
    found = []
    seen: set[Path] = set()
    for source, place in _places(models_dir, hub_cache):
        folder = place.resolve()
        if folder in seen:
            continue
        seen.add(folder)
        try:
            listed = _listed(source or str(folder), source or place.name, folder, machine, outlook)
        except LoadError:
            continue  # loading it by name says what is wrong
        if listed is not None:
            found.append(listed)
    return tuple(found)


def hub_cache() -> Path:
    """Return where the model hub's client keeps what it downloaded."""
    from huggingface_hub.constants import HF_HUB_CACHE  # late: reads the environment

    return Path(HF_HUB_CACHE)


def _places(models_dir: Path | None, cache: Path | None) -> Iterator[tuple[str | None, Path]]:
    """Folders that may hold a model, with the hub's name of it, None outside of the hub's cache."""
    for folder in (DEFAULT_POLICY, DEFAULT_REWARD_MODEL):
        yield None, folder
    for folder in _folders(models_dir):
        yield None, folder
        for inner in _folders(folder):  # one level of organisations
            yield None, inner
    for repository in _folders(cache):
        kind, _, name = repository.name.partition("--")
        snapshots = _folders(repository / "snapshots")
        if kind == "models" and snapshots:
            newest = max(snapshots, key=lambda folder: folder.stat().st_mtime)
            yield name.replace("--", "/"), newest


def _folders(parent: Path | None) -> Sequence[Path]:
    if parent is None or not parent.is_dir():
        return ()
    return sorted(path for path in parent.iterdir() if path.is_dir())


def _listed(
    source: str, called: str, folder: Path, machine: Machine, outlook: Callable[[Path], Outlook]
) -> ListedModel | None:
    config = _read(folder / "config.json")
    if "model_type" not in config:
        return None
    footprint = read_footprint(folder)
    expected = outlook(folder)
    if expected.path is None and "vision_config" not in config:
        return None  # a model of another kind, such as the hub's cache may hold
    name = _read(folder / "workbench.json").get("name") or called
    needs = _needs(footprint, machine.dtype)
    return ListedModel(
        source=source,
        name=str(name),
        family=str(config.get("model_type")),
        role=ModelRole.REWARD_MODEL if _SCORES.search(str(name)) else ModelRole.POLICY,
        parameters=footprint.parameters,
        disk_bytes=footprint.disk_bytes,
        dtype=footprint.dtype,
        needs=needs,
        fits=tuple(
            quantisation
            for quantisation, needed in needs.items()
            if machine.free_bytes is None or needed <= machine.free_bytes
        ),
        path=expected.path,
        uses=expected.uses,
        refusal=expected.refusal,
    )


def _needs(footprint: Footprint, dtype: str) -> dict[Quantisation, int]:
    return {quantisation: footprint.device_bytes(dtype, quantisation) for quantisation in Quantisation}


def _read(path: Path) -> dict[str, object]:
    """Return a JSON object, empty when there is none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
