"""A Best-of-N evaluation as one self-contained HTML file: curves as SVG, figures by N, record, and its data as JSON.

It has no text of a problem or a solution, and no score of one: whoever has yet to label them may read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from html import escape

from engine.domain import Aggregation
from engine.evaluation.curve import ORACLE, RANDOM, SELF_CONSISTENCY
from engine.evaluation.intervals import RESAMPLES
from visualprm_ui.use_cases.evaluations.pool_figures import PoolCurve, curve_values
from visualprm_ui.use_cases.evaluations.pool_plan import PoolPlan, ScoreMode, as_values
from visualprm_ui.use_cases.evaluations.pool_reading import PoolReport
from visualprm_ui.use_cases.evaluations.report_charts import draw_curves
from visualprm_ui.use_cases.evaluations.report_page import as_page, estimate_text, table


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolReportContents:
    """What a report tells."""

    found: PoolReport
    curve: PoolCurve
    record: Mapping[str, str]
    command: str  # that gives the figures again, of the evaluation's own files


def write_pool_report(contents: PoolReportContents) -> str:
    """Return the file's text."""
    found, curve = contents.found, contents.curve
    evaluation, plan = found.evaluation, found.plan
    job, request = evaluation.job, evaluation.request
    title = f"Best of N by {plan.models[0].model.name} on {request.set_name}"
    ways = _ways(plan, curve)
    largest = max(curve.curve.figures)
    first = next(iter(ways))
    parts = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="quiet">{escape(job.title)}, {job.created_at:%Y-%m-%d %H:%M} UTC. {curve.problems} problems, {curve.solutions} '
        f"solutions, {escape(curve.protocol.value)}. Right answers in per cent; {RESAMPLES} resamples of problems, "
        "95 % intervals.</p>",
        *(f'<p class="note">{escape(each)}</p>' for each in evaluation.state.warnings),
        f"<p><strong>{escape(ways[first])}, N = {largest}: {estimate_text(curve.curve.figures[largest][first])}</strong></p>",
        "<h2>Right answers by N</h2>",
        draw_curves({name: _values(curve, way) for way, name in ways.items()}),
        _figures_table(curve, ways),
        f"<h2>{escape(ways[first])} minus the others at N = {largest}, paired</h2>",
        _differences_table(curve, ways, first, largest),
        *_searches(curve),
        "<h2>Tokens of a problem</h2>",
        table(("N", "Tokens"), ([str(n), _number(mean)] for n, mean in curve.tokens.items())),
        "<h2>Record</h2>",
        table(("", ""), ([escape(name), escape(value)] for name, value in contents.record.items())),
        f"<pre>{escape(contents.command)}</pre>",
    ]
    counts = evaluation.state.counts
    data = {
        "set": asdict(request.set),
        "counts": None if counts is None else asdict(counts),
        "plan": as_values(plan),
        "record": dict(contents.record),
        "curve": curve_values(curve),
    }
    return as_page(title, parts, data)


def _ways(plan: PoolPlan, curve: PoolCurve) -> dict[str, str]:
    """Return the ways to choose that are shown, with what they are called: models with figures first."""
    models = {
        f"{each.key}_{Aggregation.MEAN.value}": each.title + (", mean" if each.mode is ScoreMode.STEPS else "")
        for each in plan.models
        if each.key in curve.models
    }
    return models | {SELF_CONSISTENCY: "majority vote", RANDOM: "random pick", ORACLE: "oracle"}


def _values(curve: PoolCurve, way: str) -> dict[int, float]:
    values = {n: each[way].value for n, each in curve.curve.figures.items()}
    return {n: value for n, value in values.items() if value is not None}


def _figures_table(curve: PoolCurve, ways: Mapping[str, str]) -> str:
    rows = ([str(n), *(estimate_text(each[way]) for way in ways)] for n, each in curve.curve.figures.items())
    return table(("N", *ways.values()), rows)


def _differences_table(curve: PoolCurve, ways: Mapping[str, str], first: str, n: int) -> str:
    there = curve.curve.differences[n]
    rows = [
        [escape(name), estimate_text(there[f"{first} - {way}"])]
        for way, name in ways.items()
        if f"{first} - {way}" in there
    ]
    return table(("", "Difference, points"), rows)


def _searches(curve: PoolCurve) -> list[str]:
    """Return the part about guided searches, where there are any."""
    if not curve.searches:
        return []
    rows = []
    for each in curve.searches:
        found = each.comparison
        n = '<span class="quiet">none</span>' if found.n is None else f"{found.mixed_n:.1f}"
        figures = (estimate_text(found.accuracy), _number(found.tokens), n)
        beside = (estimate_text(found.best_of_n), _number(found.mixed_tokens), estimate_text(found.difference))
        rows.append([escape(each.title), *figures, *beside])
    names = ("Search", "Right", "Tokens", "N", "Best of N, right", "Tokens of N", "Search minus Best of N, paired")
    note = (
        "Width times expansions, under the first reward model, beside Best of N by the mean of its scores. N is how many "
        "solutions take as many tokens as a search, on average over problems: 1.7 chooses from 2 in "
        "70 % of the cases, and else from 1."
    )
    return [
        "<h2>Guided search at the same tokens</h2>",
        f'<p class="quiet">{note}</p>',
        table(names, rows),
    ]


def _number(value: float | None) -> str:
    return '<span class="quiet">not counted</span>' if value is None else f"{value:,.0f}"
