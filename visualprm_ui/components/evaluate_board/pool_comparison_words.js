// What two Best-of-N evaluations of the same problems are, and their difference in a sentence. Pure.

import { AGGREGATIONS } from "../solution_board/run_facts.js";
import { counted, countText, excludesZero, points } from "./figures.js";
import { ORACLE, RANDOM, VOTE } from "./pool_facts.js";

/** @import { ComparedProblem, ComparedSide, ComparedWay } from "../../assets/api.d.ts" */
/** @import { Evaluation, PickedProblem, PoolComparison, SamplingView } from "../../assets/api.d.ts" */
/** @import { Way } from "./pool_facts.js" */

/** @type {Record<string, string>} */
const NAMES = { weighted_vote: "weighted vote", [VOTE]: "majority vote", [RANDOM]: "random pick", [ORACLE]: "oracle" };

/**
 * What changes how a solution is written; another seed makes other draws of the same.
 * @type {(keyof SamplingView)[]}
 */
const WRITING = ["temperature", "top_p", "top_k", "max_new_tokens", "repetition_penalty", "stop"];

/** The parameters of the address that REST is asked with. */
export const SIDES = ["a", "b", "protocol", "model_a", "model_b"];

/**
 * What a way to choose is called.
 * @param {string} way
 */
export function wayName(way) {
  return NAMES[way] ?? way;
}

/**
 * What a way is called with the error that its random choices bring: "weighted vote (standard error 0.1)".
 * @param {string} way
 * @param {{ a: Pick<ComparedWay["a"], "sampling_error">, b: Pick<ComparedWay["b"], "sampling_error"> }} figures
 */
export function wayWithError(way, { a, b }) {
  const error = Math.max(a.sampling_error ?? 0, b.sampling_error ?? 0);
  return error > 0 ? `${wayName(way)} (standard error ${points(error)})` : wayName(way);
}

/**
 * The ways that pick a solution of every problem, of those that there are.
 * @param {Pick<PoolComparison, "points">} found
 */
export function pickingWays({ points: all }) {
  const there = Object.keys(all[0]?.ways ?? {});
  return [...AGGREGATIONS, "weighted_vote", VOTE, RANDOM].filter((way) => there.includes(way));
}

/** @param {{ a: Pick<ComparedSide, "evaluation">, b: Pick<ComparedSide, "evaluation"> }} found */
export function poolsTitle({ a, b }) {
  const [one, other] = [a.evaluation.set.name, b.evaluation.set.name];
  return `Two Best-of-N evaluations on ${one === other ? one : `${one} and ${other}`}`;
}

/**
 * What a difference holds, and what it leaves out.
 * @param {Pick<PoolComparison, "problems"> & { a: ComparedSide, b: ComparedSide }} found
 */
export function poolsNotes({ a, b }) {
  const differences = writingDifferences(a.evaluation, b.evaluation);
  const leftOut =
    a.only_here + b.only_here === 0
      ? ""
      : `Left out: ${counted(a.only_here, "problem")} that only A has solutions of, ` +
        `${countText(b.only_here)} that only B has.`;
  const writers = differences.length
    ? `The solutions were sampled differently: ${differences.join("; ")}. So a difference is one of sampling and ` +
      "choosing together. The rows without a reward model show the effect of sampling alone."
    : "The two pools were sampled separately from one policy, so part of a difference is sampling noise. To " +
      "compare reward models alone, score one pool with both.";
  const [n, m] = [a.evaluation.n, b.evaluation.n];
  const sizes =
    n === m ? "" : `A has ${n ?? "–"} solutions of each problem, B ${m ?? "–"}: N goes up to the smaller of the two.`;
  const lacking = [a, b].some(({ model }) => model === null)
    ? "One of the two has no reward model that scored all of these solutions, so only ways that need none are " +
      "compared."
    : "";
  return [leftOut, writers, sizes, lacking].filter(Boolean);
}

/**
 * "max_new_tokens is 256 in A and 4096 in B", for all that tells how the solutions of two evaluations were written.
 * @param {Pick<Evaluation, "policy" | "sampled">} a
 * @param {Pick<Evaluation, "policy" | "sampled">} b
 */
function writingDifferences(a, b) {
  const told = (/** @type {string} */ name, /** @type {(of: typeof a) => unknown} */ read) => {
    const [one, other] = [a, b].map((each) => valueText(read(each)));
    return one === other ? [] : [`${name} is ${one} in A and ${other} in B`];
  };
  return [
    ...told("the policy", ({ policy }) => policy && `${policy.name} (${policy.revision})`),
    ...WRITING.flatMap((name) => told(name, ({ sampled }) => sampled?.sampling[name])),
  ];
}

/** @param {unknown} value */
function valueText(value) {
  if (Array.isArray(value)) return value.length ? JSON.stringify(value) : "none";
  return String(value ?? "not known");
}

/**
 * "B finds more. Of 40 problems ...".
 * @param {ComparedWay} figures
 * @param {Pick<PoolComparison, "problems">} found
 */
export function poolsSentence({ a, b, difference }, { problems }) {
  const verdict = !excludesZero(difference)
    ? difference.low === null
      ? ""
      : "No difference is established: the interval includes 0."
    : (difference.value ?? 0) > 0
      ? "B finds the right answer more often."
      : "A finds the right answer more often.";
  const change = `${points(a.value)} → ${points(b.value)} %, ${counted(problems, "problem")} in common.`;
  return [verdict, change].filter(Boolean).join(" ");
}

/**
 * The outcome of a problem, A being the way that is looked at and B the one against it.
 * @param {ComparedProblem} problem
 * @returns {PickedProblem}
 */
export function outcomeOf({ problem, right_a: a, right_b: b, right_any: any }) {
  const outcome = a ? (b ? "both" : "only_way") : b ? "only_against" : any ? "missed" : "none";
  return { problem, outcome };
}

/**
 * Both sides' curves of one way to choose, as they are drawn.
 * @param {Pick<PoolComparison, "points">} found
 * @param {string} way
 */
export function comparedCurves({ points: all }, way) {
  /** @type {Way[]} */
  const ways = [
    { way: "a", title: "A", look: "main" },
    { way: "b", title: "B", look: "side" },
  ];
  const drawn = all.map(({ n, ways: figures }) => {
    const { a, b } = figures[way];
    return { n, tokens: null, figures: { a, b } };
  });
  return { curves: { points: drawn, paper: [] }, ways };
}

/**
 * The figures as a table in a text file: a row for each N and way, in [0, 1], unrounded; what is undefined is empty.
 * @param {Pick<PoolComparison, "points">} found
 */
export function poolsCsv({ points: all }) {
  const head = "n,way,a,a_low,a_high,b,b_low,b_high,difference,low,high";
  const rows = all.flatMap(({ n, ways }) =>
    Object.entries(ways).map(([way, { a, b, difference }]) =>
      [n, way, ...[a, b, difference].flatMap(({ value, low, high }) => [value ?? "", low ?? "", high ?? ""])].join(","),
    ),
  );
  return `${[head, ...rows].join("\n")}\n`;
}
