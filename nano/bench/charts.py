"""Two SVG charts of a benchmark run: Best-of-N by N, and calibration. Knows the keys of a result, and SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 560, 340
LEFT, RIGHT, TOP, BOTTOM = 56, 150, 24, 48  # margins; line labels are on the right
_LINES = {
    "oracle": ("oracle", "#6b7280", "2 4"),
    "prm_mean": ("PRM, mean", "#1d4ed8", ""),
    "orm": ("ORM", "#b45309", "7 3"),
    "self_consistency": ("self-consistency", "#047857", "4 3"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """The position of values on the chart."""

    lowest: float
    """Value at the bottom."""
    highest: float
    """Value at the top."""

    def x(self, part: float) -> float:
        """Pixels of a part in [0, 1] of the horizontal axis."""
        return round(LEFT + part * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        """Pixels of a value."""
        part = (value - self.lowest) / (self.highest - self.lowest)
        return round(HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM), 1)


def write_charts(result: dict[str, Any], folder: Path) -> None:
    """Write `best_of_n.svg` (when the run has a curve) and `calibration.svg` to the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    if "best_of_n" in result:
        (folder / "best_of_n.svg").write_text(best_of_n_chart(result["best_of_n"]), encoding="utf-8")
    (folder / "calibration.svg").write_text(calibration_chart(result["calibration"]), encoding="utf-8")


def best_of_n_chart(curve: dict[str, dict[str, Any]]) -> str:
    """Share of correct picks against N (logarithmic), with 95 % intervals as bands."""
    axes, ns = Axes(lowest=0.5, highest=1.0), [int(n) for n in curve]
    last = math.log2(max(ns)) or 1.0
    parts = _axes(axes, "right answers", [(math.log2(n) / last, str(n)) for n in ns], "solutions to choose from (N)")
    ends: list[tuple[float, str, str]] = []
    for key, (name, colour, dash) in _LINES.items():
        rows = [(math.log2(int(n)) / last, row[key]) for n, row in curve.items() if key in row]
        if not rows:
            continue
        banded = [(axes.x(at), row["interval"]) for at, row in rows if row["interval"] is not None]
        upper = [(x, axes.y(high)) for x, (_, high) in banded]
        lower = [(x, axes.y(low)) for x, (low, _) in banded]
        parts.append(f'<polygon points="{_points([*upper, *reversed(lower)])}" fill="{colour}" opacity="0.10"/>')
        middle = [(axes.x(at), axes.y(row["value"])) for at, row in rows]
        parts.append(_line(middle, colour, dash))
        ends.append((middle[-1][1] + 4, name, colour))
    below = float(TOP)
    for height, name, colour in sorted(ends):
        below = max(height, below + 14)  # labels of lines that end together are stacked
        parts.append(f'<text x="{axes.x(1) + 6}" y="{below}" fill="{colour}">{escape(name)}</text>')
    return _svg("Best-of-N on held-out problems", parts)


def calibration_chart(bins: Sequence[dict[str, Any]]) -> str:
    """Share of correct steps against their mean score; areas are proportional to the number of steps."""
    axes = Axes(lowest=0.0, highest=1.0)
    parts = _axes(axes, "steps that are right", [(part / 5, f"{part / 5:.1f}") for part in range(6)], "step score")
    parts.append(_line([(axes.x(0), axes.y(0)), (axes.x(1), axes.y(1))], "#6b7280", "2 4"))
    most = max((one["steps"] for one in bins), default=1)
    parts.append(_line([(axes.x(one["score"]), axes.y(one["right"])) for one in bins], "#1d4ed8", ""))
    for one in bins:
        size = round(2 + 10 * math.sqrt(one["steps"] / most), 1)
        label = f"{one['steps']} steps"
        parts.append(
            f'<circle cx="{axes.x(one["score"])}" cy="{axes.y(one["right"])}" r="{size}" fill="#1d4ed8" opacity="0.5">'
            f"<title>{label}</title></circle>"
        )
    return _svg("Calibration of step scores", parts)


def _axes(axes: Axes, name: str, ticks: Sequence[tuple[float, str]], below: str) -> list[str]:
    parts = []
    for index in range(6):
        value = axes.lowest + index / 5 * (axes.highest - axes.lowest)
        height = axes.y(value)
        parts.append(f'<line x1="{LEFT}" x2="{axes.x(1)}" y1="{height}" y2="{height}" stroke="#e5e7eb"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{height + 4}" text-anchor="end">{100 * value:.0f} %</text>')
    for part, text in ticks:
        parts.append(f'<text x="{axes.x(part)}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{text}</text>')
    parts.append(f'<text x="{axes.x(0.5)}" y="{HEIGHT - 8}" text-anchor="middle">{escape(below)}</text>')
    parts.append(f'<text x="{LEFT}" y="{TOP - 8}">{escape(name)}</text>')
    return parts


def _line(points: Sequence[tuple[float, float]], colour: str, dash: str) -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<polyline points="{_points(points)}" fill="none" stroke="{colour}" stroke-width="2"{dashed}/>'


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)


def _svg(title: str, parts: Sequence[str]) -> str:
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            'font-family="system-ui, sans-serif" font-size="12" fill="#1f2937">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
            *parts,
            "</svg>\n",
        ]
    )
