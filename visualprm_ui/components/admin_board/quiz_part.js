// What somebody answered in the entry quiz of a project, beside what was expected, and letting them try again.

import { el } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { LABEL_NAMES, SKIP_REASON_TEXTS } from "../../assets/labels.js";
import { plural } from "../../assets/plural.js";
import { call } from "../../assets/rest.js";
import { emptyState, problemCell } from "../dataset_board/list_controls.js";
import { labelTag, stepText } from "../review_board/step_cards.js";
import { actionButton, post } from "./actions.js";
import { adminLink, partPath } from "./project_address.js";

/** @import { QuizAnswers, QuizItem } from "../../assets/api.d.ts" */
/** @import { PartContext } from "./project_page.js" */

/**
 * Returns the part's nodes.
 * @param {PartContext} context
 * @param {string} annotator
 */
export async function quizPart(context, annotator) {
  const { path, progress } = context;
  /** @type {QuizAnswers} */
  const { name, result, items } = await call(`${path}/quiz/${encodeURIComponent(annotator)}`);
  return [
    el(
      "div",
      { class: "vp-pp-trail" },
      adminLink(partPath(progress.project, "people"), { class: "vp-btn" }, "Back to people"),
      el("h3", { text: `Entry quiz of ${name}` }),
      el("span", { class: "vp-status-line", text: resultText(result, progress.options.quiz_pass) }),
      result?.state === "failed" ? againButton(annotator, name, context) : null,
    ),
    ...(items.length
      ? items.map((item, index) => itemCard(item, index))
      : [emptyState("No quiz", "This project has no items in its entry quiz.")]),
  ];
}

/**
 * Returns the button that lets somebody take the quiz again.
 * @param {string} annotator
 * @param {string} name shown
 * @param {PartContext} context
 */
export function againButton(annotator, name, { path, status, done }) {
  const again = async () => {
    await post(`${path}/quiz/${encodeURIComponent(annotator)}/reset`);
    await done(`${name} can take the quiz again, from the beginning.`);
  };
  return actionButton(`Let ${name} try again`, again, status, { class: "vp-btn vp-btn-primary" });
}

/**
 * Says how many steps were right, and how many had to be.
 * @param {QuizAnswers["result"]} result
 * @param {number | null} pass the share of steps that is asked for; null: the project has no quiz
 */
export function resultText(result, pass) {
  if (result === null) return "Not finished yet.";
  const { right, steps, state } = result;
  const needed = pass === null ? "" : `, ${Math.ceil(Number((pass * steps).toPrecision(12)))} needed`;
  return `${state === "failed" ? "Failed" : "Passed"}: ${right} of ${plural(steps, "step")} right${needed}.`;
}

/**
 * Says how an item went: how many of its steps were right, or why there is nothing to count.
 * @param {Pick<QuizItem, "gold_labels" | "labels" | "skip_reason" | "submitted">} item
 */
export function itemText({ gold_labels: gold, labels, skip_reason: skipped, submitted }) {
  if (skipped) return `Skipped: ${SKIP_REASON_TEXTS[skipped]}. Counts as ${plural(gold.length, "wrong answer")}.`;
  if (labels === null) return "Not begun.";
  const right = gold.filter((label, step) => labels[step] === label).length;
  return `${right} of ${plural(gold.length, "step")} right${submitted ? "" : ", not submitted yet"}`;
}

/**
 * @param {QuizItem} item
 * @param {number} index
 */
function itemCard(item, index) {
  const title = `Item ${index + 1}`;
  return el(
    "section",
    { class: "vp-card vp-pp-card", "aria-label": title },
    el(
      "div",
      { class: "vp-pp-top" },
      el("h3", { text: title }),
      el("span", { class: "vp-status-line", text: itemText(item) }),
    ),
    problemCell(item.image, item.question),
    el("ol", { class: "vp-pp-quiz" }, ...item.steps.map((text, step) => stepRow(item, text, step))),
  );
}

/**
 * @param {QuizItem} item
 * @param {string} text
 * @param {number} step
 */
function stepRow({ gold_labels: gold, labels }, text, step) {
  const [expected, said] = [gold[step], labels?.[step] ?? null];
  const isRight = said === expected;
  return el(
    "li",
    { "data-right": labels === null ? null : String(isRight) },
    el("span", { class: "vp-num", text: step + 1 }),
    stepText(text, {}),
    labels === null
      ? el("span", { class: "vp-status-line" }, "expected ", LABEL_NAMES[expected])
      : el(
          "span",
          { class: "vp-pp-quiz-said" },
          labelTag(said),
          isRight
            ? el("span", {}, icon("check", 14), " right")
            : el("span", { class: "vp-pp-alarm" }, icon("cross", 14), `expected ${LABEL_NAMES[expected]}`),
        ),
  );
}
