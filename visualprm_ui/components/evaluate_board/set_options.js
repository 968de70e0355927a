// The sets with labels to choose from, and which of them an earlier evaluation was of. Pure.

/** @import { LabelledSet, LabelledSetChoice } from "../../assets/api.d.ts" */

export const PERSON = "person:";
export const LIKE = "like"; // key of the set of the evaluation that is repeated, where it is none of the others

/**
 * @typedef {object} SetOption
 * @property {string} key
 * @property {string} name
 * @property {string | null} project
 * @property {string | null} source
 * @property {string[]} labels that it has
 * @property {number | null} solutions null: not counted yet
 * @property {string | null} queue null: of any
 * @property {string | null} policy null: written by any
 */

/**
 * The sets that there are, each with the labels it has.
 * @param {LabelledSetChoice[]} sets
 */
export function setOptions(sets) {
  /** @type {Map<string, SetOption>} */
  const found = new Map();
  for (const { name, project, data_source: source, labels, solutions } of sets) {
    const key = keyOf({ project, source, labels });
    const known = found.get(key);
    if (known) {
      known.labels.push(labels);
      known.solutions = Math.max(known.solutions ?? 0, solutions);
    } else {
      const option = { key, name: source || name, project, source, labels: [labels], solutions };
      found.set(key, { ...option, queue: null, policy: null });
    }
  }
  return [...found.values()];
}

/**
 * The sets to choose from, and which of them an earlier evaluation was of: one of them, or else its own, in front of
 * them.
 * @param {LabelledSetChoice[]} sets
 * @param {LabelledSet | null} like
 * @returns {{ options: SetOption[], chosen: SetOption | null }}
 */
export function optionsLike(sets, like) {
  const options = setOptions(sets);
  if (like === null) return { options, chosen: options[0] ?? null };
  const { name, project, data_source: source, queue, policy_model: policy, labels, solutions } = like;
  const key = keyOf({ project, source, labels });
  const same = options.find((each) => each.key === key && (labels.startsWith(PERSON) || each.labels.includes(labels)));
  if (same && queue === null && policy === null) return { options, chosen: same };
  const own = { key: LIKE, name, project, source, labels: [labels], solutions, queue, policy };
  return { options: [own, ...options], chosen: own };
}

/**
 * What tells one set from another: its project, its source; where it has neither, whose labels it is of.
 * @param {{ project: string | null, source: string | null, labels: string }} set
 */
function keyOf({ project, source, labels }) {
  return JSON.stringify([project, source, project === null && source === null ? labels : ""]);
}
