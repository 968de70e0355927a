// Every labelled solution, filtered and paged.

import { el } from "../../assets/dom.js";
import { call } from "../../assets/rest.js";
import { answerOf } from "../../assets/rich_text.js";
import {
  chosenOf,
  emptyState,
  filterForm,
  labelIcon,
  listQueues,
  problemCell,
  queueOptions,
  table,
  viewLink,
} from "./list_controls.js";

/** @import { BrowsedSolution, SolutionPage, StepLabel } from "../../assets/api.d.ts" */
/** @import { Choice } from "./list_controls.js" */

const HEAD = ["Problem", "Source", "Policy", "Answer", "Final labels", "Annotators", ""];
/** @type {Choice[]} */
const STATES = [
  ["", "All"],
  ["labelled", "Labelled"],
  ["open", "Not labelled"],
  ["decided", "Decided"],
];

/**
 * Returns the view's node.
 * @param {URLSearchParams} query
 */
export async function browse(query) {
  const chosen = chosenOf(query, ["queue", "state", "after"]);
  /** @type {Promise<SolutionPage>} */
  const page = call(`api/solutions?${chosen}`);
  const [{ solutions, next }, queues] = await Promise.all([page, listQueues()]);
  const list = solutions.length
    ? table("Solutions", HEAD, solutions.map(row))
    : emptyState("No solution", "Nothing in the store is like that.");
  return el(
    "div",
    { class: "vp-dataset-part" },
    filterForm("browse", query, [
      ["queue", "Queue", queueOptions(queues)],
      ["state", "State", STATES],
    ]),
    list,
    next ? viewLink("browse", { ...Object.fromEntries(chosen), after: next }, "More", { class: "vp-btn" }) : null,
  );
}

/** @param {BrowsedSolution} found */
function row(found) {
  const { solution, question, image, data_source: source, policy_model: policy, answer, annotators } = found;
  return [
    problemCell(image, question),
    source ?? "–",
    policy || "–",
    answer === null ? "–" : answerOf(answer),
    labelsCell(found),
    annotators,
    viewLink("solution", { id: solution }, "Open", { class: "vp-btn" }),
  ];
}

/**
 * The final labels of people; where nobody labelled, those of each file, with its name.
 * @param {BrowsedSolution} found
 */
function labelsCell({ labels, annotators, file_labels: files }) {
  const icons = (/** @type {StepLabel[]} */ given) =>
    el("span", { class: "vp-label-icons" }, ...given.map((label) => labelIcon(label)));
  const isPeoples = annotators > 0 || labels.some((label) => label !== null) || files.length === 0;
  if (isPeoples) return icons(labels);
  return el(
    "div",
    {},
    ...files.map(({ source, labels: given }) =>
      el("div", {}, icons(given), el("span", { class: "vp-sv-rule", text: `file: ${source}` })),
    ),
  );
}
