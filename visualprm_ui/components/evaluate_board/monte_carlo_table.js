// The agreement by threshold of the share, a row for each that calls steps differently: a press moves the threshold
// there.

import { el, setAttr } from "../../assets/dom.js";
import { countText, points, rangeOf } from "./figures.js";
import { differentThresholds, rangeWords, shareWords } from "./monte_carlo_points.js";
import { classCell, figureCell, table } from "./source_table.js";

/** @import { MonteCarloLabels } from "../../assets/api.d.ts" */

/**
 * Returns the table; `mark` says where the threshold stands.
 * @param {MonteCarloLabels} found
 * @param {(threshold: number) => void} choose
 */
export function thresholdTable({ points: all, coin_floor: coin, resamples }, choose) {
  const shown = differentThresholds(all);
  const range = rangeOf([...shown.flatMap(({ point: { macro_f1: f } }) => [f.value, f.low, f.high]), coin]);
  const rows = shown.map(({ threshold, below, point }) => {
    const name = `mc > ${shareWords(threshold)}`;
    const button = el("button", { type: "button", class: "vp-ev-mark", text: name, onclick: () => choose(threshold) });
    const called = point.called_correct.value;
    const row = el(
      "tr",
      {},
      el(
        "th",
        { scope: "row" },
        button,
        " ",
        el("small", { class: "vp-ev-note vp-ev-range", text: rangeWords({ threshold, below }) }),
      ),
      el("td", { class: "vp-ev-r vp-num vp-ev-wide", text: called === null ? "" : `${points(called)} %` }),
      classCell(point.accuracy),
      classCell(point.f1_correct),
      classCell(point.f1_wrong),
      figureCell(point.macro_f1, range, coin),
    );
    return { threshold, below, row, button };
  });
  const span = ` · ${Math.round(100 * range[0])} to ${Math.round(100 * range[1])}, tick: coin`;
  const head = ["Threshold", "Called correct", "Accuracy", "F1 correct", "F1 wrong", `Macro-F1, 95 %${span}`];
  const node = el(
    "section",
    { class: "vp-card vp-ev-table", "aria-label": "By threshold" },
    el(
      "div",
      { class: "vp-ev-top" },
      el("h2", { text: "By threshold" }),
      el("span", {
        class: "vp-ev-note",
        text:
          "a step is called correct if a larger share of its completions reaches the answer; " +
          "a row holds up to the next",
      }),
    ),
    table(
      "By threshold",
      head,
      rows.map(({ row }) => row),
    ),
    el("p", {
      class: "vp-ev-note vp-ev-foot",
      text:
        `Intervals: ${countText(resamples)} bootstrap resamples of whole problems, the same in every row. ` +
        "The best row was chosen on these very steps, so it is an upper bound.",
    }),
  );
  return {
    node,
    mark: (/** @type {number} */ threshold) => {
      for (const each of rows) {
        const isHere = each.threshold <= threshold && threshold < each.below;
        setAttr(each.button, "aria-pressed", String(isHere));
      }
    },
  };
}
