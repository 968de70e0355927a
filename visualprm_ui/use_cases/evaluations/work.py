"""What every kind of evaluation is to the jobs: a work that runs, and what it would be about. Holds no kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from engine import Engine
from storage import Store
from storage.transfer.job_folder import TransferJob
from visualprm_ui.use_cases.evaluations.files import EvaluationFiles, SetCounts
from visualprm_ui.use_cases.evaluations.request import EvaluationRequest
from visualprm_ui.use_cases.model_job_request import ModelId
from visualprm_ui.use_cases.transfer_jobs import CannotGoOn, Tell


class AwaitsModel(CannotGoOn):
    """All that the loaded models can do is done; the turn of another one, which the message names, is next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationTask:
    """One evaluation to be worked on, with all that its work needs."""

    store: Store
    engine: Engine
    job: TransferJob
    request: EvaluationRequest
    files: EvaluationFiles
    tell: Tell  # told the progress; raises where the job is to end


class EvaluationWork(Protocol):
    """One evaluation at work. Killed at any point and made anew, it goes on with what is missing."""

    @property
    def waiting(self) -> str | None:
        """What a model server asks to wait for just now, for people; None: nothing."""
        ...

    def run(self) -> None:
        """Do what is missing. Raises CannotGoOn, StoreError, and what ``tell`` raises."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationExtent:
    """What an evaluation would be about."""

    counts: SetCounts
    already: int  # rows that these models did before, in the same way
    seconds: float | None  # that it would take; None: nothing was measured of these models here
    dev: SetCounts | None = None  # the set that its threshold would be tuned on; None: on none


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeOf:
    """What an evaluation is made of, with all that was added to it since it was asked for."""

    reward_models: tuple[ModelId, ...]  # the first is the one that the headline is about
    n: int | None = None  # solutions a problem; None: nothing is sampled


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSources:
    """What the commands of an evaluation name beside what was asked for."""

    reward_model: str  # folder, hub name or address that it is loaded from, or else its name
    policy: str | None  # None: nothing is sampled
    data_dir: Path | None  # of the store; None: not for whoever reads the commands


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationKind:
    """How evaluations of one kind are done."""

    work: Callable[[EvaluationTask], EvaluationWork]
    measure: Callable[[Store, EvaluationRequest], EvaluationExtent]
    """Raises NotFound, BadSetting."""
    check: Callable[[Store, EvaluationRequest], None]
    """Refuses what has nothing to evaluate, quickly. Raises NotFound, BadSetting."""
    command: Callable[[EvaluationRequest, CommandSources], str]
    """Returns what gives the figures again in a terminal."""
    made_of: Callable[[EvaluationFiles, EvaluationRequest], MadeOf]
    repeat: Callable[[EvaluationFiles, EvaluationRequest, EvaluationFiles], None] = lambda _of, _asked, _files: None
    """Notes for a new evaluation what was added to the earlier one that it repeats. Raises DiskError."""
