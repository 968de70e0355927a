// The head of one evaluation or of two: the way back, the title, what can be done.

import { el } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { inWords } from "../transfer_panel/job_text.js";
import { pageLink } from "./board.js";
import { triesAgain } from "./evaluation_actions.js";
import { counted } from "./figures.js";
import { kindOf, kindWords } from "./kinds.js";

/** @import { Evaluation } from "../../assets/api.d.ts" */

/**
 * @param {string} title
 * @param {string} place the last word of the way
 * @param {Node[]} facts beside the title
 * @param {Node[]} actions
 */
export function pageHead(title, place, facts, actions) {
  return el(
    "div",
    { class: "vp-ev-page-head" },
    el(
      "nav",
      { class: "vp-ev-trail", "aria-label": "You are here" },
      pageLink(new URLSearchParams(), { class: "vp-ev-link" }, "Evaluate"),
      el("span", { "aria-hidden": "true", text: "/" }),
      el("span", { dir: "auto", text: place }),
    ),
    el(
      "div",
      { class: "vp-ev-head" },
      el("h1", { dir: "auto", text: title }),
      ...facts,
      el("div", { class: "vp-ev-end" }, ...actions),
    ),
  );
}

/**
 * The kind of an evaluation as a tag, and what it was about.
 * @param {Evaluation} evaluation
 */
export function factsOf(evaluation) {
  const { kind, set, state, seconds, by, created_at: at } = evaluation;
  const counts = [
    set.solutions === null ? "" : counted(set.solutions, "solution"),
    set.steps === null ? "" : counted(set.steps, "step"),
  ].filter(Boolean);
  const took = state === "done" ? `in ${inWords(seconds)}` : "";
  const text = [counts.join(", "), took, `${by}, ${timeText(at)}`].filter(Boolean).join(" · ");
  return [
    el("span", { class: "vp-tag" }, icon(kindOf(kind)?.icon ?? "curve"), kindWords(evaluation)),
    el("span", { class: "vp-ev-sub", text }),
  ];
}

/**
 * A time as people of this browser write it.
 * @param {string} iso
 */
export function timeText(iso) {
  return new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/**
 * What an admin should know before a figure is quoted.
 * @param {Evaluation} evaluation
 */
export function warnings(evaluation) {
  const shown = evaluation.warnings.map((text) =>
    el("p", { class: "vp-banner", role: "note" }, icon("warning"), el("span", { dir: "auto", text })),
  );
  return evaluation.failed > 0 ? [...shown, failureList(evaluation)] : shown;
}

/** @param {Evaluation} evaluation */
function failureList(evaluation) {
  const { failed, failures } = evaluation;
  return el(
    "details",
    { class: "vp-card vp-ev-failures" },
    el("summary", {}, icon("warning"), `${counted(failed, "item")} failed`),
    el(
      "ul",
      {},
      ...failures.map(({ problem, solution, reason }) =>
        el("li", {}, el("code", { text: solution ?? problem }), el("span", { dir: "auto", text: ` ${reason}` })),
      ),
    ),
    triesAgain(evaluation)
      ? el("p", { class: "vp-ev-note", text: "Resume (for admins) retries them. What is done is not repeated." })
      : null,
    failed > failures.length ? el("p", { class: "vp-ev-note", text: `The first ${failures.length} are shown.` }) : null,
  );
}
