"""Two Best-of-N evaluations as one self-contained HTML file: curves, differences, what they are, data as JSON.

It has no text of a problem or a solution, and no score of one: whoever has yet to label them may read it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from html import escape

from engine.evaluation.curve import ORACLE, RANDOM, SELF_CONSISTENCY
from engine.evaluation.curve_comparison import ComparedWay, CurveComparison
from engine.evaluation.intervals import RESAMPLES
from storage import BadSetting
from visualprm_ui.use_cases.evaluations.pool_comparison import JoinedPools, PoolSide
from visualprm_ui.use_cases.evaluations.pool_plan import as_values
from visualprm_ui.use_cases.evaluations.report_charts import draw_curves
from visualprm_ui.use_cases.evaluations.report_page import as_page, estimate_text, table

_COLUMNS = ("A, % right", "B, % right", "B - A, points, paired")
_NAMES = {"weighted_vote": "weighted vote", SELF_CONSISTENCY: "majority vote", RANDOM: "random pick", ORACLE: "oracle"}


def write_comparison_report(joined: JoinedPools, command: str, wanted: str | None = None) -> str:
    """Return the file's text. ``command`` gives the figures again, of the evaluations' own files.

    Args:
        joined: the two.
        command: for a terminal.
        wanted: the way to choose whose curves are drawn; None: the mean where both have a model, else the majority vote.

    Raises:
        BadSetting: there are no figures of such a way.
    """
    found = joined.compare()
    sides = {"A": joined.a, "B": joined.b}
    title = f"Best of N: {joined.a.evaluation.job.title} and {joined.b.evaluation.job.title}"
    largest = max(found.figures)
    way = wanted or next(iter(found.figures[largest]))
    if way not in found.figures[largest]:
        raise BadSetting(
            f"{way[:60]!r} is no way that both chose by. Choose one of {', '.join(found.figures[largest])}."
        )
    parts = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="quiet">{found.problems} problems that both have solutions of, {escape(joined.protocol.value)}. {RESAMPLES} '
        "resamples of problems, 95 % intervals; differences are paired on the same problems.</p>",
        *(f'<p class="note">{escape(each)}</p>' for each in _left_out(sides)),
        f"<p><strong>{escape(_name(way))}, N = {largest}: B - A {estimate_text(found.figures[largest][way].difference)}"
        "</strong></p>",
        f"<h2>Right answers by N, {escape(_name(way))}</h2>",
        draw_curves({name: _curve(found, way, side) for name, side in (("A", "a"), ("B", "b"))}),
        table(("N", *_COLUMNS), ([str(n), *_cells(each[way])] for n, each in found.figures.items())),
        f"<h2>Every way to choose, N = {largest}</h2>",
        table(("", *_COLUMNS), ([escape(_name(name)), *_cells(each)] for name, each in found.figures[largest].items())),
        "<h2>The evaluations</h2>",
        table(("", *sides), _facts_rows(joined)),
        f"<pre>{escape(command)}</pre>",
    ]
    data = {
        "protocol": joined.protocol,
        "problems": found.problems,
        "sides": {name: _side_values(side) for name, side in sides.items()},
        "figures": {n: {name: asdict(each) for name, each in ways.items()} for n, ways in found.figures.items()},
    }
    return as_page(title, parts, data)


def _left_out(sides: Mapping[str, PoolSide]) -> Iterator[str]:
    for name, side in sides.items():
        if side.only_here:
            yield f"Left out: {side.only_here} problems that only {name} has solutions of."
        if side.model is None:
            yield f"No reward model has scored all of these solutions of {name}: only ways that need none are compared."


def _curve(found: CurveComparison, way: str, side: str) -> dict[int, float]:
    values = {n: getattr(each[way], side).value for n, each in found.figures.items()}
    return {n: value for n, value in values.items() if value is not None}


def _cells(way: ComparedWay) -> tuple[str, str, str]:
    return estimate_text(way.a), estimate_text(way.b), estimate_text(way.difference)


def _name(way: str) -> str:
    return _NAMES.get(way, way)


def _facts_rows(joined: JoinedPools) -> Iterator[tuple[str, str, str]]:
    for (name, one), (_, other) in zip(_facts(joined.a), _facts(joined.b), strict=True):
        yield name, escape(one), escape(other)


def _facts(side: PoolSide) -> Iterator[tuple[str, str]]:
    """Yield what a side is, the same entries for both."""
    evaluation, plan = side.evaluation, side.plan
    job, request, sampling = evaluation.job, evaluation.request, plan.sampling
    policy = request.policy
    yield "Evaluation", f"{job.title}, {job.created_at:%Y-%m-%d %H:%M} UTC"
    yield "Problems", request.set_name
    yield "Policy", "not named" if policy is None else f"{policy.name} @{policy.revision[:12]}"
    yield "Sampling", f"T {sampling.temperature:g}, top-p {sampling.top_p:g}, seed {sampling.seed}, N {plan.size}"
    yield (
        "Chosen by",
        "no reward model" if side.model is None else f"{side.model.title} @{side.model.model.revision[:12]}",
    )


def _side_values(side: PoolSide) -> dict[str, object]:
    return {
        "evaluation": side.evaluation.job.id,
        "title": side.evaluation.job.title,
        "set": asdict(side.evaluation.request.set),
        "plan": as_values(side.plan),
        "model": None if side.model is None else side.model.key,
        "only_here": side.only_here,
    }
