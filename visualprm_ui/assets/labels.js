// The closed sets of labelling and what pages call their members: labels of a step, types of error, reasons to skip an
// item.

/** @import { ErrorType, Label, SkipReason, StepLabel } from "./api.d.ts" */
/** @import { IconName } from "./icons.js" */

/**
 * A step's label: 1 correct, 0 neutral, -1 wrong. In the order in which they are offered.
 * @type {readonly Label[]}
 */
export const LABELS = [1, 0, -1];

/** @type {Record<Label, string>} */
export const LABEL_NAMES = { 1: "Correct", 0: "Neutral", [-1]: "Wrong" };

/** @type {Record<Label, IconName>} */
export const LABEL_ICONS = { 1: "check", 0: "bar", [-1]: "cross" };

/** @type {readonly ErrorType[]} */
export const ERROR_TYPES = ["perception", "calculation", "reasoning", "knowledge", "format"];

/** @type {Record<ErrorType, string>} */
export const ERROR_TYPE_NAMES = {
  perception: "Perception",
  calculation: "Calculation",
  reasoning: "Reasoning",
  knowledge: "Knowledge",
  format: "Format",
};

/** @type {readonly SkipReason[]} */
export const SKIP_REASONS = ["not_understood", "bad_problem", "bad_step_split", "unreadable_image", "wrong_reference"];

/** @type {Record<SkipReason, string>} */
export const SKIP_REASON_TEXTS = {
  not_understood: "I do not understand it",
  bad_problem: "The problem is faulty",
  bad_step_split: "The steps are badly split",
  unreadable_image: "The image is unreadable",
  wrong_reference: "The reference answer is wrong",
};

/**
 * A reason to skip in the middle of a sentence.
 * @param {SkipReason} reason
 */
export function skipReasonPhrase(reason) {
  return SKIP_REASON_TEXTS[reason].replace(/^(?!I )./, (letter) => letter.toLowerCase());
}

/**
 * Returns the value of the attributes `data-kind` and `data-label`, which style sheets read.
 * @param {StepLabel} label
 */
export function labelKind(label) {
  if (label === null) return "none";
  return label === 1 ? "correct" : label === 0 ? "neutral" : "wrong";
}

/**
 * Whether something is a label, as far as this version knows them.
 * @param {unknown} value
 * @returns {value is Label}
 */
export function isLabel(value) {
  return value === 1 || value === 0 || value === -1;
}
