// Shares of completions that reach the answer by step score: what was measured with its intervals, the diagonal on
// which both are the same, and the map that fits best.

import { svg } from "../../assets/dom.js";
import { chartCard, dot, line, rectangle, word } from "./chart_frame.js";
import { countText, intervalText, points, thresholdText } from "./figures.js";
import { linear } from "./scale.js";
import { shortCount } from "./score_charts.js";

/** @import { CalibrationFigures } from "../../assets/api.d.ts" */

const LEFT = 34;
const RIGHT = 10;
const HEIGHT = 260;

/** @param {CalibrationFigures} figures */
export function completionsChart({ curve, map, error }) {
  const most = Math.max(1, ...curve.map(({ steps }) => steps));
  return chartCard({
    title: "Scores beside completions",
    note: error.value === null ? "share reached by score" : `share reached by score · error ${points(error.value)}`,
    figures: [
      ["Score", "Steps", "Completions", "Mean score", "Reach the answer", "95 % interval"],
      curve.map(({ low, high, steps, completions, mean_score: mean, share }) => [
        `${thresholdText(low)} to ${thresholdText(high)}`,
        countText(steps),
        countText(completions),
        points(mean),
        steps === 0 ? "no steps" : points(share.value),
        intervalText(share),
      ]),
    ],
    draw: (width) => {
      const x = linear([0, 1], [LEFT, width - RIGHT]);
      const y = linear([0, 1], [196, 12]);
      const size = (width - RIGHT - LEFT) / Math.max(1, curve.length);
      const grid = [0, 0.5, 1].flatMap((value) => [
        line("rule", LEFT, y(value), width - RIGHT, y(value)),
        word(LEFT - 6, y(value) + 4, String(value), "num two small", "end"),
      ]);
      const bars = curve.flatMap(({ low, high, steps }) => [
        rectangle("bars", x(low) + 1, 240 - (28 * steps) / most, size - 2, (28 * steps) / most),
        ...(size < 32 ? [] : [word(x((low + high) / 2), 254, shortCount(steps), "num two small", "middle")]),
      ]);
      const measured = curve.flatMap(({ mean_score: mean, share }) => {
        if (mean === null || share.value === null) return [];
        const whisker =
          share.low === null || share.high === null
            ? []
            : [line("whisker", x(mean), y(share.low), x(mean), y(share.high))];
        return [...whisker, dot("dot", x(mean), y(share.value), 3)];
      });
      const fitted = map.map((segment) =>
        segment.length === 1
          ? dot("focus", x(segment[0][0]), y(segment[0][1]), 2)
          : svg("polyline", { class: "fitted", points: segment.map(([a, b]) => `${x(a)},${y(b)}`).join(" ") }),
      );
      return {
        height: HEIGHT,
        shapes: [
          ...grid,
          line("mark", x(0), y(0), x(1), y(1)),
          word(x(0.02), y(0.94), "dotted: reached as often as the score says", "sans two small"),
          word(x(0.02), y(0.86), "violet: the map", "sans two small"),
          ...fitted,
          ...measured,
          ...bars,
        ],
      };
    },
  });
}
