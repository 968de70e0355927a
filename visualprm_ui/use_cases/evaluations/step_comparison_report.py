"""Two step benchmarks of the same steps as one self-contained HTML file: differences, what they are, data as JSON.

It has no text of a problem or a solution, and no score of one: whoever has yet to label them may read it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from html import escape

from engine.evaluation.agreement import LATER
from engine.evaluation.intervals import RESAMPLES
from engine.evaluation.step_comparison import ComparedFigure, StepComparison
from engine.evaluation.tables import UNNAMED
from visualprm_ui.use_cases.evaluations.command import number_text
from visualprm_ui.use_cases.evaluations.jobs import Evaluation
from visualprm_ui.use_cases.evaluations.pool_warnings import counted
from visualprm_ui.use_cases.evaluations.report_charts import draw_differences
from visualprm_ui.use_cases.evaluations.report_page import as_page, estimate_text, table
from visualprm_ui.use_cases.evaluations.step_benchmarks import ComparedEvaluations, threshold_origin

_COLUMNS = ("", "Steps", "A, %", "B, %", "B - A, points, paired")


def write_step_comparison_report(both: ComparedEvaluations, command: str) -> str:
    """Return the file's text. ``command`` gives the figures again; empty where none does."""
    joined = both.joined
    found = joined.compare()
    title = f"{both.a.request.reward_model.name} and {both.b.request.reward_model.name} on {both.a.request.set_name}"
    groups = list(_groups(found))
    parts = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="quiet">{_extent(found)} that both have scores of. {RESAMPLES} resamples of problems, 95 % intervals; '
        "differences are paired on the same steps.</p>",
        *(f'<p class="note">{escape(each)}</p>' for each in _notes(both)),
        f"<p><strong>Macro-F1, pooled: B - A {estimate_text(found.pooled.difference)}</strong></p>",
        "<h2>Macro-F1, B minus A</h2>",
        draw_differences([("pooled", found.pooled.difference), *((name, each.difference) for name, each in groups)]),
        "<h2>Figures</h2>",
        table(_COLUMNS, (_row(*each) for each in _figures(found, groups))),
        "<h2>Agreement with the labels</h2>",
        table(("", "A right", "A mistaken"), _agreement_rows(found)),
        "<h2>The evaluations</h2>",
        table(("", "A", "B"), _facts_rows(both)),
        f"<pre>{escape(command)}</pre>" if command else "",
    ]
    data = {
        "sides": {
            "A": _side_values(both.a, joined.threshold_a, joined.only_in_a),
            "B": _side_values(both.b, joined.threshold_b, joined.only_in_b),
        },
        "comparison": {
            **asdict(found),
            "sources": [{"source": name, **asdict(each)} for name, each in found.sources.items()],
        },
    }
    return as_page(title, parts, data)


def _extent(found: StepComparison) -> str:
    counts = (
        counted(found.solutions, "solution", "solutions"),
        counted(found.problems, "problem", "problems"),
        counted(found.pooled.steps, "step", "steps"),
    )
    return f"{counts[0]} of {counts[1]}, {counts[2]}"


def _notes(both: ComparedEvaluations) -> Iterator[str]:
    """Yield what has to be known before the figures are read."""
    joined = both.joined
    if joined.threshold_a != joined.threshold_b:
        a, b = number_text(joined.threshold_a), number_text(joined.threshold_b)
        yield f"A is measured at threshold {a}, B at {b}."
    for name, evaluation, only_here in (("A", both.a, joined.only_in_a), ("B", both.b, joined.only_in_b)):
        yield from (f"{name}: {warning}" for warning in evaluation.state.warnings)
        if only_here:
            solutions = counted(only_here, "solution", "solutions")
            yield f"Left out: {solutions} that only {name} has scores of."


def _groups(found: StepComparison) -> Iterator[tuple[str, ComparedFigure]]:
    """Yield the names and macro-F1 of the sources, then those of the places in a solution."""
    for name, each in found.sources.items():
        yield name or UNNAMED, each
    for at, each in found.places.items():
        yield f"step {at + 1}{' and later' if at == LATER else ''}", each


def _figures(
    found: StepComparison, groups: Sequence[tuple[str, ComparedFigure]]
) -> Iterator[tuple[str, ComparedFigure]]:
    yield "macro-F1, pooled", found.pooled
    yield "F1 of right steps, pooled", found.f1_correct
    yield "F1 of wrong steps, pooled", found.f1_wrong
    for name, each in groups:
        yield f"macro-F1, {name}", each


def _row(name: str, figure: ComparedFigure) -> list[str]:
    return [escape(name), str(figure.steps), *map(estimate_text, (figure.a, figure.b, figure.difference))]


def _agreement_rows(found: StepComparison) -> list[list[str]]:
    return [
        ["B right", str(found.both_right), str(found.only_b_right)],
        ["B mistaken", str(found.only_a_right), str(found.both_mistaken)],
    ]


def _facts_rows(both: ComparedEvaluations) -> Iterator[tuple[str, str, str]]:
    for (name, one), (_, other) in zip(_facts(both.a), _facts(both.b), strict=True):
        yield name, escape(one), escape(other)


def _facts(evaluation: Evaluation) -> Iterator[tuple[str, str]]:
    """Yield what a side is, the same entries for both."""
    job, request = evaluation.job, evaluation.request
    assert evaluation.threshold is not None  # it is done
    yield "Evaluation", f"{job.title}, {job.created_at:%Y-%m-%d %H:%M} UTC"
    yield "Set", request.set_name
    yield "Labels", request.set.labels
    yield "Reward model", f"{request.reward_model.name} @{request.reward_model.revision[:12]}"
    yield "Threshold", f"{number_text(evaluation.threshold)}, {threshold_origin(evaluation)}"


def _side_values(evaluation: Evaluation, threshold: float, only_here: int) -> dict[str, object]:
    return {
        "evaluation": evaluation.job.id,
        "title": evaluation.job.title,
        "model": asdict(evaluation.request.reward_model),
        "set": asdict(evaluation.request.set),
        "threshold": threshold,
        "only_here": only_here,
    }
