// What step scores say of a policy's completions, in sentences: the errors with their intervals, what is left out,
// which map is kept. Pure.

import { counted, intervalText, points, thresholdText, undefinedText } from "./figures.js";

/** @import { CalibrationFigures, Estimate, KeptMap } from "../../assets/api.d.ts" */

const OF_ROLLOUTS = "monte_carlo:";

/**
 * The policy whose completions labels are of; null for labels of a file, of which nobody knows who completed them.
 * @param {string | null | undefined} measured
 */
export function policyOf(measured) {
  return measured?.startsWith(OF_ROLLOUTS) ? measured.slice(OF_ROLLOUTS.length) : null;
}

/**
 * How far scores are from what they should say.
 * @param {CalibrationFigures} figures
 */
export function errorSentence({ error, steps, solutions }) {
  if (error.value === null) return `How far scores are from shares is ${undefinedText(error)}.`;
  return (
    `A score is ${points(error.value)} points${inBrackets(error)} away from the share of completions that ` +
    `reach the answer, on average over ${counted(steps, "step")} of ${counted(solutions, "solution")}.`
  );
}

/**
 * What the map is worth on problems that it was not fitted on.
 * @param {CalibrationFigures} figures
 */
export function gainSentence({ before, after, gain, compared, steps }) {
  if (before.value === null || after.value === null || gain.value === null)
    return `What the map is worth is ${undefinedText(after)}.`;
  const of = compared === steps ? "the same steps" : `${counted(compared, "step")} within the range of those maps`;
  const change =
    gain.value >= 0
      ? `${points(gain.value)} points less${inBrackets(gain)}`
      : `${points(-gain.value)} points more: the map does not help`;
  const errors = `${points(before.value)} before, ${points(after.value)}${inBrackets(after)} after`;
  return `With a map fitted to other problems, on ${of}: ${errors}, ${change}.`;
}

/**
 * What the figures are not about, a sentence each.
 * @param {CalibrationFigures} figures
 */
export function notAbout({ others, stopped, unscored, versions }) {
  /** @type {[number, string][]} */
  const counts = [
    [others, "that another policy wrote"],
    [stopped, "whose completions stopped at the first success"],
    [unscored, "that this reward model has not scored"],
    [versions, "with scores or completions of another version of a model"],
  ];
  return counts
    .filter(([count]) => count > 0)
    .map(([count, which]) => `Left out: ${counted(count, "solution")} ${which}.`);
}

/**
 * Which map Explore reads calibrated scores from.
 * @param {KeptMap | null} kept
 * @param {string} when it was kept, in words
 */
export function keptSentence(kept, when) {
  if (kept === null) return "No map is kept, so Explore shows scores as they are.";
  const { made_by: by, problems, before, after, low, high, is_of_these_versions: fits } = kept;
  const range =
    low === null || high === null
      ? ""
      : `, for scores from ${thresholdText(rounded(low))} to ${thresholdText(rounded(high))}`;
  const other = fits === false ? " It is of other versions of these models than the figures here." : "";
  return (
    `Kept ${when}${by ? ` by ${by}` : ""}: a map of ${counted(problems, "problem")}${range}, error ${points(before)} ` +
    `before and ${points(after)} after. Explore shows calibrated scores beside those of runs of these versions.${other}`
  );
}

/** @param {Estimate} estimate */
function inBrackets(estimate) {
  const within = intervalText(estimate);
  return within ? ` (${within})` : "";
}

/** @param {number} score */
function rounded(score) {
  return Math.round(100 * score) / 100;
}
