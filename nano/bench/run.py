"""One run of the benchmark: what is measured, in which order, and the figures that come out."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import torch

from engine.domain import Aggregation
from nano import metrics
from nano.bench.best_of_n_curve import expected_oracle, expected_pick, expected_vote, powers
from nano.bench.foreign_pictures import unknown_pictures
from nano.bench.pools import WEIGHTS, Exam, Scores, Writer, draw_exam, judge, load, scored, whole
from nano.bench.timing import seconds_per_eight
from nano.metrics import Figure, Judged, Problem, StepKind
from nano.train import monte_carlo
from nano.train.data.step_labels import called, taught
from nano.train.stages.vision import accuracy

THRESHOLDS = (0.0, 0.125, 0.25)  # of Monte-Carlo labels; Source: VisualPRM, table 5
HEADLINE = 64  # the N of the curve that stands beside best_of_8
TIMED = 8  # problems behind seconds_per_8
MEAN = metrics.by_steps(Aggregation.MEAN)


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
    judged = _answered(exam, writer, settings.n, judges)
    read = accuracy(policy.look(exam.pixels), tuple(problem.scene for problem in exam.problems))
    result = {**summary(judged), "families": _families(exam, judged, read)}
    if settings.pool:
        some = exam.first(settings.pool_problems)
        pools = _answered(some, writer, settings.pool, judges)
        result["best_of_n"] = by_n = curve(pools)
        most = max(n for n in map(int, by_n) if n <= HEADLINE)
        result[f"best_of_{most}"] = by_n[str(most)]
        result["lead_growth"] = lead_growth(pools, min(settings.n, most), most)
    if settings.rolled:
        some = exam.first(settings.rolled)
        result["monte_carlo"] = _rolled(some, writer, settings.n)
    if settings.reward_model is None:
        result |= _floors(exam, writer)
        result |= seconds_per_eight(exam.first(TIMED).problems, weights)
        result["unknown_pictures"] = unknown_pictures(policy, weights / "policy", exam.pixels, settings.seed)
    told = {key: value for key, value in asdict(settings).items() if not isinstance(value, Path | None)}
    return {**result, "settings": told}


def summary(judged: list[list[Judged]]) -> dict[str, object]:
    """The figures of judged solutions."""
    table = metrics.counts(judged)
    firsts = Counter(solution.first_mistake for problem in judged for solution in problem)
    wrong = sum(count for kind, count in firsts.items() if kind is not None)
    bins = metrics.calibration(judged)
    n = len(judged[0])
    return {
        "pass_at_1": metrics.share(judged, metrics.pass_at_1),
        f"pass_at_{n}": metrics.share(judged, metrics.pass_at_n),
        "all_steps_right": round(firsts[None] / sum(firsts.values()), 4),
        **{
            f"{kind}_first": round(firsts[kind] / max(1, wrong), 4)
            for kind in ("perception", "arithmetic", "reasoning")
        },
        "step_macro_f1": metrics.interval(judged, lambda some: metrics.macro_f1(metrics.counts(some))),
        "step_macro_f1_floors": metrics.floors(table),
        "auc": _rounded(metrics.auc(judged)),
        "steps": {"right": table[0] + table[2], "wrong": table[1] + table[3]},
        "step_kinds": {kind.value: _of_kind(judged, kind) for kind in StepKind},
        "calibration_error": _rounded(metrics.calibration_error(bins)),
        "calibration": [asdict(one) for one in bins],
        f"best_of_{n}": selection(judged),
        f"differences_of_{n}": differences(judged, n),
    }


def selection(judged: list[list[Judged]]) -> dict[str, Figure]:
    """The share of right picks of every way to choose among all of a problem's solutions."""
    return _shares(_chances(judged, len(judged[0])))


def differences(judged: list[list[Judged]], n: int) -> dict[str, Figure]:
    """How far the PRM's mean is ahead of other ways to choose among `n`, on the same problems."""
    return _gaps(_chances(judged, n))


def curve(pools: list[list[Judged]]) -> dict[str, dict[str, Figure]]:
    """N -> way to choose -> share of right picks, estimated from pools (nano/bench/best_of_n_curve.py says how)."""
    chances = {n: _chances(pools, n) for n in powers(len(pools[0]))}
    return {str(n): {**_shares(one), **_gaps(one)} for n, one in chances.items()}


def lead_growth(pools: list[list[Judged]], few: int, many: int) -> Figure:
    """How much further the PRM's mean is ahead of the majority vote among `many` than among `few`, on the same problems."""

    def leads(n: int) -> list[float]:
        ways = _ways(pools, n)
        return [ways["prm_mean"](problem) - ways["self_consistency"](problem) for problem in pools]

    return metrics.difference(leads(many), leads(few))


Chances = dict[str, list[float]]  # way to choose -> for every problem the chance that it picks a right solution


