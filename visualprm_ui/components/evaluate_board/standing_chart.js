// Where a headline stands: this run with its interval, the floors as ticks, and, apart behind a dashed rule, what the
// paper prints, hollow and without an interval, since it was not measured here.

import { chart, dot, line, word } from "./chart_frame.js";
import { intervalText, points, rangeOf } from "./figures.js";
import { linear, ticks } from "./scale.js";

/** @import { StepBenchmark } from "../../assets/api.d.ts" */

const ROW = 18;
const LEFT = 138;
const RIGHT = 46;

/** @param {StepBenchmark} figures */
export function standingChart({ pooled, paper }) {
  const { macro_f1: run, coin_floor: coin, all_correct_floor: all } = pooled;
  const floors = /** @type {[string, number | null][]} */ ([
    ["Fair coin", coin],
    ["All “correct”", all],
  ]);
  const printed = [...(paper?.rows ?? [])].sort((one, other) => other.macro_f1 - one.macro_f1);
  const values = [run.value, run.low, run.high, coin, all, ...printed.map((row) => row.macro_f1)];
  const [low, high] = rangeOf(values);
  const shown = floors.filter(([, value]) => value !== null);
  return chart({
    title: "In context",
    note: "",
    figures: [
      ["", "Macro-F1", "95 % interval", "Source"],
      [
        ["This run", points(run.value), intervalText(run), "measured here"],
        ...shown.map(([name, value]) => [name, points(value), "", "floor"]),
        ...printed.map(({ model, macro_f1: value }) => [model, points(value), "", `${paper?.source}, ${paper?.date}`]),
      ],
    ],
    draw: (width) => {
      const left = Math.min(LEFT, width * 0.38);
      const x = linear([low, high], [left, width - RIGHT - 6]);
      const end = width - 2;
      let y = 12;
      const shapes = [];
      if (run.low !== null && run.high !== null)
        shapes.push(
          line("whisker", x(run.low), y, x(run.high), y),
          line("whisker", x(run.low), y - 4, x(run.low), y + 4),
          line("whisker", x(run.high), y - 4, x(run.high), y + 4),
        );
      if (run.value !== null) shapes.push(dot("dot", x(run.value), y));
      shapes.push(
        word(0, y + 4, "This run", "sans bold ink"),
        word(end, y + 4, points(run.value), "num bold ink", "end"),
      );
      for (const [name, value] of shown) {
        y += ROW;
        shapes.push(
          word(0, y + 4, name, "sans two"),
          line("floor", x(value ?? 0), y - 6, x(value ?? 0), y + 6),
          word(end, y + 4, points(value), "num two", "end"),
        );
      }
      if (paper) {
        y += ROW - 4;
        shapes.push(line("dashed", 0, y, width, y), word(0, y + 15, paperNote(paper, width), "sans two small"));
        y += ROW + 6;
        for (const { model, macro_f1: value } of printed) {
          shapes.push(
            word(0, y + 10, model, "sans two"),
            dot("hollow", x(value), y + 6, 3.5),
            word(end, y + 10, points(value), "num two", "end"),
          );
          y += ROW - 1;
        }
      }
      const grid = ticks([low, high], width < 420 ? 3 : 5).flatMap((tick) => [
        line("rule", x(tick), 2, x(tick), y + 12),
        word(x(tick), y + 26, String(Math.round(100 * tick)), "num two small", "middle"),
      ]);
      return { height: y + 30, shapes: [...grid, ...shapes] };
    },
  });
}

/**
 * @param {{ source: string, date: string }} paper
 * @param {number} width
 */
function paperNote({ source, date }, width) {
  const short = `From the paper · ${source}, ${date}`;
  return width < 420 ? short : `${short} · no interval reported, not measured here`;
}
