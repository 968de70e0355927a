// Monte-Carlo labels beside others: the figures at any threshold of the share, and which labels there are to choose
// from. Between two points nothing changes, so that a threshold moves at once. Pure.

import { LABELS_OF, MONTE_CARLO } from "./address.js";

/** @import { LabelledSetChoice, MonteCarloLabels, ShareThreshold } from "../../assets/api.d.ts" */
/** @import { AtThreshold } from "./counts.js" */

const SIXTEENTHS = Array.from({ length: 16 }, (_, at) => at / 16);
const OF_ROLLOUTS = "monte_carlo:";
const OF_FILE = "file:";

/**
 * Returns the figures where a step is called correct above a share.
 * @param {ShareThreshold[]} points lowest first, the first at 0
 * @param {number} threshold from 0
 * @returns {ShareThreshold}
 */
export function pointAt(points, threshold) {
  const below = points.filter((point) => point.threshold <= threshold);
  return below[below.length - 1];
}

/**
 * The thresholds that call steps differently, lowest first, each with where the next begins: those of the shares that
 * occur, or where there are many the sixteenths among which something changes.
 * @param {ShareThreshold[]} points lowest first, the first at 0
 * @returns {{ threshold: number, below: number, point: ShareThreshold }[]}
 */
export function differentThresholds(points) {
  const thresholds = points.length <= SIXTEENTHS.length ? points.map(({ threshold }) => threshold) : SIXTEENTHS;
  const found = thresholds
    .map((threshold) => ({ threshold, point: pointAt(points, threshold) }))
    .filter(({ point }, at, all) => at === 0 || !callsAlike(point, all[at - 1].point));
  return found.map((each, at) => ({ ...each, below: found[at + 1]?.threshold ?? 1 }));
}

/**
 * Whether two thresholds call the same steps correct: fewer are above a higher one, so their number tells.
 * @param {ShareThreshold} one
 * @param {ShareThreshold} other
 */
function callsAlike({ confusion: one }, { confusion: other }) {
  if (one === null || other === null) return one === other;
  return one.true_positives === other.true_positives && one.false_positives === other.false_positives;
}

/**
 * "same below 1/4", where a row stands for more than a sixteenth; "" where it does not.
 * @param {{ threshold: number, below: number }} row
 */
export function rangeWords({ threshold, below }) {
  return below - threshold > 1 / 16 ? `same below ${shareWords(below)}` : "";
}

/**
 * Returns the counts of a threshold; null where it is undefined.
 * @param {ShareThreshold} point
 * @returns {AtThreshold | null}
 */
export function countsOf({ confusion, f1_correct: correct, f1_wrong: wrong, macro_f1: macro }) {
  if (confusion === null) return null;
  return {
    right: { correct: confusion.true_positives, wrong: confusion.false_positives },
    wrong: { correct: confusion.false_negatives, wrong: confusion.true_negatives },
    f1Correct: correct.value,
    f1Wrong: wrong.value,
    macroF1: macro.value,
  };
}

/**
 * "3/16", "1/4", "0"; another share as a number.
 * @param {number} threshold
 */
export function shareWords(threshold) {
  for (const below of [1, 2, 4, 8, 16]) {
    const above = threshold * below;
    if (Number.isInteger(above)) return below === 1 ? String(above) : `${above}/${below}`;
  }
  return String(Number(threshold.toFixed(4)));
}

/**
 * The threshold that an address asks for, in [0, 1); 0 where it asks for none.
 * @param {URLSearchParams} query
 */
export function thresholdOf(query) {
  const wanted = Number.parseFloat(query.get("threshold") ?? "");
  return wanted >= 0 && wanted < 1 ? wanted : 0;
}

/**
 * The labels that may be of completions: policies first, then files, whose rows may have figures.
 * @param {LabelledSetChoice[]} sets
 * @returns {{ value: string, name: string }[]}
 */
export function measuredOptions(sets) {
  const all = [...new Set(sets.map(({ labels }) => labels))];
  return [
    ...all.filter((each) => each.startsWith(OF_ROLLOUTS)).map((value) => ({ value, name: afterColon(value) })),
    ...all
      .filter((each) => each.startsWith(OF_FILE))
      .map((value) => ({ value, name: `figures in the file ${afterColon(value)}` })),
  ];
}

/**
 * The labels to agree with, each with what the address says of it.
 * @param {LabelledSetChoice[]} sets
 * @param {string} measured labels of completions, which are no choice
 * @returns {{ value: string, name: string, query: URLSearchParams }[]}
 */
export function trustedOptions(sets, measured) {
  return sets
    .filter(({ labels }) => !labels.startsWith(OF_ROLLOUTS) && labels !== measured)
    .map(({ name, labels, project, data_source: source }) => {
      const query = new URLSearchParams({ page: MONTE_CARLO, measured, labels });
      if (project !== null) query.set("project", project);
      if (source !== null) query.set("data_source", source);
      return { value: keyOf(query), name, query };
    });
}

/**
 * What tells one choice of labels to agree with from another.
 * @param {URLSearchParams} query
 */
export function keyOf(query) {
  const names = LABELS_OF.filter((name) => name !== "measured");
  return JSON.stringify(names.map((name) => query.get(name) ?? (name === "labels" ? "final" : "")));
}

/**
 * What is left out of the figures, a sentence each.
 * @param {MonteCarloLabels} found
 */
export function leftOut({ unmeasured, neutral, stopped }) {
  return [
    unmeasured ? `Not measured: ${unmeasured} labelled ${noun(unmeasured, "step")}, which no figure counts.` : "",
    neutral ? `Neutral or not labelled: ${neutral} measured ${noun(neutral, "step")}.` : "",
    stopped
      ? `${stopped} ${noun(stopped, "solution")} whose completions stopped at the first success: ` +
        "their shares estimate nothing."
      : "",
  ].filter(Boolean);
}

/**
 * @param {number} count
 * @param {string} one
 */
function noun(count, one) {
  return count === 1 ? one : `${one}s`;
}

/** @param {string} labels */
function afterColon(labels) {
  return labels.slice(labels.indexOf(":") + 1);
}
