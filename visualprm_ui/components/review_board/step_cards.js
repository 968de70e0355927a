// A step with the label that somebody gave it and what they said of it, as a row of the boards' lists.

import { el } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { ERROR_TYPE_NAMES, LABEL_ICONS, LABEL_NAMES, labelKind } from "../../assets/labels.js";
import { lineOf, showText } from "../../assets/rich_text.js";
import { scoreBall, scoreText, spokenScore } from "../../assets/scores.js";

/** @import { StepDetail, StepLabel } from "../../assets/api.d.ts" */
/** @import { TextOptions } from "../../assets/rich_text.js" */

/**
 * A label as icon and word.
 * @param {StepLabel} label
 */
export function labelTag(label) {
  const name = label === null ? "no label" : LABEL_NAMES[label];
  return el(
    "span",
    { class: "vp-rv-label", "data-kind": labelKind(label) },
    label === null ? null : icon(LABEL_ICONS[label], 14),
    el("span", { text: name }),
  );
}

/**
 * What was said of a step beside its label; "" where nothing was.
 * @param {StepDetail | null | undefined} detail
 * @param {boolean} isFirst the first error
 * @param {TextOptions} names
 */
export function detailLines(detail, isFirst, names) {
  const kinds = [detail?.error_type ? ERROR_TYPE_NAMES[detail.error_type] : "", isFirst ? "First error" : ""];
  const about = kinds.filter(Boolean).join(" · ");
  /** @type {(Node | null)[]} */
  const lines = [
    about ? el("p", { class: "vp-rv-about", text: about }) : null,
    detail?.correction ? quote("It should say: ", detail.correction, names) : null,
    detail?.note ? quote("", detail.note, names) : null,
  ];
  return lines.filter((line) => line !== null);
}

/**
 * @param {string} before
 * @param {string} text
 * @param {TextOptions} names
 */
function quote(before, text, names) {
  return el("p", { class: "vp-rv-quote" }, before, lineOf("span", text, {}, names));
}

/**
 * A score as ball and number.
 * @param {number | null} score
 */
export function scoreTag(score) {
  return el(
    "span",
    { class: "vp-rv-score" },
    scoreBall(score),
    el("span", { class: "vp-num", "aria-hidden": "true", text: scoreText(score) }),
    el("span", { class: "vp-hidden", text: `Reward model: ${spokenScore(score)}` }),
  );
}

/**
 * @param {string} text
 * @param {TextOptions} names
 */
export function stepText(text, names) {
  const node = el("div", { class: "vp-lb-step-text", dir: "auto" });
  showText(node, text, names);
  return node;
}
