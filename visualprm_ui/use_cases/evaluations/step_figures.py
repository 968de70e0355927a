"""The figures of a step benchmark: computed once out of frozen labels and scores, kept as JSON, read back as the same values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isclose
from typing import Any

from engine.domain import ErrorType
from engine.evaluation.calibration import CalibrationBin
from engine.evaluation.intervals import RESAMPLES, Interval
from engine.evaluation.judged_steps import JudgedSolution, as_columns
from engine.evaluation.resampling import Partition
from engine.evaluation.score_counts import (
    CalibrationEstimate,
    ScoreCounts,
    calibration_estimates,
    counts_above,
    histogram,
)
from engine.evaluation.step_metrics import Confusion, Floors
from engine.evaluation.step_report import Detection, Part, StepFigures, StepReport, macro_f1_at, report, report_parts
from engine.evaluation.thresholds import FIXED, upper_bound
from visualprm_ui.use_cases.evaluations.estimates import read_estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdFigure:
    """Pooled macro-F1 at a threshold."""

    threshold: float
    macro_f1: float | None  # None: undefined
    chosen_on: str | None  # the split that it was chosen on; None: on none
    is_upper_bound: bool  # whether that is the tested set itself, so that the figure is no result
    is_optimal: bool = False  # whether no threshold does better on the tested set
    interval: Interval | None = None  # None: undefined, an upper bound, or kept before thresholds had any


@dataclass(frozen=True, slots=True, kw_only=True)
class StepBenchmark:
    """All figures of a step benchmark."""

    report: StepReport
    policies: Mapping[str | None, StepFigures]
    places: Mapping[int, StepFigures]  # by the 0-based index of the step; the last stands for all from there on
    calibration: tuple[CalibrationEstimate, ...]
    above: ScoreCounts
    histogram: ScoreCounts
    thresholds: tuple[ThresholdFigure, ...]
    resamples: int

    @property
    def own_threshold(self) -> ThresholdFigure:
        """The threshold of all figures but those at others."""
        own = self.report.threshold
        return next(each for each in self.thresholds if each.threshold == own and not each.is_upper_bound)


def compute(
    solutions: Sequence[JudgedSolution],
    threshold: float,
    on_part: Callable[[], None] = lambda: None,
    *,
    tuned_on: str | None = None,
) -> StepBenchmark:
    """Compute all figures. ``on_part`` is called between parts, of seconds each, and may raise. Raises ValueError.

    ``tuned_on``: the split that the threshold was tuned on; None: on none.
    """
    pooled = report(solutions, threshold=threshold)
    on_part()
    policies = report_parts(solutions, Part.POLICY, threshold=threshold)
    on_part()
    places = report_parts(solutions, Part.POSITION, threshold=threshold)
    on_part()
    steps = as_columns(solutions)
    return StepBenchmark(
        report=pooled,
        policies={_text(name): each for name, each in policies.items()},
        places={int(place): each for place, each in places.items() if place is not None},
        calibration=calibration_estimates(steps, Partition(steps.problems)),
        above=counts_above(steps),
        histogram=histogram(steps),
        thresholds=_thresholds(solutions, threshold, tuned_on),
        resamples=RESAMPLES,
    )


def as_values(benchmark: StepBenchmark) -> dict[str, object]:
    """Return the figures as JSON values."""
    found = benchmark.report
    return {
        "threshold": found.threshold,
        "pooled": asdict(found.pooled),
        "step_weighted": asdict(found.step_weighted),
        "mean_of_sources": asdict(found.mean_of_sources),
        "sources": [[name, asdict(each)] for name, each in found.sources.items()],
        "detection": [[kind.value, asdict(each)] for kind, each in found.detection.items()],
        "policies": [[name, asdict(each)] for name, each in benchmark.policies.items()],
        "places": [[place, asdict(each)] for place, each in benchmark.places.items()],
        "calibration": [asdict(each) for each in benchmark.calibration],
        "above": asdict(benchmark.above),
        "histogram": asdict(benchmark.histogram),
        "thresholds": [asdict(each) for each in benchmark.thresholds],
        "resamples": benchmark.resamples,
    }


def read_values(values: Mapping[str, Any]) -> StepBenchmark:
    """Read figures out of the JSON values of :func:`as_values`."""
    return StepBenchmark(
        report=StepReport(
            threshold=values["threshold"],
            pooled=_figures(values["pooled"]),
            step_weighted=read_estimate(values["step_weighted"]),
            mean_of_sources=read_estimate(values["mean_of_sources"]),
            sources={name: _figures(each) for name, each in values["sources"]},
            parts={},
            detection={
                ErrorType(kind): Detection(steps=each["steps"], share=read_estimate(each["share"]))
                for kind, each in values["detection"]
            },
        ),
        policies={name: _figures(each) for name, each in values["policies"]},
        places={place: _figures(each) for place, each in values["places"]},
        calibration=tuple(
            CalibrationEstimate(**{**each, "correct_share": read_estimate(each["correct_share"])})
            for each in values["calibration"]
        ),
        above=_counts(values["above"]),
        histogram=_counts(values["histogram"]),
        thresholds=tuple(map(_threshold_figure, values["thresholds"])),
        resamples=values["resamples"],
    )


def _thresholds(solutions: Sequence[JudgedSolution], own: float, tuned_on: str | None) -> tuple[ThresholdFigure, ...]:
    """Return those of the protocols, the evaluation's own, and the best on the tested set, marked as the upper bound it is."""
    fixed = macro_f1_at(solutions, sorted({*FIXED, own}))
    best = upper_bound(as_columns(solutions))
    found = [
        ThresholdFigure(
            threshold=each,
            macro_f1=figure.value,
            chosen_on=tuned_on if each == own else None,
            is_upper_bound=False,
            is_optimal=best is not None and figure.value is not None and isclose(figure.value, best.macro_f1),
            interval=figure.interval,
        )
        for each, figure in fixed.items()
    ]
    if best is not None:
        found.append(ThresholdFigure(**asdict(best), is_optimal=True))
    return tuple(found)


def _threshold_figure(values: Mapping[str, Any]) -> ThresholdFigure:
    interval = values.get("interval")
    return ThresholdFigure(**{**values, "interval": None if interval is None else Interval(**interval)})


def _figures(values: Mapping[str, Any]) -> StepFigures:
    estimates = ("macro_f1", "f1_correct", "f1_wrong", "accuracy", "auc", "average_precision", "first_error_f1")
    return StepFigures(
        solutions=values["solutions"],
        confusion=Confusion(**values["confusion"]),
        calibration=tuple(CalibrationBin(**each) for each in values["calibration"]),
        calibration_error=values["calibration_error"],
        floors=Floors(**values["floors"]),
        **{name: read_estimate(values[name]) for name in estimates},
    )


def _counts(values: Mapping[str, Any]) -> ScoreCounts:
    return ScoreCounts(correct=tuple(values["correct"]), wrong=tuple(values["wrong"]))


def _text(name: str | int | None) -> str | None:
    return None if name is None else str(name)
