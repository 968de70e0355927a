"""Whether a pool was sampled for the protocol by which it is measured: its first solution is greedy, or it is like the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from engine.cli.pool_file import PoolRow
from engine.errors import InvalidRequest
from engine.evaluation.solution_pool import Protocol

GREEDY = 0.0  # temperature


def check_protocol(pools: Iterable[Sequence[PoolRow]], protocol: Protocol, path: Path | None) -> None:
    """Raise InvalidRequest where a pool says that it was sampled for another protocol.

    Args:
        pools: of each problem, in the order of sampling. One that is greedy throughout is the same under both protocols.
        protocol: by which they are measured.
        path: of their file; None: they are in none.
    """
    for pool in pools:
        samplings = [each.sampling for each in pool if each.sampling is not None]
        if not pool or pool[0].sampling is None or pool[0].draw != 0 or all(map(_is_greedy, samplings)):
            continue
        is_greedy = _is_greedy(pool[0].sampling)
        if is_greedy != (protocol is Protocol.GREEDY_FIRST):
            raise InvalidRequest(
                f"{'The pool' if path is None else repr(str(path))}: the first solution of problem {pool[0].problem!r} is "
                f"{'' if is_greedy else 'not '}greedy: it was not sampled for the protocol {protocol.value!r}."
            )


def _is_greedy(sampling: Mapping[str, object]) -> bool:
    return sampling.get("temperature") == GREEDY
