// What can be said of the curves of a pool: which ways are drawn, what stands beside N, where labels go. Pure: no DOM.

import { intervalText, points, signedPoints } from "./figures.js";

/** @import { Aggregation, CurvePoint, Estimate, PickOutcome } from "../../assets/api.d.ts" */
/** @import { PoolCurve, PoolModel, WayFigure } from "../../assets/api.d.ts" */

/**
 * @typedef {"main" | "side" | "model" | "vote" | "random" | "oracle"} WayLook side: B, of two that are compared
 * @typedef {object} Way one way to choose, as it is drawn
 * @property {string} way its key
 * @property {string} title
 * @property {WayLook} look
 */

export const VOTE = "self_consistency";
export const RANDOM = "random";
export const ORACLE = "oracle";

/** @type {Record<PickOutcome, string>} what the cells of an outcome are called, with {way} and {against} in it */
const OUTCOME_WORDS = {
  both: "Both right",
  only_way: "Only {way} right",
  only_against: "Only {against} right",
  missed: "Neither, though one was right",
  none: "Neither, and none was right",
};

/** @type {PickOutcome[]} */
export const OUTCOMES = ["both", "only_way", "only_against", "missed", "none"];

/**
 * @param {PickOutcome} outcome
 * @param {string} way
 * @param {string} against
 */
export function outcomeText(outcome, way, against) {
  return OUTCOME_WORDS[outcome].replace("{way}", `the ${way}`).replace("{against}", `the ${against}`);
}

/**
 * What a model's way is called; a second model of its kind has its name.
 * @param {PoolModel} model
 * @param {PoolModel[]} all
 * @param {Aggregation} how
 */
export function modelTitle(model, all, how) {
  const isFirst = all.find((each) => each.mode === model.mode)?.key === model.key;
  if (model.mode === "whole") return isFirst ? "ORM" : `${model.name}, ORM`;
  return `${isFirst ? "PRM" : model.name} ${how}`;
}

/**
 * Returns the ways that have figures, the model's that is looked at first, as they are drawn under an aggregation.
 * @param {Pick<PoolCurve, "models">} curve
 * @param {Aggregation} how
 * @param {string} key of the model
 * @returns {Way[]}
 */
export function waysOf({ models }, how, key) {
  const complete = models.filter((each) => each.lacking === 0);
  const chosen = complete.find((each) => each.key === key) ?? complete[0];
  const ordered = chosen ? [chosen, ...complete.filter((each) => each !== chosen)] : [];
  return [
    ...ordered.map((model) => ({
      way: `${model.key}_${how}`,
      title: modelTitle(model, models, how),
      look: /** @type {WayLook} */ (model === chosen ? "main" : "model"),
    })),
    { way: VOTE, title: "Majority vote", look: "vote" },
    { way: RANDOM, title: "Random", look: "random" },
    { way: ORACLE, title: "Oracle", look: "oracle" },
  ];
}

/**
 * Returns the difference of two ways at an N, whichever way round it was measured; null where it was not.
 * @param {CurvePoint} point
 * @param {string} one
 * @param {string} other
 * @returns {Estimate | null}
 */
export function differenceOf({ differences }, one, other) {
  const found = differences[`${one} - ${other}`];
  if (found) return found;
  const reversed = differences[`${other} - ${one}`];
  if (!reversed) return null;
  const minus = (/** @type {number | null} */ value) => (value === null ? null : -value);
  const { value, low, high, reason } = reversed;
  return { value: minus(value), low: minus(high), high: minus(low), reason };
}

/**
 * The two N of the table: the paper's 8 and 64, or what there is of them.
 * @template {Pick<CurvePoint, "n">} Point
 * @param {Point[]} curve
 * @returns {Point[]}
 */
export function tablePoints(curve) {
  const wanted = [8, 64].map((n) => curve.findLast((point) => point.n <= n));
  const found = /** @type {Point[]} */ (wanted.filter(Boolean));
  const last = curve.at(-1);
  return found.length === 2 && found[0] === found[1] && last ? [last] : found;
}

/**
 * Returns the N that is looked at: the one asked for, or else 8, or else the largest below.
 * @param {CurvePoint[]} curve
 * @param {number | null} asked
 */
