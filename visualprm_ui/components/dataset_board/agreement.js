// How far annotators agree: percent, Cohen, Fleiss, Krippendorff, each with what it was computed from and its interval,
// or why it is undefined.

import { el } from "../../assets/dom.js";
/** @import { AgreementGroup, AgreementReport } from "../../assets/api.d.ts" */
import { plural } from "../../assets/plural.js";
import { call } from "../../assets/rest.js";
import { chosenOf, emptyState, filterForm, listQueues, queueOptions, statistic, table } from "./list_controls.js";

/** @import { Choice } from "./list_controls.js" */

/** @type {Choice[]} */
const BY = [
  ["", "Overall"],
  ["source", "Data source"],
  ["pair", "Pair of annotators"],
  ["position", "Position of the step"],
  ["project", "Project"],
];
const EXPLANATION =
  "Blind labels only, the newest of each person. Intervals are 95 % bootstrap intervals over solutions. " +
  "Cohen's kappa is for two people; α is Krippendorff's, ordinal with wrong < neutral < correct.";
const HEAD = ["", "People", "Solutions", "Steps", "Agree", "Cohen κ", "Fleiss κ", "α nominal", "α ordinal"];

/**
 * Returns the view's node.
 * @param {URLSearchParams} query
 */
export async function agreement(query) {
  /** @type {Promise<AgreementReport>} */
  const report = call(`api/agreement?${chosenOf(query, ["queue", "by"])}`);
  const [{ groups, anchoring }, queues] = await Promise.all([report, listQueues()]);
  const list = groups.some(({ steps }) => steps > 0)
    ? table("Agreement", HEAD, groups.map(row))
    : emptyState(
        "Nothing to compare yet",
        "Agreement needs solutions that two people have labelled. Give a project an overlap of 2 or more.",
      );
  return el(
    "div",
    { class: "vp-dataset-part" },
    filterForm("agreement", query, [
      ["queue", "Queue", queueOptions(queues)],
      ["by", "Group by", BY],
    ]),
    list,
    el("p", { class: "vp-dataset-note", text: EXPLANATION }),
    anchoring ? anchoringNote(anchoring) : "",
  );
}

/** @param {AgreementGroup} group */
function row({
  name,
  people,
  solutions,
  steps,
  percent,
  cohen,
  fleiss,
  alpha_nominal: nominal,
  alpha_ordinal: ordinal,
}) {
  return [
    name || "All",
    people,
    solutions,
    steps,
    statistic(percent),
    statistic(cohen),
    statistic(fleiss),
    statistic(nominal),
    statistic(ordinal),
  ];
}

/**
 * Says how often people gave in to the model once they saw its scores.
 * @param {NonNullable<AgreementReport["anchoring"]>} anchoring
 */
function anchoringNote({ n, changed, share }) {
  const changes = `${changed} (${Math.round(100 * (share ?? 0))} %) ${changed === 1 ? "was" : "were"} changed`;
  const text =
    n === 0
      ? "Anchoring: nobody has seen scores that contradict their own labels yet."
      : `Anchoring: of ${plural(n, "label")} that the reward model contradicted, ${changes} to its side ` +
        "after the scores were shown.";
  return el("p", { class: "vp-dataset-note", text });
}
