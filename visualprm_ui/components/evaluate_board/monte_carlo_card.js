// The card in which the threshold of the share moves: the figures there with their intervals, and the four counts.

import { el, setAttr, setText, show } from "../../assets/dom.js";
import { confusionTable } from "./confusion_table.js";
import { HUNDREDTHS, hundredthOf } from "./counts.js";
import { intervalText, points, undefinedText } from "./figures.js";
import { countsOf, pointAt, shareWords } from "./monte_carlo_points.js";

/** @import { MonteCarloLabels, ShareThreshold } from "../../assets/api.d.ts" */

/** @type {["macro_f1" | "accuracy" | "called_correct", string][]} */
const FIGURES = [
  ["macro_f1", "Macro-F1"],
  ["accuracy", "Accuracy"],
  ["called_correct", "Called correct"],
];

/**
 * Returns the card; `move` sets the threshold from outside, and tells of it where it is asked to.
 * @param {MonteCarloLabels} found
 * @param {URLSearchParams} query
 * @param {(threshold: number) => void} moved told each time that it is moved here
 */
export function shareCard(found, query, moved) {
  const at = el("b", { class: "vp-num" });
  const slider = el("input", {
    type: "range",
    min: 0,
    max: HUNDREDTHS - 1,
    step: 1,
    class: "vp-ev-slider vp-ev-slider-wide",
    "aria-label": "Threshold of the share",
  });
  const first = found.points[0].confusion;
  const counts = confusionTable(query, {
    correct: first ? first.true_positives + first.false_negatives : 0,
    wrong: first ? first.false_positives + first.true_negatives : 0,
  });
  const why = el("p", { class: "vp-ev-undefined" });
  const cells = FIGURES.map(([name, title]) => {
    const [value, interval] = [el("b", { class: "vp-num" }), el("small", {})];
    return { name, value, interval, node: el("div", {}, el("dt", { text: title }), el("dd", {}, value, interval)) };
  });
  const draw = (/** @type {ShareThreshold} */ point, /** @type {string} */ words) => {
    const counted = countsOf(point);
    show(counts.node, counted !== null);
    show(why, counted === null);
    setText(why, counted === null ? undefinedText(point.macro_f1) : "");
    if (counted !== null) counts.move(counted, `mc > ${words}: called correct`);
    for (const { name, value, interval } of cells) {
      const figure = point[name];
      setText(
        value,
        figure.value === null ? "undefined" : `${points(figure.value)}${name === "called_correct" ? " %" : ""}`,
      );
      setText(interval, figure.value === null ? "" : ` ${intervalText(figure)}`);
      setAttr(interval, "title", figure.reason);
    }
  };
  const move = (/** @type {number} */ threshold, /** @type {boolean} */ isTold) => {
    const point = pointAt(found.points, threshold);
    const words = shareWords(threshold);
    slider.value = String(hundredthOf(threshold));
    slider.style.setProperty("--vp-ev-part", `${(100 * threshold * HUNDREDTHS) / (HUNDREDTHS - 1)}%`);
    setText(at, `mc > ${words}`);
    const macro = point.macro_f1.value;
    setAttr(slider, "aria-valuetext", `${words}, macro-F1 ${macro === null ? "undefined" : points(macro)}`);
    draw(point, words);
    if (isTold) moved(threshold);
  };
  slider.addEventListener("input", () => move(Number(slider.value) / HUNDREDTHS, true));
  const node = el(
    "section",
    { class: "vp-card vp-ev-pad vp-ev-threshold", "aria-label": "Threshold" },
    el("div", { class: "vp-ev-top" }, el("h2", { text: "Threshold" }), el("span", { class: "vp-ev-note" }, at)),
    slider,
    el("dl", { class: "vp-ev-facts" }, ...cells.map((each) => each.node)),
    why,
    counts.node,
    el("p", {
      class: "vp-ev-note",
      text: "Underlined: the two differ. Press a cell to list its steps below. The figures above stay at mc > 0.",
    }),
  );
  return { node, move };
}
