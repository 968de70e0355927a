"""Files as bad luck or malice makes them: good ones with parts changed, cut out, doubled or moved. For tests in tests/fuzz/."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

SECONDS = float(os.environ.get("FUZZ_SECONDS", "0"))  # of each test; 0: sixty examples, the same ones every time

fuzzed = settings(
    max_examples=200 if SECONDS else 60,
    deadline=None,
    derandomize=not SECONDS,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def repeat(test: Callable[[], None]) -> None:
    """Run a test with ever new examples until its time is over, at least once."""
    end = time.monotonic() + SECONDS
    test()
    while time.monotonic() < end:
        test()


@st.composite
def damaged(draw: st.DrawFn, good: Sequence[bytes], most: int = 6) -> bytes:
    """One of the good files with up to ``most`` changes."""
    data = bytearray(draw(st.sampled_from(good)))
    for _ in range(draw(st.integers(1, most))):
        at = draw(st.integers(0, len(data)))
        end = min(len(data), at + draw(st.sampled_from((1, 1, 2, 4, 8, 64, 4096))))
        change = draw(st.sampled_from(("replace", "insert", "delete", "double", "number")))
        if change == "replace":
            data[at:end] = draw(st.binary(min_size=end - at, max_size=end - at)) if end - at <= 64 else bytes(end - at)
        elif change == "insert":
            data[at:at] = draw(st.binary(min_size=1, max_size=64))
        elif change == "delete":
            del data[at:end]
        elif change == "double":
            data[end:end] = data[at:end] * draw(st.sampled_from((1, 1, 2, 1000)))
        else:  # a length or an offset at its limits
            data[at : at + 4] = draw(
                st.sampled_from((b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\1"))
            )
    return bytes(data[: 1 << 20])
