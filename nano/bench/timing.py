"""The time a user waits: eight solutions of one problem, sampled and scored by the engine with its default number of threads."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from engine import EngineState, Problem, RunEnded, Sampling, load_engine
from nano.world.drawing import draw
from nano.world.questions import WorldProblem

LOAD_TIMEOUT = 120.0  # seconds


def seconds_per_eight(problems: Sequence[WorldProblem], weights: Path) -> dict[str, float]:
    """`seconds_per_8`, the median over problems, and `load_seconds`, until the engine was ready.

    Raises RuntimeError when the engine cannot load the models or a run fails.
    """
    started = time.monotonic()
    engine = load_engine(policy=weights / "policy", reward_model=weights / "reward_model")
    try:
        status = engine.wait_ready(LOAD_TIMEOUT)
        if status.state is not EngineState.READY:
            raise RuntimeError(f"The engine is {status.state.value!r} after loading: {status.message!r}")
        loaded = time.monotonic() - started
        taken = []
        for asked in problems:
            prefixes = time.monotonic()
            job = engine.solve(Problem(question=asked.question), [draw(asked.scene)], Sampling(n=8))
            for event in job.events():
                if isinstance(event, RunEnded) and event.error is not None:
                    raise RuntimeError(f"The run ended with {event.error!r}.")
            taken.append(time.monotonic() - prefixes)
    finally:
        engine.close()
    return {"seconds_per_8": round(statistics.median(taken), 2), "load_seconds": round(loaded, 2)}
