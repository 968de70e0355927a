// What the reward model predicts for a step: the one place in JavaScript that compares a score with a threshold.

/** @import { StepLabel } from "./api.d.ts" */

const THRESHOLD = 0.5; // a score of at least this predicts "correct"

/**
 * Whether a step's score predicts its label; null where there is nothing to compare: a neutral or unlabelled step, or
 * no score.
 * @param {StepLabel} label
 * @param {number | null | undefined} score
 * @returns {boolean | null}
 */
export function scoreAgrees(label, score) {
  if (label !== 1 && label !== -1) return null;
  if (typeof score !== "number") return null;
  return score >= THRESHOLD === (label === 1);
}