export function pointAt(curve, asked) {
  return curve.find((point) => point.n === asked) ?? curve.findLast((point) => point.n <= 8) ?? curve[0];
}

/**
 * How much of the gap between one draw and a perfect choice is closed, in [0, 1]; null where there is none to close.
 * @param {CurvePoint} point
 * @param {string} way
 */
export function closedGap({ figures }, way) {
  const [mine, random, oracle] = [way, RANDOM, ORACLE].map((each) => figures[each]?.value ?? null);
  if (mine === null || random === null || oracle === null || oracle - random < 1e-9) return null;
  return (mine - random) / (oracle - random);
}

/**
 * Says where a curve falls as N grows; "" where it does not.
 * @param {CurvePoint[]} curve
 * @param {string} way
 */
export function fallText(curve, way) {
  const values = curve.map((point) => point.figures[way]?.value ?? null);
  const at = values.findLastIndex((value, index) => {
    const before = values[index - 1];
    return index > 0 && value !== null && typeof before === "number" && Number(points(before - value)) >= 0.1;
  });
  if (at < 1) return "";
  const fall = points((values[at - 1] ?? 0) - (values[at] ?? 0));
  const where = `From ${curve[at - 1].n} to ${curve[at].n} the curve falls by ${fall}`;
  return `${where}: more solutions also bring more that merely look right.`;
}

/**
 * The sentence of the side card.
 * @param {CurvePoint} point
 * @param {string} way
 */
export function gapText(point, way) {
  const gap = closedGap(point, way);
  if (gap === null) return "There is no gap between a random pick and the oracle here.";
  if (gap < 0) return "It is below a random pick: choosing by these scores is worse than chance.";
  return `Its picks close ${Math.round(100 * gap)} % of the gap between a random pick and the oracle.`;
}

/**
 * Returns where labels stand so that none covers another, in the order given: as near to where they belong as can be.
 * @param {number[]} wanted from the top
 * @param {number} gap between two
 * @param {number} bottom the lowest place
 */
export function spreadLabels(wanted, gap, bottom) {
  const order = wanted.map((_, index) => index).sort((one, other) => wanted[one] - wanted[other]);
  const places = order.map((index) => wanted[index]);
  for (let at = 1; at < places.length; at += 1) places[at] = Math.max(places[at], places[at - 1] + gap);
  let limit = bottom;
  for (let at = places.length - 1; at >= 0; at -= 1) {
    places[at] = Math.min(places[at], limit);
    limit = places[at] - gap;
  }
  /** @type {number[]} */
  const found = [];
  for (const [at, index] of order.entries()) found[index] = places[at];
  return found;
}

/**
 * "81.1, 79.1 to 83.1 %" for people who hear the figures.
 * @param {WayFigure | undefined} figure
 */
export function spokenFigure(figure) {
  if (!figure || figure.value === null) return "undefined";
  return [points(figure.value), intervalText(figure)].filter(Boolean).join(", ");
}

/**
 * "+14.0, +12.4 to +15.6"; a dash where it was not measured.
 * @param {Estimate | null} difference
 */
export function differenceText(difference) {
  if (!difference || difference.value === null) return "–";
  return [signedPoints(difference.value), intervalText(difference, signedPoints)].filter(Boolean).join(", ");
}

/**
 * Returns how the cells of problems are laid out: blocks of columns, one an outcome, that fit a width.
 * @param {number[]} counts of problems, by outcome
 * @param {number} width CSS pixels
 * @param {number} cell its edge with the room behind it
 * @param {number} gap between blocks
 */
export function cellLayout(counts, width, cell, gap) {
  const filled = counts.filter((count) => count > 0).length;
  const columnsIn = (/** @type {number} */ rows) =>
    counts.reduce((sum, count) => sum + Math.ceil(count / rows), 0) * cell + gap * Math.max(0, filled - 1);
  let rows = Math.min(10, Math.max(1, ...counts));
  while (columnsIn(rows) > width && rows < 400) rows += 1;
  let x = 0;
  const blocks = counts.map((count) => {
    const block = { x, columns: Math.ceil(count / rows) };
    if (count > 0) x += block.columns * cell + gap;
    return block;
  });
  return { rows, blocks, height: rows * cell };
}
