// How figures of evaluations are written: points of a hundred, intervals, differences, thresholds. Undefined is said to
// be so, with its reason, and is never 0. Pure.

/** @import { Estimate } from "../../assets/api.d.ts" */

const NUMBER = new Intl.NumberFormat("en");

/**
 * "16,585".
 * @param {number} count
 */
export function countText(count) {
  return NUMBER.format(count);
}

/**
 * "1,019 solutions".
 * @param {number} count
 * @param {string} noun in the singular
 */
export function counted(count, noun) {
  return `${NUMBER.format(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/**
 * What the command of a step benchmark does not give again; "" where it gives everything.
 * @param {{ half_labelled: number | null }} set
 * @param {{ half_labelled: number | null } | null} [dev] that its threshold is tuned on
 */
export function commandNote({ half_labelled: half }, dev = null) {
  const all = (half ?? 0) + (dev?.half_labelled ?? 0);
  if (all === 0) return "";
  const are = all === 1 ? "has" : "have";
  const where = dev === null ? "this set" : "these sets";
  return (
    `${counted(all, "solution")} of ${where} ${are} labels for some steps only. ` +
    "The command’s export cannot hold them, so its figures leave them out."
  );
}

/**
 * A figure in [0, 1] as points of a hundred: "61.7"; a dash where it is undefined.
 * @param {number | null | undefined} value
 */
export function points(value) {
  return typeof value === "number" ? (100 * value).toFixed(1) : "–";
}

/**
 * A difference of two figures in points: "+1.9", "−0.5", "0" of equal ones; a dash where it is undefined.
 * @param {number | null} value
 */
export function signedPoints(value) {
  if (value === null) return "–";
  if (value === 0) return "0"; // not "0.0", which is what rounds to it
  const text = (100 * Math.abs(value)).toFixed(1);
  if (Number(text) === 0) return "0.0";
  return `${value < 0 ? "−" : "+"}${text}`;
}

/**
 * "61.0 to 62.5"; "" without an interval.
 * @param {Pick<Estimate, "low" | "high">} estimate
 * @param {(value: number | null) => string} [text] writes one end
 */
export function intervalText({ low, high }, text = points) {
  return low === null || high === null ? "" : `${text(low)} to ${text(high)}`;
}

/**
 * "61.7, 61.0 to 62.5", or why there is none.
 * @param {Estimate} estimate
 * @param {(value: number | null) => string} [text]
 */
export function estimateText(estimate, text = points) {
  if (estimate.value === null) return undefinedText(estimate);
  return [text(estimate.value), intervalText(estimate, text)].filter(Boolean).join(", ");
}

/**
 * "undefined: all steps are labelled correct".
 * @param {Pick<Estimate, "reason">} estimate
 */
export function undefinedText({ reason }) {
  if (!reason) return "undefined";
  return `undefined: ${reason.charAt(0).toLowerCase()}${reason.slice(1).replace(/\.$/, "")}`;
}

/**
 * Whether an interval of a difference leaves 0 out; false without an interval.
 * @param {Pick<Estimate, "low" | "high">} difference
 */
export function excludesZero({ low, high }) {
  return low !== null && high !== null && (low > 0 || high < 0);
}

/**
 * A threshold as it stands in a sentence: ".85", "1".
 * @param {number} threshold
 */
export function thresholdText(threshold) {
  return String(Number(threshold.toFixed(4))).replace(/^0\./, ".");
}

/**
 * "83.9 %"; a dash of nothing.
 * @param {number} part
 * @param {number} all
 */
export function shareText(part, all) {
  return all === 0 ? "–" : `${((100 * part) / all).toFixed(1)} %`;
}

/**
 * The range that a column of figures is drawn on, in whole tens of points: [0.3, 0.8].
 * @param {(number | null | undefined)[]} values in [0, 1]; what is undefined says nothing
 * @returns {[number, number]}
 */
export function rangeOf(values) {
  const known = values.filter((value) => typeof value === "number");
  if (known.length === 0) return [0, 1];
  const low = Math.floor(Math.min(...known) * 10 - 1e-9) / 10;
  const high = Math.ceil(Math.max(...known) * 10 + 1e-9) / 10;
  return [Math.max(0, low), Math.min(1, Math.max(high, low + 0.1))];
}

/**
 * The range of differences, the same to both sides of 0, in whole points.
 * @param {(number | null)[]} values
 * @returns {[number, number]}
 */
export function differenceRange(values) {
  const most = Math.max(0.01, ...values.map((value) => Math.abs(value ?? 0)));
  const edge = Math.ceil(most * 100 - 1e-9) / 100;
  return [-edge, edge];
}
