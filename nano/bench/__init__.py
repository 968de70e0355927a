"""How good the shipped models are on problems nobody trained on: `python -m nano.bench --seed S --problems P --json`."""

from nano.bench.pools import WEIGHTS, load
from nano.bench.run import Settings, bench

__all__ = ["WEIGHTS", "Settings", "bench", "load"]
