// A reviewer's judgement of one person's labels, before and after it is saved. Pure.

import { LABEL_NAMES, LABELS } from "../../assets/labels.js";

/** @import { QuestionedStep, StepLabel, Verdict } from "../../assets/api.d.ts" */

/** @typedef {{ verdict: Verdict | null, note: string, questioned: QuestionedStep[] }} Judgement */

/**
 * @param {Judgement} judgement
 * @returns {Judgement}
 */
export function allRight({ note }) {
  return { verdict: "right", note, questioned: [] };
}

/**
 * @param {Judgement} judgement
 * @returns {Judgement}
 */
export function notRight(judgement) {
  return { ...judgement, verdict: "wrong" };
}

/**
 * One press at a step: it is questioned, then should be the one label, then the other, then is questioned no more. The
 * labels are not right from the first press on.
 * @param {Judgement} judgement
 * @param {number} step
 * @param {StepLabel} label what the annotator gave it
 * @returns {Judgement}
 */
export function questionStep(judgement, step, label) {
  const before = judgement.questioned.find((each) => each.step === step);
  const others = judgement.questioned.filter((each) => each.step !== step);
  /** @type {StepLabel[]} */
  const turns = [null, ...LABELS.filter((each) => each !== label).toReversed()];
  const turn = before ? turns.indexOf(before.should_be) + 1 : 0;
  const questioned = turn < turns.length ? [...others, { step, should_be: turns[turn] }] : others;
  return { ...judgement, verdict: "wrong", questioned: questioned.toSorted((one, other) => one.step - other.step) };
}

/**
 * Says what is missing before the next item; "" where nothing is.
 * @param {Judgement} judgement
 * @param {string} annotator
 */
export function missing({ verdict, note, questioned }, annotator) {
  if (verdict === null) return "No verdict yet: press R or W. ] goes on without one.";
  if (verdict === "wrong" && questioned.length === 0 && note.trim() === "")
    return `Mark the step by its number, or say why (N): ${annotator} will read it.`;
  return "";
}

/**
 * What the button at a step says.
 * @param {QuestionedStep | undefined} questioned undefined: it is not
 */
export function questionName(questioned) {
  if (!questioned) return "not so";
  return questioned.should_be === null ? "questioned" : `should be ${LABEL_NAMES[questioned.should_be]}`;
}

/** @typedef {{ verdict: Verdict | null, own: boolean }} Judged an item of a sample, as far as the counts go */

/**
 * How a sample stands; `own` of what is left are the reader's own labels.
 * @param {Judged[]} items
 */
export function counts(items) {
  const right = items.filter(({ verdict }) => verdict === "right").length;
  const wrong = items.filter(({ verdict }) => verdict === "wrong").length;
  const own = items.filter((each) => each.verdict === null && each.own).length;
  return { right, wrong, left: items.length - right - wrong, own, judged: right + wrong };
}

/**
 * Says who can judge what the reader cannot: their own labels.
 * @param {string[]} others who may judge
 */
export function whoElse(others) {
  if (others.length === 0) return "Somebody else has to judge them; an admin can invite a reviewer.";
  const names = others.length > 4 ? [...others.slice(0, 3), `${others.length - 3} others`] : others;
  return `${new Intl.ListFormat("en", { type: "disjunction" }).format(names)} can judge them.`;
}

/**
 * "2 of 12 (17 %)"; without the share while nothing is judged.
 * @param {number} wrong
 * @param {number} judged
 */
export function errorShare(wrong, judged) {
  return judged === 0 ? `${wrong} of ${judged}` : `${wrong} of ${judged} (${Math.round((100 * wrong) / judged)} %)`;
}

/**
 * Says how many items of a sample may be wrong before the split should go back.
 * @param {number} limit
 */
export function limitText(limit) {
  return limit === 0
    ? "to be sent back if any is not right"
    : `to be sent back if more than ${limit} ${limit === 1 ? "is" : "are"} not right`;
}

/**
 * How a sample that is judged in part or whole stands against the limit.
 * @param {number} wrong
 * @param {number} judged
 * @param {number} limit
 */
export function outcomeText(wrong, judged, limit) {
  const allowed = limit === 0 ? "none is" : `at most ${limit} ${limit === 1 ? "is" : "are"}`;
  return `${wrong} of ${judged} ${wrong === 1 ? "is" : "are"} not right; ${allowed} allowed`;
}

/**
 * The item to go on with: the next one after `at` that the reader can judge and nobody has, else the first one; null
 * where there is none.
 * @param {Judged[]} items
 * @param {number} at
 */
export function nextOpen(items, at) {
  const open = items.flatMap(({ verdict, own }, index) => (verdict === null && !own ? [index] : []));
  return open.find((index) => index > at) ?? open[0] ?? null;
}
