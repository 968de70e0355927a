// What a step benchmark says at another threshold, from the counts of steps that score above each hundredth: no step is
// needed for it, so that a threshold moves at once. A step is called right above the threshold, not at it. Pure.

/** @import { Confusion, CountsAbove } from "../../assets/api.d.ts" */

/**
 * @typedef {{ correct: number, wrong: number }} Labelled steps by their label
 * @typedef {object} AtThreshold
 * @property {Labelled} right called right
 * @property {Labelled} wrong called wrong
 * @property {number | null} f1Correct null: undefined, as the two below
 * @property {number | null} f1Wrong
 * @property {number | null} macroF1
 */

export const HUNDREDTHS = 100;

/**
 * Returns the hundredth that is nearest to a threshold, 0 to 100.
 * @param {number} threshold
 */
export function hundredthOf(threshold) {
  return Math.min(HUNDREDTHS, Math.max(0, Math.round(threshold * HUNDREDTHS)));
}

/**
 * How many steps have each label, those included whose score could not be read.
 * @param {Confusion} confusion at any threshold
 * @returns {Labelled}
 */
export function labelledOf(confusion) {
  return {
    correct: confusion.true_positives + confusion.false_negatives + confusion.unread_correct,
    wrong: confusion.false_positives + confusion.true_negatives + confusion.unread_wrong,
  };
}

/**
 * Returns the counts and F1 at a hundredth. A step whose score could not be read counts against its class.
 * @param {CountsAbove} above
 * @param {Confusion} confusion at any threshold
 * @param {number} hundredth
 * @returns {AtThreshold}
 */
export function countsAt(above, confusion, hundredth) {
  const all = labelledOf(confusion);
  const right = { correct: above.correct[hundredth], wrong: above.wrong[hundredth] };
  const wrong = {
    correct: all.correct - confusion.unread_correct - right.correct,
    wrong: all.wrong - confusion.unread_wrong - right.wrong,
  };
  const f1Correct = f1(right.correct, right.wrong, all.correct);
  const f1Wrong = f1(wrong.wrong, wrong.correct, all.wrong);
  const macroF1 = f1Correct === null || f1Wrong === null ? null : (f1Correct + f1Wrong) / 2;
  return { right, wrong, f1Correct, f1Wrong, macroF1 };
}

/**
 * @param {number} found of the class, and called so
 * @param {number} mistaken of the other, and called so
 * @param {number} all of the class
 */
function f1(found, mistaken, all) {
  return found + mistaken + all === 0 ? null : (2 * found) / (found + mistaken + all);
}

/**
 * Returns macro-F1 at every hundredth; null where it is undefined.
 * @param {CountsAbove} above
 * @param {Confusion} confusion
 */
export function macroF1Curve(above, confusion) {
  return above.correct.map((_, hundredth) => countsAt(above, confusion, hundredth).macroF1);
}
