// Solutions whose annotators differ, the most differing first: the work list of an adjudicator.

import { el } from "../../assets/dom.js";
import { plural } from "../../assets/plural.js";
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

/** @import { Disagreement, DisagreementPage } from "../../assets/api.d.ts" */
/** @import { Choice } from "./list_controls.js" */

/** @type {Choice[]} */
const STATES = [
  ["", "All"],
  ["true", "Not decided"],
];
const HEAD = ["Problem", "Annotators", "Steps that differ", "Decided", ""];

/**
 * Returns the view's node.
 * @param {URLSearchParams} query
 */
export async function disagreements(query) {
  const chosen = chosenOf(query, ["queue", "after", "open_only"]);
  /** @type {Promise<DisagreementPage>} */
  const page = call(`api/disagreements?${chosen}`);
  const [{ solutions, next, total }, queues] = await Promise.all([page, listQueues()]);
  const list = solutions.length
    ? table(
        "Solutions whose annotators differ",
        HEAD,
        solutions.map((each) => row(each, query.get("queue"))),
      )
    : emptyState(
        "No disagreement",
        query.get("after")
          ? "This is the end of the list."
          : "Where two people have labelled the same solution and differ in a step, it is listed here.",
      );
  return el(
    "div",
    { class: "vp-dataset-part" },
    filterForm("disagreements", query, [
      ["queue", "Queue", queueOptions(queues)],
      ["open_only", "State", STATES],
    ]),
    el("p", {
      class: "vp-dataset-note",
      text: solutions.length ? `${plural(total, "solution")} on which annotators differ` : "",
    }),
    list,
    next
      ? viewLink("disagreements", { ...Object.fromEntries(chosen), after: next }, "More", { class: "vp-btn" })
      : null,
  );
}

/**
 * @param {Disagreement} disagreement
 * @param {string | null} queue
 */
function row({ solution, question, image, annotators, differing, decided }, queue) {
  const steps = el(
    "span",
    { class: "vp-label-icons" },
    ...differing.map(({ step, labels }) =>
      el(
        "span",
        { class: "vp-dataset-step" },
        el("span", { class: "vp-num", text: String(step + 1) }),
        ...labels.map((label) => labelIcon(label)),
      ),
    ),
  );
  return [
    problemCell(image, question),
    annotators.join(", "),
    steps,
    decided ? "yes" : "no",
    viewLink(
      "solution",
      { from: "disagreements", ...(queue ? { queue } : {}), id: solution },
      decided ? "Look" : "Decide",
      { class: "vp-btn" },
    ),
  ];
}
