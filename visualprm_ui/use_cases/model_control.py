"""Which models the app serves and could serve, and changing them while people label. Knows no widget and no HTTP request."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePath

from typing_extensions import TypedDict

from engine import Engine, EngineState, EngineStatus, InvalidRequest, Loader, ModelRole, ServedModel
from engine.engine import Load
from engine.model_catalogue.catalogue import PAPER_PAIRS, ListedModel, hub_cache, list_models
from engine.model_catalogue.footprint import Quantisation
from engine.model_catalogue.model_choice import LoadUnit, Machine, ModelPath, ModelUse
from engine.protocols import Models
from visualprm_ui.use_cases.model_memory import SHIPPED, ModelMemory

MAX_SOURCE = 1000  # characters of a folder, hub name or address


class ServedModelView(TypedDict):
    """A model that is served."""

    source: str | None  # None: the choice has changed since it was loaded
    name: str
    revision: str
    family: str
    path: ModelPath  # how it computes
    parameters: int
    dtype: str
    device: str
    bytes: int | None  # of memory; None: another process holds its weights
    resident: bool  # false: its weights wait in host memory


class LoadProgressView(TypedDict):
    """How far loading has come."""

    role: ModelRole
    source: str
    unit: LoadUnit
    done: int
    total: int | None


class ServedModels(TypedDict):
    """What is served and how far loading has come."""

    state: EngineState
    message: str | None
    active: int  # runs in progress
    in_turns: bool  # true: both models do not fit the device at once
    progress: LoadProgressView | None
    policy: ServedModelView | None
    reward_model: ServedModelView | None


class AvailableModel(TypedDict):
    """A checkpoint that could be served."""

    source: str
    name: str
    family: str
    path: ModelPath | None  # how it would compute; None: loading it would be refused
    uses: list[ModelUse]  # what it can be asked for
    role: ModelRole
    parameters: int
    disk_bytes: int
    dtype: str
    needs: dict[Quantisation, int]  # bytes of memory once loaded
    fits: list[Quantisation]  # what the machine has room for, best first
    refusal: str | None  # why loading it would be refused; None: nothing is known against it


class ModelPair(TypedDict):
    """A policy and a reward model that go together."""

    policy: str  # hub name
    reward_model: str  # hub name


class AvailableModels(TypedDict):
    """The checkpoints of the machine."""

    models: list[AvailableModel]
    pairs: list[ModelPair]  # those of the paper, whether they lie here or not
    free_bytes: int | None  # of the machine's memory; None: the system does not say


class ModelControl:
    """Controls the models of one engine. Every change happens in the background: the engine's worker loads, nobody waits."""

    def __init__(
        self, engine: Engine, loader: Loader, models_dir: Path | None = None, memory: ModelMemory | None = None
    ) -> None:
        """Serve ``engine``, which loads with ``loader``; list checkpoints in ``models_dir`` besides those known.

        ``memory``: remembers what is picked; None: nothing does.
        """
        self._memory = memory
        self._engine = engine
        self._loader = loader
        self._models_dir = models_dir

    def switch(self, policy: str | None = None, reward_model: str | None = None) -> None:
        """Serve other models once the runs in progress have finished; None keeps one. Raises InvalidRequest, EngineClosed."""
        wanted = {"policy": policy, "reward_model": reward_model}
        chosen = {role: source.strip() for role, source in wanted.items() if source is not None}
        for role, source in chosen.items():
            if not source or len(source) > MAX_SOURCE:
                raise InvalidRequest(f"{role} is {source[:80]!r}; give a folder, a hub name or a server's address.")
        self._engine.switch(self._remembering(self._loader.change(**chosen), chosen))

    def load_shipped(self) -> None:
        """Serve the shipped models, which every machine has. Raises EngineClosed."""
        self.switch(**{role.value: source for role, source in SHIPPED.items()})

    def _remembering(self, load: Load, chosen: Mapping[str, str]) -> Load:
        """Return what loads, and then has the next start begin with what was chosen."""

        def load_and_remember() -> Models | None:
            models = load()
            if self._memory is not None and models is not None:
                self._memory.remember(chosen)
            return models

        return load_and_remember

    def load(self) -> None:
        """Load what was chosen last again. Raises EngineClosed."""
        self._engine.switch(self._loader.change())

    def unload(self) -> None:
        """Unload the models once the runs in progress have finished; labelling goes on. Raises EngineClosed."""
        self._engine.switch(self._loader.unload)

    def cancel(self) -> None:
        """Cancel the load in progress or waiting for runs, if any; the present models stay."""
        self._loader.cancel()

    def view(self, *, in_full: bool) -> ServedModels:
        """Return what is served and how far loading has come, as the page shows it.

        Without ``in_full``, for people who may not change the models, models are given by name only: sources, and the reason of a
        failed load, name folders of the server and addresses of other servers.
        """
        status, progress = self._engine.status(), self._loader.progress
        return {
            "state": status.state,
            "message": status.message if in_full else None,
            "active": status.active,
            "in_turns": status.in_turns,
            "progress": None
            if progress is None
            else {
                "role": progress.role,
                "source": progress.source if in_full else PurePath(progress.source).name,
                "unit": progress.unit,
                "done": progress.done,
                "total": progress.total,
            },
            "policy": self._served(ModelRole.POLICY, status, in_full=in_full),
            "reward_model": self._served(ModelRole.REWARD_MODEL, status, in_full=in_full),
        }

    def list_available(self) -> AvailableModels:
        """Return the checkpoints of this machine, read from their headers, and the pairs of the paper."""
        from engine.models.loaders import outlook  # late: imports torch, which the engine's worker has done by then

        machine = self._machine()
        return {
            "models": [_listed(model) for model in list_models(machine, self._models_dir, hub_cache(), outlook)],
            "pairs": [{"policy": policy, "reward_model": reward_model} for policy, reward_model in PAPER_PAIRS],
            "free_bytes": machine.free_bytes,
        }

    def _served(self, role: ModelRole, status: EngineStatus, *, in_full: bool) -> ServedModelView | None:
        served: ServedModel | None = status.served.get(role)
        if served is None:
            return None
        return {
            "source": self._loader.choice.source(role) if in_full else served.card.name,
            "name": served.card.name,
            "revision": served.card.revision,
            "family": served.card.family,
            "path": served.card.path,
            "parameters": served.card.parameters,
            "dtype": served.card.dtype,
            "device": served.card.device,
            "bytes": served.nbytes,
            "resident": served.is_resident,
        }

    def _machine(self) -> Machine:
        from engine.models.registry import machine  # late: imports torch, which the engine's worker has done by then

        return machine(self._loader.choice.device, self._loader.choice.dtype)


def _listed(model: ListedModel) -> AvailableModel:
    return {
        "source": model.source,
        "name": model.name,
        "family": model.family,
        "path": model.path,
        "uses": list(model.uses),
        "role": model.role,
        "parameters": model.parameters,
        "disk_bytes": model.disk_bytes,
        "dtype": model.dtype,
        "needs": dict(model.needs),
        "fits": list(model.fits),
        "refusal": model.refusal,
    }
