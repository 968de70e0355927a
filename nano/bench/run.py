"""One run of the benchmark: what is measured, in which order, and all figures."""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import torch

from nano.bench.foreign_pictures import foreign_picture_rates
from nano.bench.metrics import GradedSolution, pooled, rounded, step_figures
from nano.bench.monte_carlo_agreement import monte_carlo_figures
from nano.bench.pools import (
    WEIGHTS,
    ProblemSet,
    RewardScores,
    SolutionSampler,
    as_single_steps,
    draw_problem_set,
    grade,
    load_model,
    score_with,
)
from nano.bench.selection import chances, curve, differences, lead_growth, pass_at, selection
from nano.bench.timing import seconds_per_eight
from nano.train.stages.vision import slot_accuracy

HEADLINE = 64  # the N of the curve that is reported beside best_of_8
TIMED = 8  # problems timed for seconds_per_8


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchSettings:
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
    """Solutions a problem for the Best-of-N curve; 0: no curve."""
    pool_problems: int = 100
    """The first so many problems get a pool."""
    rollout_problems: int = 0
    """The solutions of the first so many problems get Monte-Carlo labels; 0: none."""
    cache: Path | None = None
    """Folder that keeps sampled solutions between runs; None: no cache."""
    reward_model: Path | None = None
    """Folder of the PRM; None: the one among the weights."""

    def as_json(self) -> dict[str, int | float]:
        """The numbers, as they are kept with the result."""
        return {
            "seed": self.seed,
            "problems": self.problems,
            "n": self.n,
            "temperature": self.temperature,
            "pool": self.pool,
            "pool_problems": self.pool_problems,
            "rolled": self.rollout_problems,
        }


def bench(settings: BenchSettings, weights: Path = WEIGHTS) -> dict[str, object]:
    """All figures of one run. With another PRM than the one among the weights, those that do not depend on it are left out."""
    problem_set = draw_problem_set(settings.seed, settings.problems)
    policy, encoder = load_model(weights / "policy")
    sampler = SolutionSampler(model=policy, encoder=encoder, temperature=settings.temperature, cache=settings.cache)
    reward_models = (settings.reward_model or weights / "reward_model", weights / "outcome_model")
    graded = _solve(problem_set, sampler, settings.n, reward_models)
    read = slot_accuracy(
        policy.image_tokens(problem_set.pixels), tuple(problem.scene for problem in problem_set.problems)
    )
    result = {**summary(graded), "families": _families(problem_set, graded, read)}
    if settings.pool:
        pools = _solve(problem_set.first(settings.pool_problems), sampler, settings.pool, reward_models)
        result["best_of_n"] = by_n = curve(pools)
        most = max(n for n in map(int, by_n) if n <= HEADLINE)
        result[f"best_of_{most}"] = by_n[str(most)]
        result["lead_growth"] = lead_growth(pools, min(settings.n, most), most)
    if settings.rollout_problems:
        completed = problem_set.first(settings.rollout_problems)
        result["monte_carlo"] = monte_carlo_figures(completed, sampler, settings.n)
    if settings.reward_model is None:
        result |= _floors(problem_set, sampler)
        result |= seconds_per_eight(problem_set.first(TIMED).problems, weights)
        result["unknown_pictures"] = foreign_picture_rates(
            policy, weights / "policy", problem_set.pixels, settings.seed
        )
    return {**result, "settings": settings.as_json()}


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


def _solve(
    problem_set: ProblemSet, sampler: SolutionSampler, n: int, reward_models: tuple[Path, Path]
) -> list[list[GradedSolution]]:
    """`n` sampled solutions a problem, labelled by the checker and scored by PRM and ORM."""
    started = time.monotonic()
    solutions = sampler.sample(problem_set, n)
    _log(f"sampled {len(problem_set.problems)} x {n} in {time.monotonic() - started:.0f} s")
    prm, orm = reward_models
    steps = score_with(prm, problem_set, solutions)
    outcomes = score_with(orm, problem_set, as_single_steps(solutions)) if orm.is_dir() else None
    _log(f"scored them after {time.monotonic() - started:.0f} s")
    return grade(problem_set, solutions, RewardScores(steps=steps, outcomes=outcomes))


def _floors(problem_set: ProblemSet, sampler: SolutionSampler) -> dict[str, object]:
    """What the policy reaches with a blank picture, and with another problem's picture."""
    blank = sampler.model.image_tokens(torch.full_like(problem_set.pixels[:1], 255)).expand(
        len(problem_set.problems), -1, -1
    )
    swapped = sampler.model.image_tokens(problem_set.pixels.roll(1, 0))
    result: dict[str, object] = {}
    for name, tokens in (("blind", blank), ("other_picture", swapped)):
        graded = grade(problem_set, sampler.sample_with(problem_set, 1, tokens), RewardScores())
        result[f"{name}_pass_at_1"] = pass_at(1, graded)
    return result


def _families(
    problem_set: ProblemSet, graded: list[list[GradedSolution]], read: dict[str, float]
) -> dict[str, dict[str, object]]:
    """By family of pictures: headline figures, the share of slots that are `read` exactly, and first mistakes."""
    result: dict[str, dict[str, object]] = {}
    for family in sorted({problem.scene.family.value for problem in problem_set.problems}):
        own = [one for p, one in zip(problem_set.problems, graded, strict=True) if p.scene.family.value == family]
        firsts = Counter(solution.first_mistake for problem in own for solution in problem if solution.first_mistake)
        chance = chances(own, len(own[0]), ("random", "prm_mean", "self_consistency"))
        result[family] = {
            "objects_read": round(read[family], 4),
            "first_mistakes": dict(sorted(firsts.items())),
            "pass_at_1": rounded(fmean(chance["random"])),
            "step_macro_f1": rounded(pooled(own).macro_f1),
            "prm_mean": rounded(fmean(chance["prm_mean"])),
            "self_consistency": rounded(fmean(chance["self_consistency"])),
        }
    return result


def _log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
