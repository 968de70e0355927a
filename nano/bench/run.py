"""One run of the benchmark: what is measured, in which order, and the figures that come out."""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean

import torch

from nano.bench.foreign_pictures import unknown_pictures
from nano.bench.metrics import GradedSolution, pooled, rounded, step_figures
from nano.bench.monte_carlo_agreement import monte_carlo_figures
from nano.bench.pools import WEIGHTS, Exam, Scores, Writer, draw_exam, grade, load, scored, whole
from nano.bench.selection import chances, curve, differences, lead_growth, pass_at, selection
from nano.bench.timing import seconds_per_eight
from nano.train.stages.vision import accuracy

HEADLINE = 64  # the N of the curve that stands beside best_of_8
TIMED = 8  # problems behind seconds_per_8


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is measured."""

    seed: int
    """Seed of problems and sampling."""
    problems: int
    """Number of held-out problems."""
    n: int = 8
    """Solutions a problem."""
    temperature: float = 0.7
    """Of sampling."""
    pool: int = 128
    """Solutions a problem behind the Best-of-N curve; 0 leaves the curve out."""
    pool_problems: int = 100
    """The first so many problems get a pool."""
    rolled: int = 0
    """The first so many problems get Monte-Carlo labels for all their solutions; 0 leaves them out."""
    kept: Path | None = None
    """Folder that keeps sampled solutions between runs."""
    reward_model: Path | None = None
    """Folder of the PRM; None: the one among the weights."""


def bench(settings: Settings, weights: Path = WEIGHTS) -> dict[str, object]:
    """All figures of one run; of another PRM than the one among the weights without those that do not depend on it."""
    exam = draw_exam(settings.seed, settings.problems)
    policy, layout = load(weights / "policy")
    writer = Writer(seer=policy, layout=layout, temperature=settings.temperature, kept=settings.kept)
    judges = (settings.reward_model or weights / "reward_model", weights / "outcome_model")
    graded = _answered(exam, writer, settings.n, judges)
    read = accuracy(policy.look(exam.pixels), tuple(problem.scene for problem in exam.problems))
    result = {**summary(graded), "families": _families(exam, graded, read)}
    if settings.pool:
        some = exam.first(settings.pool_problems)
        pools = _answered(some, writer, settings.pool, judges)
        result["best_of_n"] = by_n = curve(pools)
        most = max(n for n in map(int, by_n) if n <= HEADLINE)
        result[f"best_of_{most}"] = by_n[str(most)]
        result["lead_growth"] = lead_growth(pools, min(settings.n, most), most)
    if settings.rolled:
        some = exam.first(settings.rolled)
        result["monte_carlo"] = monte_carlo_figures(some, writer, settings.n)
    if settings.reward_model is None:
        result |= _floors(exam, writer)
        result |= seconds_per_eight(exam.first(TIMED).problems, weights)
        result["unknown_pictures"] = unknown_pictures(policy, weights / "policy", exam.pixels, settings.seed)
    told = {key: value for key, value in asdict(settings).items() if not isinstance(value, Path | None)}
    return {**result, "settings": told}


def summary(graded: list[list[GradedSolution]]) -> dict[str, object]:
    """The figures of graded solutions."""
    n = len(graded[0])
    return {
        "pass_at_1": pass_at(1, graded),
        f"pass_at_{n}": pass_at(n, graded),
        **step_figures(graded),
        f"best_of_{n}": selection(graded),
        f"differences_of_{n}": differences(graded, n),
    }


def _answered(exam: Exam, writer: Writer, n: int, judges: tuple[Path, Path]) -> list[list[GradedSolution]]:
    """`n` sampled solutions a problem with everything the checker and the reward models say of them."""
    started = time.monotonic()
    solutions = writer.write(exam, n)
    _say(f"sampled {len(exam.problems)} x {n} in {time.monotonic() - started:.0f} s")
    prm, orm = judges
    steps = scored(prm, exam, solutions)
    outcomes = scored(orm, exam, whole(solutions)) if orm.is_dir() else None
    _say(f"scored them after {time.monotonic() - started:.0f} s")
    return grade(exam, solutions, Scores(steps=steps, outcomes=outcomes))


def _floors(exam: Exam, writer: Writer) -> dict[str, object]:
    """What the policy reaches when it sees nothing, and when it sees another problem's picture."""
    blank = writer.seer.look(torch.full_like(exam.pixels[:1], 255)).expand(len(exam.problems), -1, -1)
    swapped = writer.seer.look(exam.pixels.roll(1, 0))
    result: dict[str, object] = {}
    for name, tokens in (("blind", blank), ("other_picture", swapped)):
        graded = grade(exam, writer.write_about(exam, 1, tokens), Scores())
        result[f"{name}_pass_at_1"] = pass_at(1, graded)
    return result


def _families(exam: Exam, graded: list[list[GradedSolution]], read: dict[str, float]) -> dict[str, dict[str, object]]:
    """By kind of picture: the figures that matter, the share of objects that are `read` exactly, and first mistakes."""
    result: dict[str, dict[str, object]] = {}
    for family in sorted({problem.scene.family.value for problem in exam.problems}):
        some = [one for p, one in zip(exam.problems, graded, strict=True) if p.scene.family.value == family]
        firsts = Counter(solution.first_mistake for problem in some for solution in problem if solution.first_mistake)
        chance = chances(some, len(some[0]), ("random", "prm_mean", "self_consistency"))
        result[family] = {
            "objects_read": round(read[family], 4),
            "first_mistakes": dict(sorted(firsts.items())),
            "pass_at_1": rounded(fmean(chance["random"])),
            "step_macro_f1": rounded(pooled(some).macro_f1),
            "prm_mean": rounded(fmean(chance["prm_mean"])),
            "self_consistency": rounded(fmean(chance["self_consistency"])),
        }
    return result


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
