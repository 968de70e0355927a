// What two evaluations of the same steps are, and their difference in a sentence, with counts. Pure.

import { countText, excludesZero, points, thresholdText } from "./figures.js";

/** @import { ComparedRow, Comparison } from "../../assets/api.d.ts" */

/**
 * "B is better. B is right on 532 steps that A gets wrong ...".
 * @param {Pick<Comparison, "pooled" | "f1_correct" | "f1_wrong" | "only_a_right" | "only_b_right">} found
 */
export function differenceSentence({ pooled, f1_correct: correct, f1_wrong: wrong, only_a_right: a, only_b_right: b }) {
  const { difference } = pooled;
  const verdict = !excludesZero(difference)
    ? "No difference is established: the interval includes 0."
    : (difference.value ?? 0) > 0
      ? "B is better."
      : "A is better.";
  const counts = `B is right on ${countText(b)} steps that A gets wrong, A on ${countText(a)} that B gets wrong.`;
  const change = (/** @type {ComparedRow} */ { a: one, b: other }) => `${points(one.value)} → ${points(other.value)}`;
  return `${verdict} ${counts} F1 wrong ${change(wrong)}, F1 correct ${change(correct)}.`;
}

/** @typedef {Pick<Comparison, "threshold_a" | "threshold_b">} Thresholds */

/** @param {Pick<Comparison, "a" | "b">} found */
export function comparisonTitle(found) {
  return `${isOneModel(found) ? "Two evaluations of" : "Two reward models on"} ${found.a.set.name}`;
}

/**
 * "threshold .85", or that of each.
 * @param {Thresholds} found
 */
export function thresholdWords({ threshold_a: a, threshold_b: b }) {
  return a === b ? `threshold ${thresholdText(a)}` : `thresholds A ${thresholdText(a)}, B ${thresholdText(b)}`;
}

/**
 * What a difference holds where each has a threshold of its own; "" where they have one.
 * @param {Thresholds & { a: Pick<Comparison["a"], "reward_models">, b: Pick<Comparison["b"], "reward_models"> }} found
 */
export function thresholdNote(found) {
  const { threshold_a: a, threshold_b: b } = found;
  if (a === b) return "";
  const each = `A is measured at threshold ${thresholdText(a)}, B at ${thresholdText(b)}.`;
  return isOneModel(found)
    ? `${each} Both have the same reward model, so every difference comes from the thresholds.`
    : `${each} A difference may come from the thresholds. To compare the models alone, run one again at the other’s.`;
}

/** @param {Parameters<typeof thresholdNote>[0] | Parameters<typeof comparisonTitle>[0]} found */
function isOneModel({ a, b }) {
  return JSON.stringify(a.reward_models) === JSON.stringify(b.reward_models);
}
