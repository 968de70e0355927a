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
    CompletionsEnded,
    Event,
    Queued,
    RolloutsStarted,
    RunEnded,
    RunStarted,
    ScoringFailed,
    SolutionFinished,
    SolutionRolledOut,
    SolutionScored,
    StepFinished,
    StepScored,
    TextAdded,
    ThoughtAdded,
)
from engine.loading import Loader, load_engine
from engine.model_catalogue.model_choice import (
    DEFAULT_POLICY,
    DEFAULT_REWARD_MODEL,
    LoadProgress,
    ModelChoice,
    ModelRole,
)
from engine.protocols import Chunk, ModelCard, Models, Policy, RewardModel, ScoringSession
from engine.serving.examination import Examination
from engine.serving.job import Job, Priority
from engine.serving.scoring_queue import ScorePlan
from engine.serving.status import EngineState, EngineStatus, ServedModel

__all__ = [
    "DEFAULT_POLICY",
    "DEFAULT_REWARD_MODEL",
    "Aggregation",
    "BadPicture",
    "BadScore",
    "BadText",
    "Chunk",
    "CompletionsEnded",
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
    "RolloutsStarted",
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
    "SolutionRolledOut",
    "SolutionScored",
    "StepFinished",
    "StepScore",
    "StepScored",
    "TextAdded",
    "ThoughtAdded",
    "load_engine",
]
