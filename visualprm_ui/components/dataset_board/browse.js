// Every labelled solution, filtered and paged.

import { el } from "../../assets/dom.js";
import { call } from "../../assets/rest.js";
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

/** @import { BrowsedSolution, SolutionPage } from "../../assets/api.d.ts" */
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

/** @param {BrowsedSolution} solution */
function row({ solution, question, image, data_source: source, policy_model: policy, answer, labels, annotators }) {
  const signs = el("span", { class: "vp-label-icons" }, ...labels.map((label) => labelIcon(label)));
  return [
    problemCell(image, question),
    source ?? "–",
    policy || "–",
    answer ?? "–",
    signs,
    annotators,
    viewLink("solution", { id: solution }, "Open", { class: "vp-btn" }),
  ];
}
