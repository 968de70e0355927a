// The strip on top of a step benchmark: the headline with its interval, where it stands, and what stands beside it.

import { el } from "../../assets/dom.js";
import { labelledOf } from "./counts.js";
import { intervalText, points, shareText, thresholdText, undefinedText } from "./figures.js";
import { standingChart } from "./standing_chart.js";

/** @import { Estimate, Evaluation, StepBenchmark, Threshold } from "../../assets/api.d.ts" */

const DRAWS = "The interval is a bootstrap over whole problems.";

/** @param {StepBenchmark} figures */
export function headline(figures) {
  const { pooled, paper, evaluation } = figures;
  const standing = standingChart(figures);
  const lies = paper && pooled.paper !== null ? ` ${againstPaper(pooled.macro_f1, pooled.paper)}` : "";
  return el(
    "section",
    { class: "vp-card vp-ev-strip", "aria-label": "Headline" },
    el(
      "div",
      {},
      el("h3", { text: "Macro-F1, pooled" }),
      bigFigure(pooled.macro_f1),
      el("p", {
        class: "vp-ev-note",
        text:
          `A step is called right when its score is above ` +
          `${thresholdWords(evaluation, figures.thresholds)}. ${DRAWS}`,
      }),
      el("p", { class: "vp-ev-note", text: `${againstCoin(pooled.macro_f1, pooled.coin_floor)}${lies}` }),
    ),
    el(
      "div",
      {},
      el(
        "div",
        { class: "vp-ev-top" },
        el("h3", { text: "In context · macro-F1" }),
        el("span", { class: "vp-ev-end" }, standing.save),
      ),
      standing.node,
    ),
    el("div", {}, el("h3", { text: "Other figures" }), beside(figures)),
  );
}

/**
 * "0.85, fixed before this run"; one that was tuned, or chosen with scores in sight, is said to be so.
 * @param {Pick<Evaluation, "threshold" | "scores_known"> & { tuned: { set: { name: string } } | null }} evaluation
 * @param {Pick<Threshold, "threshold" | "is_optimal">[]} thresholds
 */
export function thresholdWords({ threshold: own, scores_known: isKnown, tuned }, thresholds) {
  const text = thresholdText(own ?? 0.5);
  if (tuned !== null) return `${text}, tuned on ${tuned.set.name}, which shares no problem with this set`;
  if (!isKnown) return `${text}, fixed before this run`;
  const isOptimal = thresholds.some(({ threshold, is_optimal: isBest }) => threshold === own && isBest);
  const bound = isOptimal ? ": no other does better on these steps, so this is an upper bound, not a result" : "";
  return `${text}, chosen after scores were known${bound}`;
}

/**
 * A figure in large, with its interval; or that it is undefined, and why.
 * @param {Estimate} figure
 */
export function bigFigure(figure) {
  if (figure.value === null)
    return el(
      "div",
      {},
      el("p", { class: "vp-ev-big vp-ev-none", text: "undefined" }),
      el("p", { class: "vp-ev-interval", text: figure.reason ?? "" }),
    );
  return el(
    "div",
    {},
    el("p", { class: "vp-ev-big", text: points(figure.value) }),
    figure.low === null || figure.high === null
      ? el("p", { class: "vp-ev-interval", text: figure.reason ?? "no interval" })
      : el(
          "p",
          { class: "vp-ev-interval" },
          el("b", { class: "vp-num", text: points(figure.low) }),
          " to ",
          el("b", { class: "vp-num", text: points(figure.high) }),
          ", 95 %",
        ),
  );
}

/**
 * "13.4 above a fair coin.", where both are known.
 * @param {Estimate} figure
 * @param {number | null} coin
 */
export function againstCoin({ value, low, high }, coin) {
  if (value === null || coin === null) return "";
  const gap = Math.abs(value - coin);
  if (low !== null && high !== null && low <= coin && coin <= high)
    return `A fair coin’s ${points(coin)} lies inside the interval: no better than chance, as far as this set tells.`;
  return `${points(gap)} ${value > coin ? "above" : "below"} a fair coin.`;
}

/**
 * @param {Estimate} figure
 * @param {number} paper
 */
function againstPaper({ low, high }, paper) {
  if (low === null || high === null) return `The paper reports ${points(paper)}.`;
  const where = paper < low ? "below" : paper > high ? "above" : "inside";
  return `The paper’s ${points(paper)} lies ${where} the interval.`;
}

/**
 * What stands beside the headline: a name, the figure or its text, and what to compare it with.
 * @param {Pick<StepBenchmark, "pooled">} figures
 * @returns {[string, Estimate | string, string][]}
 */
export function factsBeside({ pooled }) {
  const all = labelledOf(pooled.confusion);
  const { called_correct: called } = pooled.confusion;
  const steps = all.correct + all.wrong;
  return [
    ["F1 correct", pooled.f1_correct, ""],
    ["F1 wrong", pooled.f1_wrong, ""],
    ["Accuracy", pooled.accuracy, ""],
    ["Area under ROC", pooled.auc, "floor 50"],
    ["Average precision", pooled.average_precision, `floor ${shareText(all.correct, steps)}`],
    ["First error F1", pooled.first_error_f1, "as ProcessBench"],
    ["Calibration error", pooled.calibration_error === null ? "–" : points(pooled.calibration_error), "ten bins"],
    ["Called right", called === null ? "–" : `${points(called)} %`, `labelled so: ${shareText(all.correct, steps)}`],
  ];
}

/** @param {StepBenchmark} figures */
function beside(figures) {
  return el(
    "dl",
    { class: "vp-ev-facts" },
    ...factsBeside(figures).map(([name, value, more]) =>
      el(
        "div",
        {},
        el("dt", { text: name }),
        typeof value === "string"
          ? el("dd", {}, el("b", { class: "vp-num", text: value }), el("small", { text: more ? ` ${more}` : "" }))
          : factValue(value, more),
      ),
    ),
  );
}

/**
 * @param {Estimate} figure
 * @param {string} more
 */
export function factValue(figure, more) {
  if (figure.value === null)
    return el("dd", {}, el("small", { class: "vp-ev-undefined", text: undefinedText(figure) }));
  const interval = intervalText(figure);
  return el(
    "dd",
    { title: interval ? `95 %: ${interval}` : figure.reason },
    el("b", { class: "vp-num", text: points(figure.value) }),
    el("small", {
      text: [interval, more]
        .filter(Boolean)
        .map((text) => ` ${text}`)
        .join(" ·"),
    }),
  );
}
