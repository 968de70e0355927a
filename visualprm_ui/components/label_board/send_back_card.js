// What an annotator reads on top of work that came back: who questions which step, what it should be, and why. A
// reviewer sees the same before sending it.

import { el } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { LABEL_NAMES } from "../../assets/labels.js";
import { lineOf } from "../../assets/rich_text.js";

/** @import { QuestionedStep, StepLabel, WrongVerdict } from "../../assets/api.d.ts" */
/** @import { TextOptions } from "../../assets/rich_text.js" */

/**
 * "you said Correct, rex would say Wrong"; names nothing that was not said.
 * @param {QuestionedStep} questioned
 * @param {StepLabel} said what the annotator said
 * @param {string} by the reviewer
 */
export function questionText({ should_be: shouldBe }, said, by) {
  const yours = said === null ? "you left it without a label" : `you said ${LABEL_NAMES[said]}`;
  return shouldBe === null ? `${yours}, ${by} questions it` : `${yours}, ${by} would say ${LABEL_NAMES[shouldBe]}`;
}

/**
 * @param {WrongVerdict | null} review null: it was not found wrong, it came back with the others of its split
 * @param {string} note to all annotators of the split
 * @param {StepLabel[]} labels as they were when it was judged
 * @param {string[]} steps
 * @param {TextOptions} [names] how a text names pictures
 */
export function sendBackCard(review, note, labels, steps, names = {}) {
  const title = review ? `${review.by} sent this back` : "This came back with its split";
  const words = [review?.note ?? "", note].filter((text) => text.trim() !== "");
  const usual = review ? [] : ["Nobody found anything wrong with this one. Check it, and submit it again."];
  return el(
    "section",
    { class: "vp-lb-returned", "aria-label": "Sent back" },
    el("p", { class: "vp-lb-returned-title" }, icon("undo"), el("b", { text: title })),
    ...usual.map((text) => el("p", { text })),
    ...words.map((text) => el("p", { class: "vp-lb-returned-words" }, lineOf("span", `“${text}”`, {}, names))),
    review && review.questioned.length > 0
      ? el(
          "ul",
          {},
          ...review.questioned.map((each) =>
            el(
              "li",
              {},
              el("b", { text: `Step ${each.step + 1}` }),
              lineOf("span", steps[each.step] ?? "", { class: "vp-lb-returned-step" }, names),
              el("span", { text: questionText(each, labels[each.step] ?? null, review.by) }),
            ),
          ),
        )
      : null,
  );
}
