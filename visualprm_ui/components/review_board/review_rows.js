// The steps of sampled work: the annotator's labels with what they said, and a button that questions each.

import { el, setAttr, setChildren, setText } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { LABEL_NAMES, labelKind } from "../../assets/labels.js";
import { bringIntoSight } from "../label_board/step_in_sight.js";
import { questionName } from "./judgement.js";
import { detailLines, labelTag, scoreTag, stepText } from "./step_cards.js";

/** @import { ReviewItem } from "../../assets/api.d.ts" */
/** @import { TextOptions } from "../../assets/rich_text.js" */
/** @import { Judgement } from "./judgement.js" */

export class ReviewRows {
  #rows;

  /**
   * @param {ReviewItem} item
   * @param {TextOptions} names of pictures
   * @param {(step: number) => void} question
   */
  constructor(item, names, question) {
    this.#rows = item.steps.map((text, step) => row(item, text, step, names, question));
    this.node = el("ol", { class: "vp-lb-steps", "aria-label": "Steps" }, ...this.#rows.map(({ node }) => node));
  }

  /**
   * @param {ReviewItem} item with its scores, once there are any
   * @param {Judgement} judgement
   * @param {number} current step
   * @param {boolean} isOpen whether steps can be questioned
   */
  draw(item, judgement, current, isOpen) {
    for (const [step, { node, score, button, word }] of this.#rows.entries()) {
      const questioned = judgement.questioned.find((each) => each.step === step);
      setAttr(node, "aria-current", step === current ? "step" : null);
      setAttr(node, "data-questioned", questioned !== undefined);
      setAttr(button, "aria-pressed", String(questioned !== undefined));
      button.disabled = !isOpen;
      setText(word, questionName(questioned));
      setChildren(score, item.scores ? [scoreTag(item.scores[step])] : []);
    }
  }

  /** @param {number} step */
  reveal(step) {
    const row = this.#rows[step];
    if (row) bringIntoSight(row.node);
  }
}

/**
 * @param {ReviewItem} item
 * @param {string} text
 * @param {number} step
 * @param {TextOptions} names
 * @param {(step: number) => void} question
 */
function row(item, text, step, names, question) {
  const label = item.labels[step] ?? null;
  const score = el("span", { class: "vp-rv-scores" });
  const word = el("span");
  const key = step < 9 ? el("kbd", { class: "vp-kbd", "aria-hidden": "true", text: String(step + 1) }) : null;
  const button = el(
    "button",
    { type: "button", class: "vp-rv-question", onclick: () => question(step) },
    el("span", { class: "vp-hidden", text: `Step ${step + 1}: ` }),
    word,
    key,
  );
  const node = el(
    "li",
    { class: "vp-lb-step vp-rv-step", "data-step": step, "data-label": labelKind(label) },
    el("span", { class: "vp-num vp-lb-number", text: String(step + 1) }),
    el(
      "div",
      { class: "vp-lb-step-body" },
      stepText(text, names),
      ...detailLines(item.details?.[step], item.first_error === step, names),
      change(item, step),
    ),
    el("div", { class: "vp-rv-given" }, score, labelTag(label), button),
  );
  return { node, score, button, word };
}

/**
 * What the annotator made of a step since it was sent back; null where nothing.
 * @param {ReviewItem} item
 * @param {number} step
 */
function change({ before, labels, skip_reason: skipped }, step) {
  if (before === null || skipped !== null || before.labels.length === 0) return null;
  const [then, now] = [before.labels[step] ?? null, labels[step] ?? null];
  const wasQuestioned = before.questioned.some((each) => each.step === step);
  if (then === now && !wasQuestioned) return null;
  const nowName = now === null ? "no label" : LABEL_NAMES[now];
  if (then === now)
    return el("p", { class: "vp-rv-about" }, icon("undo", 13), ` questioned last time, left as ${nowName}`);
  const thenName = then === null ? "no label" : LABEL_NAMES[then];
  return el(
    "p",
    { class: "vp-rv-about" },
    icon("undo", 13),
    " last time ",
    el("s", { text: thenName }),
    `, now ${nowName}`,
  );
}
