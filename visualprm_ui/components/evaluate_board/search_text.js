// What is said of guided searches beside Best-of-N at the same tokens. Pure: no DOM.

import { counted, countText, excludesZero, intervalText, points, signedPoints } from "./figures.js";

/** @import { CurvePoint, SearchedProblem, SearchFigures, SearchPickOutcome } from "../../assets/api.d.ts" */

/**
 * @typedef {object} TokenPoint Best-of-N at one N, over the tokens that it takes
 * @property {number} n
 * @property {number} tokens
 * @property {number} value share of right picks
 * @property {number | null} low
 * @property {number | null} high
 */

/**
 * Returns the figures of a way over tokens, as far as both are known.
 * @param {CurvePoint[]} curve
 * @param {string} way
 * @returns {TokenPoint[]}
 */
export function tokenPoints(curve, way) {
  return curve.flatMap(({ n, tokens, figures }) => {
    const figure = figures[way];
    if (!figure || figure.value === null || tokens === null || tokens <= 0) return [];
    return [{ n, tokens, value: figure.value, low: figure.low, high: figure.high }];
  });
}

/**
 * Names Best-of-N at the tokens of a search: Best-of-1.7 chooses from 2 solutions in 70 % of the cases, and else from
 * 1.
 * @param {SearchFigures} search with an N
 */
function bestName({ n, next_n: next, next_weight: weight }) {
  return next === null ? `Best-of-${n}` : `Best-of-${(Number(n) + weight).toFixed(1)}`;
}

/**
 * Says which of the two is right more often, or that the problems do not tell.
 * @param {SearchFigures} search
 */
export function verdictText(search) {
  const { accuracy, best_of_n: best, difference, n } = search;
  if (n === null || difference.value === null) {
    const why = best.reason ?? "";
    const right =
      accuracy.value === null ? "" : `The search’s pick is right in ${points(accuracy.value)} % of the problems. `;
    return `${right}It cannot be compared with Best-of-N. ${why}`.trim();
  }
  const gap = intervalText(difference, signedPoints);
  const shares = `${points(accuracy.value)} % of the problems, ${bestName(search)} in ${points(best.value)} %`;
  const apart = `a difference of ${signedPoints(difference.value)} points${gap ? ` (95 %: ${gap})` : ""}`;
  if (excludesZero(difference))
    return `The search is right ${difference.value > 0 ? "more" : "less"} often: in ${shares}, ${apart}.`;
  return `These problems do not tell the two apart: the search is right in ${shares}, ${apart}.`;
}

/**
 * Says what both took.
 * @param {SearchFigures} search
 */
export function budgetText(search) {
  const { tokens, n, n_tokens: beside, next_n: next, next_tokens: beyond, next_weight: weight, problems } = search;
  if (tokens === null) return "Tokens were not counted.";
  const mean = (/** @type {number} */ count) => countText(Math.round(count));
  const taken = `A search took ${mean(tokens)} tokens on average over ${counted(problems, "problem")}`;
  if (n === null || beside === null) return `${taken}.`;
  const solutions = n === 1 ? "One solution takes" : `${n} solutions take`;
  const small = "The pools have no more, so the search had the larger budget: add solutions.";
  if (search.ends_early) return `${taken}. ${solutions} ${mean(beside)}. ${small}`;
  if (next === null || beyond === null) return `${taken}. ${solutions} as many.`;
  const lower = `N = ${n}, which takes ${mean(beside)},`;
  const upper = `N = ${next}, which takes ${mean(beyond)} and is used for ${points(weight)} % of the choices`;
  return `${taken}. ${bestName(search)} takes as many, between ${lower} and ${upper}.`;
}

/**
 * What a list of problems is called.
 * @param {SearchPickOutcome} outcome
 * @param {number} n
 * @param {number} count
 */
export function outcomeTitle(outcome, n, count) {
  const who = outcome === "only_search" ? "the search" : `Best-of-${n}`;
  return `Only ${who} is right: ${counted(count, "problem")}`;
}

/**
 * Returns the problems where one of the two is right and the other is not, those of the search first.
 * @param {SearchedProblem[]} problems
 * @returns {{ outcome: "only_search" | "only_best", problems: (SearchedProblem & { number: number })[] }[]}
 */
export function differing(problems) {
  const numbered = problems.map((each, index) => ({ ...each, number: index + 1 }));
  return /** @type {const} */ (["only_search", "only_best"])
    .map((outcome) => ({ outcome, problems: numbered.filter((each) => each.outcome === outcome) }))
    .filter((each) => each.problems.length > 0);
}

/**
 * Returns round numbers inside [from, to] for a logarithmic axis: 1, 2, 5, 10, 20 ...; the ends where there is none.
 * @param {readonly [number, number]} domain above 0
 */
export function logTicks([from, to]) {
  const found = [];
  for (let power = 10 ** Math.floor(Math.log10(from)); power <= to; power *= 10)
    for (const factor of [1, 2, 5]) if (factor * power >= from && factor * power <= to) found.push(factor * power);
  return found.length > 1 ? found : [from, to].filter((each, index, all) => all.indexOf(each) === index);
}
