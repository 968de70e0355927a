// What the list of solutions is narrowed to, as it stands in the address. The names are those of GET api/solutions, so
// that a link, the browser's Back and a script mean the same. Pure: knows no page.

import { LABEL_NAMES } from "../../assets/labels.js";
import { scoreText } from "../../assets/scores.js";

/** @import { Label } from "../../assets/api.d.ts" */

/** @typedef {{ names: string[], title: string, text: string }} Chip a filter that is set: parameters and words */

export const LAST_PLACE = 10; // of a step, 0-based: this one and all later ones
export const DEFAULT_SORT = "-updated";

/** Filters with one value, or several, each chosen from a list of the values there are. */
export const FACETS = /** @type {const} */ ([
  { name: "source", title: "Source", facet: "data_source", isList: true },
  { name: "policy", title: "Policy", facet: "policy_model", isList: true },
  { name: "answer", title: "Answer", facet: "answer", isList: false },
  { name: "state", title: "Label state", facet: "state", isList: false },
  { name: "differing", title: "Disagreement", facet: "differing", isList: false },
  { name: "annotator", title: "Annotator", facet: "annotator", isList: false },
  { name: "skip_reason", title: "Skipped, why", facet: "skip_reason", isList: false },
  { name: "error_type", title: "Error type", facet: "error_type", isList: false },
]);
const STEP = ["label", "step", "score_from", "score_to"];
const SECONDS = ["seconds_from", "seconds_to"];
const FILTERS = [
  "q",
  "queue",
  "evaluation",
  "flagged",
  "benchmark",
  ...FACETS.map(({ name }) => name),
  ...STEP,
  ...SECONDS,
];

/** @type {Record<string, string>} */
export const STATE_TEXTS = {
  open: "not labelled",
  labelled: "labelled",
  split: "split, not decided",
  sent_back: "sent back",
  decided: "decided",
};

/** @type {[value: string, text: string][]} */
export const SORTS = [
  ["-updated", "Newest change"],
  ["updated", "Oldest change"],
  ["-wrong_score", "Highest score of a wrong step"],
  ["mean_score", "Lowest mean score"],
  ["-mean_score", "Highest mean score"],
  ["-differing", "Most steps that differ"],
  ["-seconds", "Longest time"],
  ["-annotators", "Most annotators"],
  ["-steps", "Most steps"],
  ["steps", "Fewest steps"],
  ["data_source", "Source"],
  ["policy_model", "Policy"],
  ["stored", "As they were stored"],
];

/** @typedef {[name: string, filters: string]} NamedView a name, and filters and order as in an address */

/** @type {NamedView[]} */
export const OUR_VIEWS = [
  ["All", ""],
  ["Splits to decide", "state=split&sort=-differing"],
  ["Convincing mistakes", "label=-1&score_from=0.8&sort=-wrong_score"],
  ["Flagged", "flagged=true"],
];

/**
 * Returns the filters and the order of an address, in one order, so that the same list has the same text.
 * @param {URLSearchParams} query
 */
export function listQuery(query) {
  const chosen = filtersOf(query);
  const sort = query.get("sort");
  if (sort && sort !== DEFAULT_SORT) chosen.set("sort", sort);
  return chosen;
}

/**
 * Returns the filters of an address alone.
 * @param {URLSearchParams} query
 */
export function filtersOf(query) {
  const chosen = new URLSearchParams();
  for (const name of FILTERS)
    for (const value of query.getAll(name)) if (isGiven(name, value)) chosen.append(name, value);
  return chosen;
}

/**
 * A source of no name is a value, every other empty text is none.
 * @param {string} name
 * @param {string} value
 */
function isGiven(name, value) {
  return value !== "" || name === "source";
}

/**
 * Returns what GET api/solutions is asked for one page.
 * @param {URLSearchParams} query
 */
export function pageQuery(query) {
  const asked = filtersOf(query);
  asked.set("sort", query.get("sort") || DEFAULT_SORT);
  const after = query.get("after");
  if (after) asked.set("after", after);
  return asked;
}

/**
 * Returns the list with other values of some parameters, from its first page on; null takes one away.
 * @param {URLSearchParams} query
 * @param {Record<string, string | string[] | null>} changes
 */
export function changed(query, changes) {
  const next = listQuery(query);
  for (const [name, value] of Object.entries(changes)) {
    next.delete(name);
    for (const each of value === null ? [] : [value].flat()) next.append(name, each);
  }
  return listQuery(next);
}

/**
 * Returns the filters that are set, in words.
 * @param {URLSearchParams} query
 * @param {Record<string, string>} [queues] titles of queues by their ids
 * @returns {Chip[]}
 */
export function chipsOf(query, queues = {}) {
  /** @type {Chip[]} */
  const chips = [];
  const queue = query.get("queue");
  if (queue) chips.push({ names: ["queue"], title: "Queue", text: queues[queue] ?? queue });
  if (query.get("evaluation") === "true") chips.push({ names: ["evaluation"], title: "Slice", text: "random" });
  for (const { name, title } of FACETS) {
    const values = query.getAll(name).filter((value) => isGiven(name, value));
    if (values.length)
      chips.push({ names: [name], title, text: values.map((value) => valueText(name, value)).join(", ") });
  }
  if (query.get("benchmark") === "false")
    chips.push({ names: ["benchmark"], title: "Nano benchmark", text: "left out" });
  if (query.get("flagged") === "true") chips.push({ names: ["flagged"], title: "Flagged", text: "by somebody" });
  const step = stepText(query);
  if (step) chips.push({ names: STEP, title: "A step", text: step });
  const [from, to] = SECONDS.map((name) => query.get(name));
  if (from || to)
    chips.push({ names: SECONDS, title: "Time", text: rangeText(from, to, (value) => `${Number(value)} s`) });
  return chips;
}

/**
 * Returns a value of a filter in words.
 * @param {string} name of the filter
 * @param {string} value
 */
export function valueText(name, value) {
  if (value === "") return "not named";
  if (name === "state") return STATE_TEXTS[value] ?? value;
  if (name === "answer") return value === "unknown" ? "missing, or no reference" : value;
  if (name === "differing") return value === "0" ? "any" : `${value} or more steps`;
  return name === "skip_reason" || name === "error_type" ? value.replaceAll("_", " ") : value;
}

/** @param {URLSearchParams} query */
function stepText(query) {
  const [label, place, from, to] = STEP.map((name) => query.get(name));
  const name = label ? LABEL_NAMES[/** @type {Label} */ (Number(label))] : null;
  const words = [
    name ? name.toLowerCase() : "",
    place ? `at ${Number(place) + 1}${Number(place) >= LAST_PLACE ? " or later" : ""}` : "",
    from || to ? `score ${rangeText(from, to, (value) => scoreText(Number(value)))}` : "",
  ];
  return words.filter(Boolean).join(", ");
}

/**
 * "≥ 0.80", "< 0.80", "0.80 to 0.85".
 * @param {string | null} from
 * @param {string | null} to
 * @param {(value: string) => string} text
 */
function rangeText(from, to, text) {
  if (!to) return `≥ ${text(from ?? "0")}`;
  return from ? `${text(from)} to ${text(to)}` : `< ${text(to)}`;
}
