// Every labelled solution, filtered and paged.

import { el } from "../../assets/dom.js";
import { call } from "../../assets/rest.js";
import { emptyState, filterForm, labelIcon, problemCell, queueOptions, table, viewLink } from "./list_controls.js";

const HEAD = ["Problem", "Source", "Policy", "Answer", "Final labels", "Annotators", ""];
const NARROWED = ["queue", "state", "after"];
const STATES = [
  ["", "All"],
  ["labelled", "Labelled"],
  ["open", "Not labelled"],
  ["decided", "Decided"],
];

export async function browse(query) {
  const wanted = new URLSearchParams();
  for (const name of NARROWED) if (query.get(name)) wanted.set(name, query.get(name));
  const [{ solutions, next }, { queues }] = await Promise.all([call(`api/solutions?${wanted}`), call("api/queues")]);
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
    next ? viewLink("browse", { ...Object.fromEntries(wanted), after: next }, "More", { class: "vp-btn" }) : null,
  );
}

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
