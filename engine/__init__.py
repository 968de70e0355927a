"""Sampling solutions, scoring their steps, choosing among them, and measuring how good that is. Knows values and models.

Importing it loads no torch: models come in when an engine's worker loads them.
"""

from engine.domain import Aggregation, FinishReason, Problem, RunRecord, Sampling, Scoring, Solution, StepScore
from engine.engine import Engine
from engine.errors import (
    BadPicture,
    BadScore,
    BadText,
    EngineClosed,
    EngineError,
    InvalidRequest,
    LoadError,
    OutOfMemory,
    ServerError,
)
from engine.events import (
    Event,
    Queued,
    RunEnded,
    RunStarted,
    ScoringFailed,
    SolutionFinished,
    SolutionScored,
    StepFinished,
    StepScored,
    TextAdded,
)
from engine.examination import Examination
from engine.job import Job, Priority
from engine.loading import Loader, load_engine
from engine.model_choice import DEFAULT_POLICY, DEFAULT_REWARD_MODEL, LoadProgress, ModelChoice, ModelRole
from engine.protocols import Chunk, ModelCard, Models, Policy, RewardModel, ScoringSession
from engine.run import ScorePlan
from engine.status import EngineState, EngineStatus, ServedModel

__all__ = [
    "DEFAULT_POLICY",
    "DEFAULT_REWARD_MODEL",
    "Aggregation",
    "BadPicture",
    "BadScore",
    "BadText",
    "Chunk",
    "Engine",
    "EngineClosed",
    "EngineError",
    "EngineState",
    "EngineStatus",
    "Event",
    "Examination",
    "FinishReason",
    "InvalidRequest",
    "Job",
    "LoadError",
    "LoadProgress",
    "Loader",
    "ModelCard",
    "ModelChoice",
    "ModelRole",
    "Models",
    "OutOfMemory",
    "Policy",
    "Priority",
    "Problem",
    "Queued",
    "RewardModel",
    "RunEnded",
    "RunRecord",
    "RunStarted",
    "Sampling",
    "ScorePlan",
    "Scoring",
    "ScoringFailed",
    "ScoringSession",
    "ServedModel",
    "ServerError",
    "Solution",
    "SolutionFinished",
    "SolutionScored",
    "StepFinished",
    "StepScore",
    "StepScored",
    "TextAdded",
    "load_engine",
]
