// The steps of a card, each with its text, its score, and the exact checker's verdict where there is one. Only what
// changed is touched.

import { el, setAttr, setText, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { LABEL_ICONS } from "../../assets/labels.js";
import { predictionAgrees } from "../../assets/prediction.js";
import { showText } from "../../assets/rich_text.js";
import { calibratedText, scoreBall, scoreBand, scoreText, setScoreBall, spokenScore } from "../../assets/scores.js";

/** @import { CardStep, Label } from "../../assets/api.d.ts" */
/** @import { TextOptions } from "../../assets/rich_text.js" */

/**
 * @typedef {ReturnType<typeof buildStep>} StepParts the nodes of a step
 * @typedef {object} DrawnStep what a row shows
 * @property {string} [text]
 * @property {boolean} [open]
 * @property {boolean} [writing]
 * @property {number | null} [score]
 * @property {number | null} [calibrated]
 * @property {number} [first]
 * @property {number} [end]
 * @property {number} [check]
 * @property {boolean} [isFirstWrong]
 * @property {number | null} [second]
 * @property {boolean} [isApart]
 * @typedef {object} StepContext what a row needs to know of its card
 * @property {boolean} writing the solution is still written
 * @property {boolean} isFirstWrong it is the first step that the exact checker calls wrong
 * @property {TextOptions} names of pictures
 * @property {number | null} second a second reward model's score; null: none is shown
 * @property {boolean} isApart the two models' disagreement about it is looked at
 */

/** @param {number} index */
export function buildStep(index) {
  const text = el("div", { class: "vp-step-text", dir: "auto" });
  const scoreSign = scoreBall(null);
  const scoreNumber = el("span", { class: "vp-num", "aria-hidden": "true" });
  const spoken = el("span", { class: "vp-hidden" });
  const merged = el("span", { class: "vp-step-merged", hidden: true });
  const check = el("span", { class: "vp-step-check", hidden: true });
  const second = el("span", { class: "vp-step-second", hidden: true });
  const score = el("span", { class: "vp-step-score" }, scoreSign, scoreNumber, spoken, second, check);
  const reason = el("span");
  const wrong = el(
    "p",
    { class: "vp-step-wrong", hidden: true },
    el("b", {}, icon("cross", 12), el("span", { text: "wrong here" })),
    " ",
    reason,
  );
  const body = el("div", { class: "vp-step-body" }, text, merged, wrong);
  const node = el(
    "li",
    { class: "vp-step" },
    el("span", { class: "vp-num vp-step-number", "aria-hidden": "true", text: String(index + 1) }),
    body,
    score,
  );
  const last = /** @type {DrawnStep} */ ({});
  return {
    node,
    text,
    score,
    scoreSign,
    scoreNumber,
    spoken,
    second,
    merged,
    check,
    wrong,
    reason,
    index,
    last,
    more: /** @type {HTMLElement | null} */ (null), // opens the menu of the step
    made: /** @type {HTMLElement | null} */ (null), // holds what was made from it on
    madeAs: "", // what is drawn in it
  };
}

/**
 * @param {StepParts} row
 * @param {CardStep & { open?: boolean }} step
 * @param {StepContext} context
 */
export function drawStep(row, step, { writing, isFirstWrong, names, second, isApart }) {
  const { last } = row;
  const open = step.open === true;
  if (last.text !== step.text || last.open !== open || last.writing !== writing) {
    showText(row.text, step.text, { ...names, streaming: open && writing });
    setAttr(row.node, "data-open", open && writing);
  }
  const first = step.merged?.[0];
  const end = step.merged?.[1];
  if (last.check !== step.check?.label || last.score !== step.score) drawCheck(row, step);
  if ((last.second ?? null) !== second || (last.isApart ?? false) !== isApart) drawSecond(row, second, isApart);
  if (last.isFirstWrong !== isFirstWrong) {
    show(row.wrong, isFirstWrong);
    setText(row.reason, step.check?.reason ?? "");
  }
  if (
    last.score !== step.score ||
    last.calibrated !== step.calibrated ||
    last.first !== first ||
    last.end !== end ||
    last.open !== open ||
    last.text === undefined
  )
    drawScore(row, step);
  row.last = {
    text: step.text,
    open,
    writing,
    score: step.score,
    calibrated: step.calibrated,
    first,
    end,
    check: step.check?.label,
    isFirstWrong,
    second,
    isApart,
  };
}

/**
 * Shows a second reward model's score beside the first, framed where the two are looked at.
 * @param {StepParts} row
 * @param {number | null} score
 * @param {boolean} isApart
 */
function drawSecond({ second }, score, isApart) {
  show(second, score !== null);
  setAttr(second, "data-apart", isApart);
  if (score === null) return second.replaceChildren();
  const number = el("span", { class: "vp-num", "aria-hidden": "true", text: scoreText(score) });
  const spoken = el("span", { class: "vp-hidden", text: `, the second model: ${spokenScore(score)}` });
  return second.replaceChildren(scoreBall(score), number, spoken);
}

/** What the exact checker says of a step. @type {Record<Label, string>} */
export const VERDICTS = { 1: "right", 0: "neutral", [-1]: "wrong" };

/**
 * Shows the exact checker's verdict, where the problem was drawn from a world that has one: a hit or a miss of the
 * score beside it.
 * @param {StepParts} row
 * @param {CardStep} step
 */
function drawCheck({ check }, step) {
  show(check, Boolean(step.check));
  if (!step.check) return;
  const { label, reason } = step.check;
  const misses = predictionAgrees(label, step.predicted) === false;
  setAttr(check, "data-misses", misses);
  const verdict = `${VERDICTS[label]}${reason ? `, ${reason.replace(/[.]$/, "")}` : ""}`;
  const text = `Exact checker: ${verdict}.${misses ? " The score misses it." : ""}`;
  setAttr(check, "title", text);
  check.replaceChildren(icon(LABEL_ICONS[label], 13), el("span", { class: "vp-hidden", text }));
}

/**
 * Shows a step's score. One that covers several steps is shown at the first of them; the others say where to look.
 * @param {StepParts} row
 * @param {CardStep} step
 */
function drawScore(row, { score, calibrated, merged }) {
  const [first, last] = merged ?? [row.index, row.index];
  const follows = row.index !== first;
  setAttr(row.node, "data-band", scoreBand(score) ?? "none");
  setAttr(row.node, "data-merged", merged ? (follows ? "follows" : "first") : null);
  setScoreBall(row.scoreSign, score);
  show(row.scoreSign, !follows);
  setText(row.scoreNumber, follows ? "″" : scoreText(score));
  const meaning = calibratedText(calibrated);
  const spoken = [spokenScore(score), meaning].filter(Boolean).join(", ");
  setText(row.spoken, follows ? `scored together with step ${first + 1}` : spoken);
  setAttr(row.score, "title", meaning || null);
  const isShared = merged !== null && !follows;
  show(row.merged, isShared);
  setText(row.merged, isShared ? `one score for steps ${first + 1}–${last + 1}` : "");
}
