// Which evaluations a list shows, and how many there are of each kind. Pure.

import { isNow } from "./state_words.js";

/** @import { Evaluation, EvaluationKind } from "../../assets/api.d.ts" */

/**
 * Returns those of a kind whose title, set or models have every word.
 * @param {Evaluation[]} evaluations
 * @param {string} kind "" for all
 * @param {string} words
 */
export function filtered(evaluations, kind, words) {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return evaluations.filter((each) => {
    if (kind && each.kind !== kind) return false;
    const names = [each.title, each.set.name, each.policy?.name ?? "", ...each.reward_models.map(({ name }) => name)];
    const text = names.join("\n").toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

/**
 * What goes on, or could, in the order in which it is worked on; then what is done, the newest first.
 * @param {Evaluation[]} evaluations the newest first
 */
export function grouped(evaluations) {
  const rank = (/** @type {Evaluation} */ { state }) => (state === "running" ? 0 : state === "waiting" ? 1 : 2);
  const now = evaluations
    .filter(isNow)
    .sort((one, other) => rank(one) - rank(other) || (one.waits_behind ?? 0) - (other.waits_behind ?? 0));
  return { now, done: evaluations.filter((each) => !isNow(each)) };
}

/**
 * @param {Evaluation[]} evaluations
 * @returns {[kind: EvaluationKind, count: number][]} the kinds that there are
 */
export function kindCounts(evaluations) {
  /** @type {Map<EvaluationKind, number>} */
  const counts = new Map();
  for (const { kind } of evaluations) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts];
}

/**
 * The range of the headlines' axis: the same for all rows, so that their places compare.
 * @param {Evaluation[]} evaluations
 */
export function headlineValues(evaluations) {
  return evaluations.flatMap(({ headline }) =>
    headline ? [headline.figure.value, headline.figure.low, headline.figure.high, headline.floor] : [],
  );
}

/**
 * The older one is A: a comparison says what a later model brings.
 * @param {Evaluation[]} evaluations the newest first
 * @param {Set<string>} marked
 */
export function inOrder(evaluations, marked) {
  return evaluations
    .filter(({ id }) => marked.has(id))
    .map(({ id }) => id)
    .reverse();
}
