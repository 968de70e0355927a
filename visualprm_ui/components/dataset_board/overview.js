// How much is labelled, and which queues there are.

import { el } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { address, imageAddress } from "../../assets/rest.js";
import { showLine } from "../../assets/rich_text.js";

/** @import { DatasetQueue, DatasetSummary } from "../../assets/api.d.ts" */

const NO_QUEUE =
  "Sample solutions on Explore and press “Label”. They appear here, and once labelled they can be exported.";
const NO_QUEUE_OF_FILES =
  "Import problems or solutions, or sample solutions on Explore. What you then queue for labelling appears here, and " +
  "once labelled it can be exported.";

/**
 * Returns the node of an answer of api/dataset.
 * @param {DatasetSummary} summary
 * @param {boolean} isAdmin admins may fill projects
 * @param {HTMLElement | null} tiles what came in, what is ready, what waits, how good it is; null: not for this role
 */
export function overview({ labelled, solutions, annotators, queues }, isAdmin, tiles) {
  const figures = [
    [labelled, `${labelled === 1 ? "solution" : "solutions"} labelled${annotators === null ? " by you" : ""}`],
    [solutions, inQueues(solutions, queues)],
    // null: for reviewers only
    ...(annotators === null ? [] : [[annotators, annotators === 1 ? "annotator" : "annotators"]]),
  ];
  return el(
    "div",
    { class: "vp-dataset-part" },
    tiles,
    el(
      "section",
      { class: "vp-card vp-dataset-totals", "aria-label": "Labelled so far" },
      ...figures.map(([count, caption]) =>
        el("div", {}, el("b", { class: "vp-num", text: count.toLocaleString("en") }), el("span", { text: caption })),
      ),
    ),
    queues.length ? table(queues, isAdmin) : empty(isAdmin),
  );
}

/**
 * Says that one solution in several queues is counted once, where there is one.
 * @param {number} solutions
 * @param {Pick<DatasetQueue, "total">[]} queues
 */
export function inQueues(solutions, queues) {
  if (solutions === 1) return "solution in a queue";
  const items = queues.reduce((sum, { total }) => sum + total, 0);
  return items > solutions ? "different solutions in queues" : "solutions in queues";
}

const HEAD = ["Queue", "From", "Labelled by you", "Labelled by anyone", ""];

/**
 * @param {DatasetQueue[]} queues
 * @param {boolean} isAdmin
 */
function table(queues, isAdmin) {
  return el(
    "div",
    { class: "vp-card vp-dataset-table" },
    el(
      "table",
      {},
      el("caption", { class: "vp-hidden", text: "Queues, newest first" }),
      el("thead", {}, el("tr", {}, ...HEAD.map((text) => el("th", { scope: "col", text })))),
      el("tbody", {}, ...queues.map((queue) => row(queue, isAdmin))),
    ),
  );
}

/**
 * Says what one person did of a queue. Skips are counted apart: they are not labelled.
 * @param {number} mine
 * @param {number} skipped
 * @param {number} total
 */
export function yourProgress(mine, skipped, total) {
  return `${mine} of ${total}${skipped ? `, ${skipped} skipped` : ""}`;
}

/**
 * Returns what can be done with a queue, as [word, path]; null for an empty one, which only an admin can change.
 * @param {Pick<DatasetQueue, "queue" | "mine" | "skipped" | "total">} queue
 * @param {boolean} isAdmin
 * @returns {[word: string, path: string] | null}
 */
export function queueAction({ queue, mine, skipped, total }, isAdmin) {
  if (total === 0) return isAdmin ? ["Add solutions", "admin?view=projects"] : null;
  return [mine + skipped < total ? "Label" : "Review", `annotate?queue=${encodeURIComponent(queue)}`];
}

/**
 * @param {DatasetQueue} each
 * @param {boolean} isAdmin
 */
function row(each, isAdmin) {
  const { title, image, run, mine, skipped, done, total } = each;
  const [action = "", path = ""] = queueAction(each, isAdmin) ?? [];
  const name = el("span", { class: "vp-dataset-title" });
  showLine(name, title);
  return el(
    "tr",
    {},
    el(
      "th",
      { scope: "row" },
      el("div", {}, image ? el("img", { src: imageAddress(image, 96), alt: "", width: 36, height: 36 }) : null, name),
    ),
    el(
      "td",
      { "data-title": HEAD[1] },
      run ? el("a", { href: address(`./?run=${encodeURIComponent(run)}`), text: "the run" }) : "project",
    ),
    el("td", { "data-title": HEAD[2], class: "vp-num", text: yourProgress(mine, skipped, total) }),
    el("td", { "data-title": HEAD[3], class: "vp-num", text: done === null ? "–" : `${done} of ${total}` }),
    el(
      "td",
      {},
      action
        ? el("a", { class: "vp-btn", href: address(path), "aria-label": `${action}: ${title}`, text: action })
        : null,
    ),
  );
}

/** @param {boolean} isAdmin admins may import */
function empty(isAdmin) {
  const open = (/** @type {Event} */ event) => {
    event.preventDefault();
    document.getElementById("vp-import")?.click();
  };
  return el(
    "div",
    { class: "vp-dataset-empty" },
    icon("label", 28),
    el("h2", { text: "No queue yet" }),
    el("p", { text: isAdmin ? NO_QUEUE_OF_FILES : NO_QUEUE }),
    el(
      "div",
      { class: "vp-button-row" },
      isAdmin
        ? el("a", { class: "vp-btn vp-btn-primary", href: address("dataset"), text: "Import", onclick: open })
        : null,
      el("a", { class: "vp-btn", href: address("./"), text: "Go to Explore" }),
    ),
  );
}
