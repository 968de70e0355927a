"""Everything that thinks about solutions: sampling them, scoring their steps, choosing among them.

Importing it loads no torch: models come in when an engine's worker loads them.
"""

from engine.domain import Aggregation, FinishReason, Problem, RunRecord, Sampling, Scoring, Solution, StepScore
from engine.engine import Engine, EngineState, EngineStatus, Job, Priority
from engine.errors import (
    BadScore,
    Cancelled,
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
from engine.loading import DEFAULT_POLICY, DEFAULT_REWARD_MODEL, ModelChoice, load_engine
from engine.protocols import Chunk, ModelCard, Policy, RewardModel, ScoringSession
from engine.run import Models, ScorePlan

__all__ = [
    "DEFAULT_POLICY",
    "DEFAULT_REWARD_MODEL",
    "Aggregation",
    "BadScore",
    "Cancelled",
    "Chunk",
    "Engine",
    "EngineClosed",
    "EngineError",
    "EngineState",
    "EngineStatus",
    "Event",
    "FinishReason",
    "InvalidRequest",
    "Job",
    "LoadError",
    "ModelCard",
    "ModelChoice",
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
