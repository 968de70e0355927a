"""Which models to load and how, and how far loading is: values only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from engine.model_catalogue.footprint import Quantisation

_NANO = Path(__file__).resolve().parents[2] / "nano" / "weights"
DEFAULT_POLICY = _NANO / "policy"  # the embedded models, shipped with the code
DEFAULT_REWARD_MODEL = _NANO / "reward_model"
AUTO = "auto"


class ModelRole(StrEnum):
    """The role a model is loaded for."""

    POLICY = "policy"
    REWARD_MODEL = "reward_model"


class ModelPath(StrEnum):
    """How a model computes."""

    FAST = "fast"  # in this process; prompts are read once for all solutions
    GENERIC = "generic"  # in this process, by transformers' own forward pass, processor and chat template
    SERVED = "served"  # on a server


class ModelUse(StrEnum):
    """What a model can be asked for."""

    POLICY = "policy"  # writes solutions
    PRM = "prm"  # was trained to score steps
    ORM = "orm"  # was trained to score whole solutions
    JUDGE = "judge"  # was not, and says yes or no to steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What loading a checkpoint would come to, as far as its small files tell."""

    path: ModelPath | None = None  # None: it would be refused
    uses: tuple[ModelUse, ...] = ()
    refusal: str | None = None  # for people: why it would be refused


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChoice:
    """Which models to load and how."""

    policy: str | Path | None = DEFAULT_POLICY  # folder, hub name or http:// address; None: score only
    reward_model: str | Path = DEFAULT_REWARD_MODEL  # folder, hub name or http:// address
    device: str = AUTO  # "cpu", "cuda:0", "cuda:0,cuda:1"; auto: all GPUs there are, else the CPU
    dtype: str = AUTO  # "float32", "bfloat16", "float16"; auto: float32 on CPU, bfloat16 on CUDA
    quantisation: Quantisation = Quantisation.NONE  # of the text model's matrices
    max_tiles: int | None = None  # most tiles an image is cut into; None: as the checkpoint says
    prm_format: str | None = None  # how the reward model is asked about steps; None: as it or its name says
    prompt_file: str | Path | None = None  # prompts by the model's name; none: each model's own
    token_prices: str = ""  # of served models, by name: engine/metering/prices.py
    private_servers: bool = True  # model servers on this machine or its own network may be asked
    api_key: str | None = field(default=None, repr=False)  # for model servers; never logged

    def source(self, role: ModelRole) -> str | None:
        """Return where a model comes from; a folder by the one name it is listed under, however it was reached."""
        source = self.policy if role is ModelRole.POLICY else self.reward_model
        if source is None:
            return None
        return str(Path(source).resolve() if Path(source).is_dir() else source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """The machine that models would run on."""

    device: str  # e.g. "cpu", "cuda:0"
    dtype: str  # that weights are loaded in
    free_bytes: int | None  # None: the system does not say


class LoadUnit(StrEnum):
    """The unit that loading progress is counted in."""

    BYTES = "bytes"  # downloaded from the model hub
    TENSORS = "tensors"  # read from files


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadProgress:
    """The progress of loading."""

    role: ModelRole  # the model that is being loaded
    source: str  # where it comes from
    unit: LoadUnit = LoadUnit.TENSORS
    done: int = 0
    total: int | None = None  # of how many; None until that is known


ReportProgress = Callable[[LoadProgress], None]  # may raise LoadError, which ends the loading
