"""Views of the figures of a step benchmark, with what the paper prints of the same steps."""

from collections.abc import Iterable

from engine.evaluation.agreement import LATER
from engine.evaluation.published import DATE, SOURCE, published_row, published_rows
from engine.evaluation.score_counts import CalibrationEstimate, ScoreCounts
from engine.evaluation.step_report import StepFigures
from visualprm_ui.api.evaluation_views import estimate_view, evaluation_view
from visualprm_ui.api.shapes.evaluations import (
    CalibrationBinView,
    CountsAboveView,
    PaperView,
    RecordEntry,
    StepBenchmarkView,
    StepFiguresView,
)
from visualprm_ui.use_cases.evaluations.scoring_record import RecordLine
from visualprm_ui.use_cases.evaluations.step_benchmarks import MeasuredBenchmark


def step_benchmark_view(measured: MeasuredBenchmark, command: str) -> StepBenchmarkView:
    """Return all figures of a step benchmark."""
    found = measured.figures
    paper = published_row() if measured.is_published else None
    return {
        "evaluation": evaluation_view(measured.evaluation),
        "record": _record_view(measured.record),
        "command": command,
        "resamples": found.resamples,
        "pooled": _figures_view(None, found.report.pooled, None if paper is None else paper.overall),
        "step_weighted": estimate_view(found.report.step_weighted),
        "mean_of_sources": estimate_view(found.report.mean_of_sources),
        "sources": [
            _figures_view(name, each, None if paper is None else paper.sources.get(name or ""))
            for name, each in found.report.sources.items()
        ],
        "policies": [_figures_view(name, each, None) for name, each in found.policies.items()],
        "places": [_figures_view(place_name(at), each, None) for at, each in found.places.items()],
        "detection": [
            {"error_type": kind, "steps": each.steps, "share": estimate_view(each.share)}
            for kind, each in found.report.detection.items()
        ],
        "calibration": [_bin_view(each) for each in found.calibration],
        "above": _counts_view(found.above),
        "histogram": _counts_view(found.histogram),
        "thresholds": [
            {
                "threshold": each.threshold,
                "macro_f1": each.macro_f1,
                "low": None if each.interval is None else each.interval.low,
                "high": None if each.interval is None else each.interval.high,
                "chosen_on": each.chosen_on,
                "is_upper_bound": each.is_upper_bound,
                "is_optimal": each.is_optimal,
            }
            for each in found.thresholds
        ],
        "paper": _paper_view() if measured.is_published else None,
    }


def place_name(at: int) -> str:
    """Return the 1-based place of a step as a filter takes it; "11+" for that and later ones."""
    return f"{at + 1}+" if at == LATER else str(at + 1)


def _figures_view(name: str | None, figures: StepFigures, paper: float | None) -> StepFiguresView:
    count = figures.confusion
    return {
        "name": name,
        "solutions": figures.solutions,
        "steps": count.steps,
        "confusion": {
            "true_positives": count.true_positives,
            "false_positives": count.false_positives,
            "false_negatives": count.false_negatives,
            "true_negatives": count.true_negatives,
            "unread_correct": count.unread_correct,
            "unread_wrong": count.unread_wrong,
            "called_correct": count.called_correct,
        },
        "macro_f1": estimate_view(figures.macro_f1),
        "f1_correct": estimate_view(figures.f1_correct),
        "f1_wrong": estimate_view(figures.f1_wrong),
        "accuracy": estimate_view(figures.accuracy),
        "auc": estimate_view(figures.auc),
        "average_precision": estimate_view(figures.average_precision),
        "first_error_f1": estimate_view(figures.first_error_f1),
        "calibration_error": figures.calibration_error,
        "all_correct_floor": figures.floors.all_correct,
        "coin_floor": figures.floors.fair_coin,
        "paper": paper,
    }


def _bin_view(each: CalibrationEstimate) -> CalibrationBinView:
    return {
        "low": each.low,
        "high": each.high,
        "steps": each.steps,
        "mean_score": each.mean_score,
        "share_correct": estimate_view(each.correct_share),
    }


def _counts_view(counts: ScoreCounts) -> CountsAboveView:
    return {"correct": list(counts.correct), "wrong": list(counts.wrong)}


def _record_view(record: Iterable[RecordLine]) -> list[RecordEntry]:
    return [{"name": each.name, "value": each.value} for each in record]


def _paper_view() -> PaperView:
    return {
        "source": SOURCE,
        "date": DATE,
        "rows": [{"model": each.model, "macro_f1": each.overall} for each in published_rows()],
    }
