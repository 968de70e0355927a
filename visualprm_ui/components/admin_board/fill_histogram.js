// How the solutions that a filter finds are distributed: by mean step score or, where nobody has scored any, by steps.

import { el } from "../../assets/dom.js";
import { figureTable } from "../../assets/figure_table.js";
import { plural } from "../../assets/plural.js";

/** @import { SolutionSpread } from "../../assets/api.d.ts" */

const FEWEST_BARS = 10; // a solution of two steps would be half as wide as the chart

/**
 * @typedef {object} Bar
 * @property {string} range what it counts: "0.60 to 0.65", "3", "20 or more"
 * @property {number} count
 * @property {boolean} isTaken whether the limits of the score let it through
 */

/**
 * Returns the histogram; null where nothing is found.
 * @param {SolutionSpread} spread
 * @param {[low: number, high: number]} limits of the mean score
 */
export function histogram(spread, limits) {
  const bars = barsOf(spread, limits);
  const most = Math.max(...bars.map(({ count }) => count));
  if (!(most > 0)) return null;
  const isOfScores = spread.mean_scores !== null;
  const marks = isOfScores ? ["0", "0.5", "1"] : ["1 step", bars[bars.length - 1].range];
  return el(
    "figure",
    { class: "vp-pp-histogram" },
    el("figcaption", { class: "vp-status-line", text: caption(spread, limits) }),
    el(
      "div",
      { class: "vp-pp-histogram-bars", "aria-hidden": "true" },
      ...bars.map(({ range, count, isTaken }) =>
        el(
          "span",
          { title: `${range}: ${plural(count, "solution")}`, "data-taken": isTaken },
          el("span", { style: `height: ${((100 * count) / most).toFixed(1)}%` }),
        ),
      ),
    ),
    el("div", { class: "vp-pp-histogram-marks", "aria-hidden": "true" }, ...marks.map((text) => el("span", { text }))),
    figureTable(
      isOfScores ? "Solutions by mean step score" : "Solutions by number of steps",
      [isOfScores ? "Mean step score" : "Steps", "Solutions"],
      bars.map(({ range, count }) => [range, count]),
    ),
  );
}

/**
 * Returns the bars from left to right; of steps not many more than there are.
 * @param {SolutionSpread} spread
 * @param {[low: number, high: number]} limits of the mean score
 * @returns {Bar[]}
 */
export function barsOf({ mean_scores: scores, steps }, [low, high]) {
  if (scores !== null) {
    const near = 1e-9; // what 0.05 times a whole number may be off
    return scores.map((count, index) => {
      const [from, to] = [index / scores.length, (index + 1) / scores.length];
      const isTaken = to > low + near && from < high - near;
      return { range: `${from.toFixed(2)} to ${to.toFixed(2)}`, count, isTaken };
    });
  }
  const last = steps.findLastIndex((count) => count > 0);
  return steps.slice(0, Math.max(last + 1, FEWEST_BARS)).map((count, index) => {
    const isOpen = index === steps.length - 1;
    return { range: isOpen ? `${index + 1} or more` : String(index + 1), count, isTaken: true };
  });
}

/**
 * @param {SolutionSpread} spread
 * @param {[low: number, high: number]} limits of the mean score
 */
export function caption({ mean_scores: scores, unscored }, [low, high]) {
  if (scores === null) return "Steps of each solution; none has scores";
  const range = low > 0 || high < 1 ? ` ${low.toFixed(2)} to ${high.toFixed(2)}` : "";
  const rest = unscored ? `; ${plural(unscored, "solution")} without scores` : "";
  return `Mean step score${range}${rest}`;
}
