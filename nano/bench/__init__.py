"""How good the shipped models are on held-out problems: `python -m nano.bench --seed S --problems P --json`.

Knows graded solutions and the model card. Does not know how the models are trained.
"""

from nano.bench.pools import WEIGHTS, load_model
from nano.bench.run import BenchSettings, bench

__all__ = ["WEIGHTS", "BenchSettings", "bench", "load_model"]
