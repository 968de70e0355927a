"""A step benchmark as one self-contained HTML file: figures, charts as SVG, record, mistakes, and its data as JSON.

It can be sent around and opened without the workbench. Everything that people or models wrote is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from html import escape

from engine.domain import Label
from engine.evaluation.agreement import LATER
from engine.evaluation.intervals import Estimate
from engine.evaluation.published import DATE, SOURCE, published_row, published_rows
from engine.evaluation.step_report import StepFigures
from engine.evaluation.tables import UNNAMED
from visualprm_ui.use_cases.evaluations.files import SetCounts
from visualprm_ui.use_cases.evaluations.report_charts import draw_calibration, draw_histogram, draw_scale
from visualprm_ui.use_cases.evaluations.report_page import as_page, estimate_text, per_cent, table
from visualprm_ui.use_cases.evaluations.step_benchmarks import MeasuredBenchmark, threshold_origin
from visualprm_ui.use_cases.evaluations.step_figures import ThresholdFigure, as_values


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedMistake:
    """A step that the model is mistaken about, with what there is to read of it."""

    question: str
    text: str
    step: int  # 0-based
    label: Label
    whose: str
    score: float | None  # None: could not be read
    data_source: str | None
    policy_model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportContents:
    """What a report tells."""

    measured: MeasuredBenchmark
    command: str  # that gives the figures again
    mistakes: Sequence[ReportedMistake]


def write_report(contents: ReportContents) -> str:
    """Return the file's text."""
    measured = contents.measured
    job, request, state = measured.evaluation.job, measured.evaluation.request, measured.evaluation.state
    figures = measured.figures
    model = request.reward_model
    title = f"{model.name} on {request.set_name}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="quiet">{escape(job.title)}, {job.created_at:%Y-%m-%d %H:%M} UTC. Macro-F1, {figures.resamples} resamples of '
        "problems, 95 % intervals.</p>",
        *(f'<p class="note">{escape(each)}</p>' for each in state.warnings),
        f"<p><strong>Macro-F1, pooled: {estimate_text(figures.report.pooled.macro_f1)}</strong></p>",
        draw_scale(figures.report.pooled.macro_f1, figures.report.pooled.floors),
        "<h2>Figures</h2>",
        _figures_table(measured),
        *_paper(measured),
        "<h2>Thresholds</h2>",
        _thresholds_table(measured),
        "<h2>Calibration</h2>",
        draw_calibration(figures.calibration),
        "<h2>Scores of right and wrong steps</h2>",
        draw_histogram(figures.histogram),
        *_detection(measured),
        "<h2>Most confident mistakes</h2>",
        _mistakes_table(contents.mistakes),
        "<h2>Record</h2>",
        table(("", ""), ([each.name, escape(each.value)] for each in measured.record)),
        f"<pre>{escape(contents.command)}</pre>",
        *_left_out(state.counts),
    ]
    data = {
        "model": asdict(model),
        "set": asdict(request.set),
        "tuned_on": None if request.tune_on is None else asdict(request.tune_on),
        "counts": None if state.counts is None else asdict(state.counts),
        "record": dict(measured.record),
        "figures": as_values(figures),
        "mistakes": [asdict(each) for each in contents.mistakes],
    }
    return as_page(title, parts, data)


def _figures_table(measured: MeasuredBenchmark) -> str:
    found = measured.figures
    paper = published_row().sources if measured.is_published else {}
    rows: list[list[str]] = [_figures_row("pooled", found.report.pooled, None)]
    for name, estimate in (
        ("step-weighted mean of sources", found.report.step_weighted),
        ("plain mean of sources", found.report.mean_of_sources),
    ):
        rows.append([name, "", estimate_text(estimate), "", "", "", "", ""])
    rows += [_figures_row(name or UNNAMED, each, paper.get(name or "")) for name, each in found.report.sources.items()]
    rows += [_figures_row(f"by {name or UNNAMED}", each, None) for name, each in found.policies.items()]
    rows += [_figures_row(_place(at), each, None) for at, each in found.places.items()]
    names = ("", "Steps", "Macro-F1", "F1 right", "F1 wrong", "Accuracy", "AUC", "Paper")
    return table(names, ([escape(row[0]), *row[1:]] for row in rows))


def _figures_row(name: str, figures: StepFigures, paper: float | None) -> list[str]:
    estimates = (figures.macro_f1, figures.f1_correct, figures.f1_wrong, figures.accuracy, figures.auc)
    printed = "" if paper is None else f"{100 * paper:.1f}"
    return [name, str(figures.confusion.steps), *map(estimate_text, estimates), printed]


def _place(at: int) -> str:
    return f"step {at + 1} and later" if at == LATER else f"step {at + 1}"


def _paper(measured: MeasuredBenchmark) -> list[str]:
    if not measured.is_published:
        return []
    rows = ([escape(each.model), f"{100 * each.overall:.1f}"] for each in published_rows())
    return [f"<h2>Printed in the paper ({SOURCE}, {DATE}), not measured here</h2>", table(("Model", "Macro-F1"), rows)]


def _detection(measured: MeasuredBenchmark) -> list[str]:
    """Return the part about kinds of error, where anybody said any."""
    found = {kind: each for kind, each in measured.figures.report.detection.items() if each.steps}
    rows = ([kind.value, str(each.steps), estimate_text(each.share)] for kind, each in found.items())
    return ["<h2>Kinds of error</h2>", table(("Kind", "Wrong steps", "Share predicted wrong"), rows)] if found else []


def _thresholds_table(measured: MeasuredBenchmark) -> str:
    own = measured.figures.own_threshold

    def note(each: ThresholdFigure) -> str:
        if each.is_upper_bound:
            return "the best on these very steps: an upper bound, no result"
        if each.chosen_on is not None:
            return f"tuned on {escape(each.chosen_on)}, which shares no problem with this set"
        origin = threshold_origin(measured.evaluation) if each == own else "a usual one"
        return f"{origin}; none does better on these very steps" if each.is_optimal else origin

    def figure(each: ThresholdFigure) -> str:
        if each.interval is None:
            return per_cent(each.macro_f1)
        return estimate_text(Estimate(value=each.macro_f1, interval=each.interval))

    rows = ([f"{each.threshold:.4g}", figure(each), note(each)] for each in measured.figures.thresholds)
    return table(("Threshold", "Macro-F1, pooled", ""), rows)


def _left_out(counts: SetCounts | None) -> list[str]:
    """Return what the command does not give again, where that is anything."""
    if counts is None or not counts.half_labelled:
        return []
    return [
        f'<p class="quiet">{counts.half_labelled} of {counts.solutions} solutions have labels for some steps only: the export of '
        "the command cannot hold them, so its figures are of the others.</p>"
    ]


def _mistakes_table(mistakes: Sequence[ReportedMistake]) -> str:
    rows = (
        [
            "" if each.score is None else f"{each.score:.3f}",
            f"{each.label.name.lower()} ({escape(each.whose)})",
            f'<div class="quiet">{escape(each.question)}</div><div class="step">{each.step + 1}. {escape(each.text)}</div>',
            escape(f"{each.data_source or UNNAMED}, {each.policy_model}"),
        ]
        for each in mistakes
    )
    return table(("Score", "Label", "Step", "From"), rows)
