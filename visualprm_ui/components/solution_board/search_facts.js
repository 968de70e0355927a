// What can be said of a guided search: which tries led to a solution, how many were kept, what it cost. Pure functions,
// no DOM.

import { plural } from "../../assets/plural.js";

/** @import { IndependentRun, RunView, SearchRound, SearchTry } from "../../assets/api.d.ts" */

/**
 * Returns the place of the try, in each round, that a kept path comes from; null where there is no such path.
 * @param {SearchRound[]} rounds
 * @param {number | undefined} draw the place of the path among those kept last
 */
export function wayOf(rounds, draw) {
  /** @type {(number | null)[]} */
  const way = rounds.map(() => null);
  /** @type {number | null | undefined} */
  let place = draw;
  for (let at = rounds.length - 1; at >= 0 && place !== null && place !== undefined; at -= 1) {
    if (!rounds[at].tries.length) continue; // nothing was written
    /** @type {SearchTry | undefined} */
    const found = keptTries(rounds[at])[place];
    if (!found) break;
    way[at] = rounds[at].tries.indexOf(found);
    place = found.parent;
  }
  return way;
}

/** @param {SearchRound} round */
export function keptTries({ tries }) {
  return tries.filter((each) => each.is_kept);
}

/** @param {SearchRound} round */
export function givenUp({ tries }) {
  return tries.filter((each) => !each.is_kept);
}

/**
 * Returns the try whose words stand for a step: that of the picked path, else the best that was written in it.
 * @param {SearchRound} round
 * @param {number | null} picked
 */
export function shownTry(round, picked) {
  const mine = picked === null ? null : round.tries[picked];
  if (mine && mine.count > 0) return mine;
  return round.tries.find((each) => each.count > 0) ?? mine ?? null;
}

/**
 * "2 of 3 kept", of the tries that differ.
 * @param {SearchRound} round
 */
export function keptText(round) {
  return `${keptTries(round).length} of ${round.tries.length} kept`;
}

/**
 * How often a step was tried and what that took: "16 tries · 640 tokens".
 * @param {SearchRound} round
 */
export function triesText({ tries, tokens }) {
  const count = tries.reduce((sum, each) => sum + each.count, 0);
  return `${count === 1 ? "1 try" : `${count} tries`} · ${tokens.toLocaleString("en")} tokens`;
}

/**
 * What is said of a try beside its words.
 * @param {SearchTry} tried
 * @param {boolean} isPicked whether the picked solution goes this way
 */
export function tryNote({ is_kept: isKept, count, finish }, isPicked) {
  const parts = [
    isPicked ? "the pick" : isKept ? "kept" : "given up",
    count > 1 ? `${count} alike` : "",
    count === 0 ? "ended before" : finish === "stop" ? "ended" : finish === "length" ? "cut off" : "",
  ];
  return parts.filter(Boolean).join(" · ");
}

/**
 * Says what a search took in all, and how much of that is in its solutions.
 * @param {Pick<RunView, "tokens" | "cards">} view
 */
export function costText({ tokens, cards }) {
  const inSolutions = cards.map((card) => card.tokens);
  if (!tokens || inSolutions.length === 0 || inSolutions.includes(null)) return "";
  const kept = inSolutions.reduce((sum, each) => (sum ?? 0) + (each ?? 0), 0) ?? 0;
  return `The paths that it kept come to ${kept.toLocaleString("en")} tokens; they share their beginnings.`;
}

/**
 * Says how far a search and an independent run can be compared.
 * @param {RunView} view of the search
 * @param {IndependentRun} other
 */
export function budgetText({ search }, other) {
  const tries = (search?.width ?? 0) * (search?.expansions ?? 0);
  if (other.n === tries) return `Both had the same budget: up to ${tries} tries a step, ${other.n} solutions.`;
  return `Not the same budget: up to ${tries} tries a step, but ${plural(other.n, "independent solution")}.`;
}
