"""Small charts of a report as SVG text. Ink draws what was measured; nothing rests on colour alone. Knows numbers only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import ceil, log2

from engine.evaluation.intervals import Estimate
from engine.evaluation.score_counts import CalibrationEstimate, ScoreCounts
from engine.evaluation.step_metrics import Floors

_WIDTH, _LEFT, _RIGHT = 640, 40, 620  # pixels; what is drawn lies between left and right

_MOST_LETTERS = 30  # of a name beside a chart


def draw_scale(figure: Estimate, floors: Floors) -> str:
    """Return a figure with its interval on an axis from 0 to 1, beside what needs no model; only the axis where it is undefined."""
    marks = [_axis(60)]
    for name, value, height in (("all correct", floors.all_correct, 12), ("fair coin", floors.fair_coin, 26)):
        if value is not None:
            marks.append(
                f'<line x1="{_x(value)}" y1="{height + 4}" x2="{_x(value)}" y2="60" stroke="currentColor" stroke-dasharray="2 3"/>'
                f'<text x="{_x(value) + 3}" y="{height + 4}">{name} {100 * value:.1f}</text>'
            )
    if figure.interval is not None:
        low, high = _x(figure.interval.low), _x(figure.interval.high)
        marks.append(f'<line x1="{low}" y1="48" x2="{high}" y2="48" stroke="currentColor" stroke-width="3"/>')
    if figure.value is not None:
        marks.append(f'<circle cx="{_x(figure.value)}" cy="48" r="5" fill="currentColor"/>')
    return _svg(80, "Macro-F1 with its interval, beside its floors", marks)


def draw_calibration(bins: Sequence[CalibrationEstimate]) -> str:
    """Return the share of right steps over the mean score of each tenth, with intervals, beside the line where both are equal."""
    height, top = 300, 10

    def y(value: float) -> float:
        return round(height - value * (height - top), 1)

    marks = [
        _axis(height),
        f'<line x1="{_x(0)}" y1="{y(0)}" x2="{_x(1)}" y2="{y(1)}" stroke="currentColor" stroke-dasharray="2 3"/>',
    ]
    for each in bins:
        share = each.correct_share
        if each.mean_score is None or share.value is None:
            continue
        at = _x(each.mean_score)
        if share.interval is not None:
            marks.append(
                f'<line x1="{at}" y1="{y(share.interval.low)}" x2="{at}" y2="{y(share.interval.high)}" stroke="currentColor"/>'
            )
        marks.append(
            f'<circle cx="{at}" cy="{y(share.value)}" r="4" fill="currentColor"><title>{each.steps} steps</title></circle>'
        )
    return _svg(height + 20, "Share of right steps by score", marks)


def draw_histogram(counts: ScoreCounts) -> str:
    """Return how many right steps (above the axis) and wrong ones (below it) have each score."""
    half, most = 90, max(1, *counts.correct, *counts.wrong)
    width = (_RIGHT - _LEFT) / len(counts.correct)
    marks = [f'<line x1="{_LEFT}" y1="{half}" x2="{_RIGHT}" y2="{half}" stroke="currentColor"/>']
    for at, (correct, wrong) in enumerate(zip(counts.correct, counts.wrong, strict=True)):
        x = round(_LEFT + at * width, 1)
        for steps, name, is_above in ((correct, "right", True), (wrong, "wrong", False)):
            tall = round(steps / most * (half - 14), 1)
            marks.append(
                f'<rect x="{x}" y="{round(half - tall, 1) if is_above else half}" width="{round(width - 2, 1)}" height="{tall}" '
                f'fill="currentColor" fill-opacity="{0.75 if is_above else 0.35}"><title>{steps} {name}</title></rect>'
            )
    marks.append(f'<text x="{_LEFT}" y="12">right</text><text x="{_LEFT}" y="{2 * half - 2}">wrong</text>')
    return _svg(2 * half, "Scores of right and of wrong steps, from 0 to 1", marks)


def draw_curves(curves: Mapping[str, Mapping[int, float]]) -> str:
    """Return curves by N, on an axis where each doubling is as wide, with their names at their ends. Shares in [0, 1]."""
    height, top, right = 300, 10, 440  # names stand to the right
    sizes = sorted({n for each in curves.values() for n in each})
    if not sizes:
        return ""
    width = log2(sizes[-1] / sizes[0]) or 1.0

    def x(n: int) -> float:
        return round(_LEFT + log2(n / sizes[0]) / width * (right - _LEFT), 1)

    def y(value: float) -> float:
        return round(height - value * (height - top), 1)

    marks = [
        f'<line x1="{_LEFT}" y1="{y(at / 4)}" x2="{right}" y2="{y(at / 4)}" stroke="currentColor" stroke-opacity="0.2"/>'
        f'<text x="{_LEFT - 6}" y="{y(at / 4) + 4}" text-anchor="end">{25 * at}</text>'
        for at in range(5)
    ]
    marks += [f'<text x="{x(n)}" y="{height + 16}" text-anchor="middle">{n}</text>' for n in sizes]
    drawn = {name: each for name, each in curves.items() if each}
    lines = dict(zip(drawn, _apart([y(each[max(each)]) for each in drawn.values()]), strict=True))
    for at, (name, each) in enumerate(drawn.items()):
        points = " ".join(f"{x(n)},{y(value)}" for n, value in sorted(each.items()))
        dashes = "" if at == 0 else f' stroke-dasharray="{2 * at} {at + 2}"'
        last = each[max(each)]
        marks.append(
            f'<polyline points="{points}" fill="none" stroke="currentColor" stroke-width="{3 if at == 0 else 1.5}"{dashes}/>'
            f'<text x="{right + 10}" y="{lines[name] + 4}">{escape(name)} {100 * last:.1f}</text>'
        )
    return _svg(height + 20, "Right answers in per cent by the number of solutions to choose from", marks)


def draw_differences(figures: Sequence[tuple[str, Estimate]]) -> str:
    """Return paired differences below one another, each with its name, interval and a rule at 0. Shares in [-1, 1]."""
    drawn = [(name, each, each.value) for name, each in figures if each.value is not None]
    if not drawn:
        return ""
    left, line = 220, 22  # names stand to the left
    ends = [abs(end) for _, each, value in drawn for end in (value, *_interval_ends(each))]
    edge = ceil(100 * max(0.01, *ends)) / 100  # whole points, as the axis names them
    height = line * len(drawn) + 6

    def x(value: float) -> float:
        return round((left + _RIGHT) / 2 + value / edge * (_RIGHT - left) / 2, 1)

    marks = [
        f'<line x1="{x(0)}" y1="0" x2="{x(0)}" y2="{height}" stroke="currentColor" stroke-opacity="0.4"/>',
        f'<line x1="{left}" y1="{height}" x2="{_RIGHT}" y2="{height}" stroke="currentColor"/>',
        *(
            f'<text x="{x(at)}" y="{height + 16}" text-anchor="middle">{_signed(100 * at)}</text>'
            for at in (-edge, 0, edge)
        ),
    ]
    for at, (name, each, value) in enumerate(drawn):
        y = line * at + line // 2 + 3
        short = name if len(name) <= _MOST_LETTERS else f"{name[: _MOST_LETTERS - 1]}…"
        marks.append(f'<text x="{left - 12}" y="{y + 4}" text-anchor="end">{escape(short)}</text>')
        if each.interval is not None:
            low, high = x(each.interval.low), x(each.interval.high)
            marks.append(f'<line x1="{low}" y1="{y}" x2="{high}" y2="{y}" stroke="currentColor" stroke-width="2"/>')
        marks.append(f'<circle cx="{x(value)}" cy="{y}" r="4" fill="currentColor"/>')
    return _svg(height + 20, "Differences in points, with their 95 % intervals", marks)


def _interval_ends(figure: Estimate) -> tuple[float, ...]:
    return () if figure.interval is None else (figure.interval.low, figure.interval.high)


def _signed(value: float) -> str:
    return f"{value:+.0f}" if value else "0"


def _apart(heights: Sequence[float], least: float = 15) -> list[float]:
    """Return heights moved down as far as they have to be to stand apart."""
    moved = list(heights)
    last = -least
    for at in sorted(range(len(heights)), key=lambda at: heights[at]):
        last = moved[at] = max(heights[at], last + least)
    return moved


def _x(value: float) -> float:
    return round(_LEFT + value * (_RIGHT - _LEFT), 1)


def _axis(height: int) -> str:
    ticks = "".join(
        f'<text x="{_x(at / 4)}" y="{height + 16}" text-anchor="middle">{at / 4:g}</text>' for at in range(5)
    )
    return f'<line x1="{_LEFT}" y1="{height}" x2="{_RIGHT}" y2="{height}" stroke="currentColor"/>{ticks}'


def _svg(height: int, name: str, marks: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" role="img" '
        f'aria-label="{name}">{"".join(marks)}</svg>'
    )
