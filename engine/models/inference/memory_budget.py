"""How much of a request fits the device at once: rows decoded together, tokens read together.

Plans from the memory that is free now, before anything large is asked for; a plan that proves wrong is halved by its owner.
Knows sizes, not models.
"""

from __future__ import annotations

import logging
import math
from pathlib import Path

import torch

from engine.models.inference.shared_attention import Prefix

log = logging.getLogger(__name__)

SHARE = 0.5  # of the free memory a plan may use: two runs take turns, and the scorer works beside the sampler
# Tokens read in one forward even where more would fit: bounds how long others wait. On a CPU
# more make no token cheaper.
MOST_TOKENS = {"cpu": 1024}
MOST_TOKENS_ELSEWHERE = 4096
LEAST_TOKENS = 32  # below it memory is not what a shorter forward would save
# Temporary tensors of one forward, in hidden sizes a token: a feed-forward part 3.5 times as wide holds about 14, attention and its
# float32 parts about as many. An estimate on the safe side; what it misses is met by halving.
WORKING_SIZES = 40
# Temporary bytes of choosing a token, per row and word of the vocabulary: logits, probabilities, their order, sums in float64.
CHOOSING_BYTES = 40

_MEMINFO = Path("/proc/meminfo")
_CGROUP = Path("/sys/fs/cgroup")


def free_bytes(device: torch.device) -> int | None:
    """Return how many bytes could be asked for now; None where the system does not say (a CPU without ``/proc``)."""
    if device.type == "cuda":
        reserved = torch.cuda.memory_reserved(device)
        free = None if reserved else _free_of_driver(device)
        if free is None:
            free, _ = torch.cuda.mem_get_info(device)
        return free + reserved - torch.cuda.memory_allocated(device)
    known = [free for free in (_free_of_machine(_MEMINFO), _free_of_container(_CGROUP)) if free is not None]
    return min(known) if known else None


def release(device: torch.device) -> None:
    """Give memory that torch keeps for later back to the device, so that unlike shapes can use it."""
    if device.type == "cuda":
        torch.cuda.empty_cache()


def rows_at_once(rows: int, free: int | None, row_bytes: int) -> int:
    """Return how many of ``rows`` to decode together, at least 1: as few waves as fit, of equal sizes."""
    if free is None:
        return rows
    fitting = max(1, int(free * SHARE) // row_bytes)
    return math.ceil(rows / math.ceil(rows / fitting))


def tokens_at_once(device: torch.device, free: int | None, token_bytes: int) -> int:
    """Return how many tokens, padding included, to read in one forward."""
    most = MOST_TOKENS.get(device.type, MOST_TOKENS_ELSEWHERE)
    return most if free is None else min(most, max(LEAST_TOKENS, int(free * SHARE) // token_bytes))


def rows_behind(prefix: Prefix, rows: int, longest: int, vocabulary: int, held: int = 0) -> int:
    """Return how many of ``rows`` to decode together, ``longest`` tokens each: what the fullest of the model's devices allows.

    ``held``: tokens that some of these rows hold already.
    """
    return min(
        rows_at_once(
            rows,
            None if (free := free_bytes(device)) is None else free + held * token_bytes,
            decoding_bytes(token_bytes, longest, vocabulary),
        )
        for device, token_bytes in prefix.bytes_by_device.items()
    )


def tokens_behind(prefix: Prefix, hidden_bytes: int) -> int:
    """Return how many tokens to read in one forward: what the fullest of the model's devices allows."""
    return min(
        tokens_at_once(device, free_bytes(device), reading_bytes(token_bytes, hidden_bytes))
        for device, token_bytes in prefix.bytes_by_device.items()
    )


def decoding_bytes(token_bytes: int, longest: int, vocabulary: int) -> int:
    """Return what one row holds at most while ``longest`` tokens are written; ``token_bytes``: keys and values of one."""
    return token_bytes * longest + CHOOSING_BYTES * vocabulary


def reading_bytes(token_bytes: int, hidden_bytes: int) -> int:
    """Return what reading one token takes: its keys and values, and the forward's temporary tensors."""
    return token_bytes + WORKING_SIZES * hidden_bytes


def _free_of_driver(device: torch.device) -> int | None:
    """Return a card's free memory without using it; None where nvidia-ml-py is not installed or does not know.

    To ask the card itself makes a context on it, half a gibibyte large: on every card of a machine, to choose one of them.
    """
    try:
        return torch.cuda.get_device_properties(device).total_memory - torch.cuda.device_memory_used(device)
    except Exception as error:  # pynvml's errors have no type that is there without it
        log.debug("the driver does not tell the free memory of %s: %s", device, error)
        return None


def _free_of_machine(meminfo: Path) -> int | None:
    """Return MemAvailable: what can be had without swapping."""
    if not meminfo.is_file():
        return None
    for line in meminfo.read_text(encoding="ascii").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024  # stated in kB
    return None


def _free_of_container(cgroup: Path) -> int | None:
    """Return what a container's limit (cgroup v2) leaves; None without a limit."""
    limit, current = cgroup / "memory.max", cgroup / "memory.current"
    if not (limit.is_file() and current.is_file()):
        return None
    most = limit.read_text(encoding="ascii").strip()
    if most == "max":
        return None
    stated = dict(line.split() for line in (cgroup / "memory.stat").read_text(encoding="ascii").splitlines())
    # the cache of files counts as used and is given up on demand
    used = int(current.read_text(encoding="ascii")) - int(stated.get("inactive_file", 0))
    return max(0, int(most) - used)
