// What the page shows, as it stands in the address: the list, one evaluation, two side by side; and the steps that are
// listed. The names of the filters are those of REST. Pure: knows no page.

import { LAST_PLACE } from "../dataset_board/browse_query.js";

/** @typedef {Record<string, string | number | null>} Changes of parameters; null takes one away */

/** Filters of the steps of one evaluation. */
export const STEP_FILTERS = ["label", "predicted", "source", "policy", "place", "score_from", "score_to"];
/** Filters of the steps of two. */
export const PAIR_FILTERS = ["which", "a_from", "a_to", "b_from", "b_to"];
const TWENTIETHS = 20;
/** The page of Monte-Carlo labels beside others, and what it is about. */
export const MONTE_CARLO = "monte-carlo";
export const LABELS_OF = ["measured", "labels", "project", "queue", "evaluation", "data_source", "policy_model"];
/** Steps that are listed unless others are asked for: called right, and labelled wrong. */
export const MISTAKES = { label: "-1", predicted: "1" };

/**
 * Says what an address is of. The key tells one thing from another, whatever its filters.
 * @param {URLSearchParams} query
 * @returns {{ page: "list" | "evaluation" | "comparison" | "monteCarlo", key: string }}
 */
export function pageOf(query) {
  if (query.get("page") === MONTE_CARLO) return { page: "monteCarlo", key: `${MONTE_CARLO} ${labelsQuery(query)}` };
  const [id, a, b] = ["id", "a", "b"].map((name) => query.get(name));
  if (id) return { page: "evaluation", key: `evaluation ${id}` };
  return a && b ? { page: "comparison", key: `comparison ${a} ${b}` } : { page: "list", key: "list" };
}

/**
 * Returns the address with other values of some parameters.
 * @param {URLSearchParams} query
 * @param {Changes} changes
 */
export function changed(query, changes) {
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) next.delete(name);
    else next.set(name, String(value));
  }
  return next;
}

/**
 * Returns the filters of the steps that an address asks for, the most confident mistakes where it asks for none.
 * @param {URLSearchParams} query
 */
export function stepFilters(query) {
  const chosen = pick(query, STEP_FILTERS);
  return chosen.size > 0 ? chosen : new URLSearchParams(MISTAKES);
}

/**
 * Returns the address with these filters of steps and no others.
 * @param {URLSearchParams} query
 * @param {Changes} filters
 */
export function withSteps(query, filters) {
  const none = Object.fromEntries(STEP_FILTERS.map((name) => [name, null]));
  return changed(query, { ...none, ...filters });
}

/**
 * Returns what REST is asked for the steps of one evaluation.
 * @param {URLSearchParams} query
 * @param {number} threshold that the page stands at
 */
export function stepQuery(query, threshold) {
  const asked = stepFilters(query);
  const place = asked.get("place"); // "11+" stands for later ones too
  if (place) asked.set("place", String(Number.parseInt(place, 10)));
  if (asked.has("predicted")) asked.set("threshold", String(threshold));
  return asked;
}

/**
 * Returns what REST is asked for the steps of two evaluations.
 * @param {URLSearchParams} query
 */
export function pairQuery(query) {
  const asked = pick(query, PAIR_FILTERS);
  for (const name of ["a", "b"]) asked.set(name, query.get(name) ?? "");
  return asked;
}

/**
 * Returns what REST is asked for Monte-Carlo labels beside others.
 * @param {URLSearchParams} query
 */
export function labelsQuery(query) {
  return pick(query, LABELS_OF);
}

/**
 * Returns filters as the body of a request: scores and labels as numbers.
 * @param {URLSearchParams} asked
 * @returns {Record<string, string | number>}
 */
export function asBody(asked) {
  const texts = ["source", "policy", "which", "a", "b"];
  return Object.fromEntries([...asked].map(([name, value]) => [name, texts.includes(name) ? value : Number(value)]));
}

/**
 * Returns the same steps as filters of the list on Dataset, as far as it has them.
 * @param {URLSearchParams} filters of steps
 * @param {number} threshold
 * @param {{ data_source: string | null, policy_model: string | null, queue: string | null }} set
 */
export function datasetQuery(filters, threshold, set) {
  const list = new URLSearchParams({ view: "browse" });
  if (set.queue) list.set("queue", set.queue);
  const source = filters.get("source") ?? set.data_source;
  if (source !== null) list.set("source", source);
  const policy = filters.get("policy") ?? set.policy_model;
  if (policy) list.set("policy", policy);
  const label = filters.get("label");
  if (label) list.set("label", label);
  const place = filters.get("place");
  if (place) list.set("step", String(Math.min(LAST_PLACE, Number.parseInt(place, 10) - 1)));
  const predicted = filters.get("predicted");
  const from = filters.get("score_from") ?? (predicted === "1" ? String(threshold) : null);
  const to = filters.get("score_to") ?? (predicted === "-1" ? String(threshold) : null);
  if (from !== null) list.set("score_from", twentieth(from, Math.floor));
  if (to !== null) list.set("score_to", twentieth(to, Math.ceil));
  if (label === "-1") list.set("sort", "-wrong_score");
  return list;
}

/**
 * The twentieth that a range of scores begins or ends with, for lists that know no finer ones. A range of no width
 * keeps one.
 * @param {string} score
 * @param {(twentieths: number) => number} outwards
 */
function twentieth(score, outwards) {
  const twentieths = Number((TWENTIETHS * Number(score)).toFixed(6)); // 0.35 is 7 of them, not 6.999
  return String(Number((outwards(twentieths) / TWENTIETHS).toFixed(2)));
}

/**
 * @param {URLSearchParams} query
 * @param {string[]} names
 */
function pick(query, names) {
  const chosen = new URLSearchParams();
  for (const name of names) {
    const value = query.get(name);
    if (value !== null && (value !== "" || name === "source")) chosen.set(name, value);
  }
  return chosen;
}
