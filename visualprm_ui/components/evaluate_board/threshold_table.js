// Macro-F1 at the thresholds that are told of: the evaluation's own or tuned one, the usual ones, the test optimum.

import { el } from "../../assets/dom.js";
import { intervalText, points, thresholdText } from "./figures.js";

/** @import { Evaluation, StepBenchmark, Threshold } from "../../assets/api.d.ts" */

/** @type {Record<string, string>} */
const USUAL = { ".5": "the usual one", ".8": "of the released code", ".85": "of VisualProcessBench’s protocol" };

/** @param {Pick<StepBenchmark, "thresholds" | "evaluation">} figures */
export function thresholdTable({ thresholds, evaluation }) {
  const heads = ["Threshold", "Macro-F1", "95 %", "Origin"];
  return el(
    "table",
    { class: "vp-ev-thresholds" },
    el("caption", { class: "vp-hidden", text: "Macro-F1 at thresholds, pooled" }),
    el("thead", {}, el("tr", {}, ...heads.map((text) => el("th", { scope: "col", text })))),
    el(
      "tbody",
      {},
      ...thresholds.map((each) =>
        el(
          "tr",
          { "data-own": isOwn(each, evaluation), "data-bound": each.is_upper_bound },
          el("th", { scope: "row", class: "vp-num", text: thresholdText(Number(each.threshold.toFixed(3))) }),
          el("td", { class: "vp-num", text: each.macro_f1 === null ? "undefined" : points(each.macro_f1) }),
          el("td", { class: "vp-num", text: intervalText(each) || "–" }),
          el("td", { dir: "auto", text: originText(each, evaluation) }),
        ),
      ),
    ),
  );
}

/**
 * Where a threshold is from, in words.
 * @param {Pick<Threshold, "threshold" | "chosen_on" | "is_upper_bound" | "is_optimal">} each
 * @param {Pick<Evaluation, "threshold" | "scores_known">} evaluation
 */
export function originText(each, evaluation) {
  if (each.is_upper_bound) return "test optimum: an upper bound, not a result";
  const usual = USUAL[thresholdText(each.threshold)] ?? "";
  const own = evaluation.scores_known ? "chosen after scores were known" : "fixed before this run";
  const origin =
    each.chosen_on === null
      ? [isOwn(each, evaluation) ? own : "", usual].filter(Boolean).join(", ")
      : `tuned on ${each.chosen_on}`;
  return each.is_optimal ? `${origin}; as the test optimum` : origin;
}

/**
 * @param {Pick<Threshold, "threshold" | "is_upper_bound">} each
 * @param {Pick<Evaluation, "threshold">} evaluation
 */
function isOwn({ threshold, is_upper_bound: isBound }, evaluation) {
  return !isBound && threshold === evaluation.threshold;
}