def _chances(judged: list[list[Judged]], n: int) -> Chances:
    return {name: [chance(problem) for problem in judged] for name, chance in _ways(judged, n).items()}


def _shares(chances: Chances) -> dict[str, Figure]:
    return {name: metrics.mean(values) for name, values in chances.items()}


def _gaps(chances: Chances) -> dict[str, Figure]:
    return {
        f"prm_mean - {name}": metrics.difference(chances["prm_mean"], chances[name])
        for name in ("self_consistency", "orm", "prm_max", "random")
        if name in chances
    }


def _ways(judged: list[list[Judged]], n: int) -> dict[str, Callable[[Problem], float]]:
    """Every way to choose among `n` of a problem's solutions: the chance that it picks a right one."""
    rankings = {f"prm_{how.value}": metrics.by_steps(how) for how in Aggregation}
    if all(solution.outcome is not None for problem in judged for solution in problem):
        rankings["orm"] = metrics.by_outcome
    return {
        **{name: expected_pick(ranking, n) for name, ranking in rankings.items()},
        "self_consistency": expected_vote(n),
        "random": metrics.pass_at_1,
        "oracle": expected_oracle(n),
    }


def _answered(exam: Exam, writer: Writer, n: int, judges: tuple[Path, Path]) -> list[list[Judged]]:
    """`n` sampled solutions a problem with everything the checker and the reward models say of them."""
    started = time.monotonic()
    solutions = writer.write(exam, n)
    _say(f"sampled {len(exam.problems)} x {n} in {time.monotonic() - started:.0f} s")
    prm, orm = judges
    steps = scored(prm, exam, solutions)
    outcomes = scored(orm, exam, whole(solutions)) if orm.is_dir() else None
    _say(f"scored them after {time.monotonic() - started:.0f} s")
    return judge(exam, solutions, Scores(steps=steps, outcomes=outcomes))


def _floors(exam: Exam, writer: Writer) -> dict[str, object]:
    """What the policy reaches when it sees nothing, and when it sees another problem's picture."""
    blank = writer.seer.look(torch.full_like(exam.pixels[:1], 255)).expand(len(exam.problems), -1, -1)
    swapped = writer.seer.look(exam.pixels.roll(1, 0))
    result: dict[str, object] = {}
    for name, tokens in (("blind", blank), ("other_picture", swapped)):
        judged = judge(exam, writer.write_about(exam, 1, tokens), Scores())
        result[f"{name}_pass_at_1"] = metrics.share(judged, metrics.pass_at_1)
    return result


def _families(exam: Exam, judged: list[list[Judged]], read: dict[str, float]) -> dict[str, dict[str, object]]:
    """By kind of picture: the figures that matter, the share of objects that the eyes `read` exactly, and first mistakes."""
    result: dict[str, dict[str, object]] = {}
    for family in sorted({problem.scene.family.value for problem in exam.problems}):
        some = [j for p, j in zip(exam.problems, judged, strict=True) if p.scene.family.value == family]
        firsts = Counter(solution.first_mistake for problem in some for solution in problem if solution.first_mistake)
        result[family] = {
            "objects_read": round(read[family], 4),
            "first_mistakes": dict(sorted(firsts.items())),
            "pass_at_1": round(sum(map(metrics.pass_at_1, some)) / len(some), 4),
            "step_macro_f1": round(metrics.macro_f1(metrics.counts(some)), 4),
            "prm_mean": round(sum(map(metrics.picked(MEAN), some)) / len(some), 4),
            "self_consistency": round(sum(map(metrics.self_consistency, some)) / len(some), 4),
        }
    return result


def _rolled(exam: Exam, writer: Writer, n: int) -> dict[str, object]:
    """How well Monte-Carlo labels agree with the checker, on `n` solutions a problem."""
    asked = list(zip(exam.problems, writer.write(exam, n), strict=True))
    accuracies = monte_carlo.roll(writer.seer, writer.layout, asked, writer.seer.look(exam.pixels), exam.seed)
    rolled = monte_carlo.paired(accuracies, judge(exam, [some for _, some in asked], Scores()))
    return {
        "solutions": len(rolled),
        "completions_a_prefix": monte_carlo.COMPLETIONS,
        "agreement": [
            {"threshold": threshold, **asdict(monte_carlo.agreement(rolled, partial(called, threshold=threshold)))}
            for threshold in THRESHOLDS
        ],
        "agreement_up_to_first_wrong": asdict(monte_carlo.agreement(rolled, partial(called, early_stop=True))),
        "agreement_of_what_is_taught": asdict(monte_carlo.agreement(rolled, taught)),
    }


def _of_kind(judged: list[list[Judged]], kind: StepKind) -> dict[str, float | int | None]:
    table = metrics.counts(judged, kind)
    return {
        "macro_f1": round(metrics.macro_f1(table), 4),
        "auc": _rounded(metrics.auc(judged, kind)),
        "right": table[0] + table[2],
        "wrong": table[1] + table[3],
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
