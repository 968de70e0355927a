// What an adjudicator has decided of one solution, until it is sent. Pure.

import { plural } from "../../assets/plural.js";

/** @import { Label, StepLabel } from "../../assets/api.d.ts" */

/** @typedef {"ambiguous" | "guideline_gap" | "slip" | "bad_split"} Cause */
/**
 * `labels`: null leaves the step to the annotators.
 * @typedef {{ labels: StepLabel[], cause: Cause | null, note: string }} Draft
 */

/**
 * In the order in which they are offered; the first is on key 4.
 * @type {readonly [cause: Cause, text: string][]}
 */
export const CAUSES = [
  ["ambiguous", "Ambiguous step"],
  ["guideline_gap", "Guideline gap"],
  ["slip", "A slip"],
  ["bad_split", "Badly split"],
];

/**
 * The draft with a step decided; the same label again takes the decision back.
 * @param {Draft} draft
 * @param {number} step
 * @param {Label} label
 * @returns {Draft}
 */
export function decideStep(draft, step, label) {
  return { ...draft, labels: draft.labels.with(step, draft.labels[step] === label ? null : label) };
}

/**
 * The draft with a cause; the same one again takes it back.
 * @param {Draft} draft
 * @param {Cause} cause
 * @returns {Draft}
 */
export function chooseCause(draft, cause) {
  return { ...draft, cause: draft.cause === cause ? null : cause };
}

/**
 * The differing steps that nothing is said of yet.
 * @param {Draft} draft
 * @param {number[]} differing 0-based steps
 */
export function openSteps({ labels }, differing) {
  return differing.filter((step) => labels[step] === null);
}

/**
 * Says why a decision cannot be made yet; "" when it can. Steps that are cut wrongly cannot be judged.
 * @param {Draft} draft
 * @param {number[]} differing
 */
export function decisionProblem(draft, differing) {
  const open = openSteps(draft, differing).map((step) => step + 1);
  const isBadSplit = draft.cause === "bad_split";
  if (!isBadSplit && open.length > 0)
    return open.length === 1 ? `Step ${open[0]} is still open.` : `Steps ${listed(open)} are still open.`;
  return draft.cause === null ? "Say why they differ: press 4 to 7." : "";
}

/**
 * What the main button says.
 * @param {Draft} draft
 * @param {number[]} differing
 */
export function decideText(draft, differing) {
  if (decisionProblem(draft, differing) === "") return "Decide";
  return `${differing.length - openSteps(draft, differing).length} of ${differing.length} decided`;
}

/**
 * "bob and cleo differ on 2 of 7 steps".
 * @param {string[]} names
 * @param {number} differing
 * @param {number} steps
 */
export function differText(names, differing, steps) {
  return `${listed(names)} differ on ${differing} of ${plural(steps, "step")}`;
}

/**
 * Neighbouring steps that agree are one group, each that differs one of its own.
 * @param {number} steps
 * @param {number[]} differing
 * @returns {{ first: number, last: number, differs: boolean }[]}
 */
export function groups(steps, differing) {
  /** @type {{ first: number, last: number, differs: boolean }[]} */
  const found = [];
  for (let step = 0; step < steps; step += 1) {
    const differs = differing.includes(step);
    const before = found.at(-1);
    if (before && !differs && !before.differs) before.last = step;
    else found.push({ first: step, last: step, differs });
  }
  return found;
}

/** @param {(string | number)[]} items at least one */
function listed(items) {
  return items.length < 2 ? String(items[0] ?? "") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}
