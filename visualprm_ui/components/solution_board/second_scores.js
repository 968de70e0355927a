// A second reward model's scores of a run, beside those that rank it: where the two disagree, and how much. Pure: no
// DOM.

import { THRESHOLD } from "../../assets/prediction.js";
import { isScore } from "../../assets/scores.js";
import { cardOf } from "./run_facts.js";

/** @import { Aggregation, OtherModelScores, RunView, SolutionCard } from "../../assets/api.d.ts" */

/** @import { StepParts } from "./card_steps.js" */

/**
 * @typedef {(row: StepParts, card: SolutionCard, step: number) => void} DecorateStep
 * @typedef {RunView & Beside} ComparedRun
 * @typedef {{ second?: OtherModelScores | null, decorate?: DecorateStep | null, origin?: string }} Beside
 *   `second`: the model that is shown beside the own; `decorate` adds to a step that was drawn; `origin`: where all of
 *   the solutions go on from
 * @typedef {object} Disagreement of the two models about one step
 * @property {number} draw
 * @property {number} step 0-based
 * @property {number} first
 * @property {number} second
 */

/**
 * The second model's score of a step; null where it has none.
 * @param {Pick<ComparedRun, "second">} view
 * @param {Pick<SolutionCard, "solution">} card
 * @param {number} step 0-based
 */
export function secondScore({ second }, { solution }, step) {
  const score = solution ? second?.solutions[solution]?.steps[step] : null;
  return isScore(score) ? score : null;
}

/**
 * The second model's score of a solution; null where it has none.
 * @param {Pick<ComparedRun, "second">} view
 * @param {Pick<SolutionCard, "solution">} card
 * @param {Aggregation} aggregation
 */
export function secondSolutionScore({ second }, { solution }, aggregation) {
  const score = solution ? second?.solutions[solution]?.scores[aggregation] : null;
  return isScore(score) ? score : null;
}

/**
 * Returns the steps that both have scored, those where they differ most first; of equal solutions the first alone.
 * @param {Pick<ComparedRun, "second" | "cards">} view
 * @returns {Disagreement[]}
 */
export function disagreements(view) {
  const different = view.cards.filter((card) => (card.same_as ?? null) === null);
  const found = different.flatMap((card) =>
    card.steps.flatMap(({ score, merged }, step) => {
      const second = secondScore(view, card, step);
      const isFollowing = merged !== null && merged[0] !== step;
      return isScore(score) && second !== null && !isFollowing ? [{ draw: card.draw, step, first: score, second }] : [];
    }),
  );
  return found.sort((one, other) => gap(other) - gap(one));
}

/** @param {Disagreement} each */
function gap({ first, second }) {
  return Math.abs(first - second);
}

/**
 * "9 of 71 steps lie on two sides of 0.5".
 * @param {Disagreement[]} all
 */
export function sidesText(all) {
  const sides = all.filter(({ first, second }) => first > THRESHOLD !== second > THRESHOLD).length;
  return `${sides} of ${all.length} steps lie on two sides of ${THRESHOLD}`;
}

/**
 * What the second model picks, beside the run's own pick; "" where it has not scored every solution that is ranked.
 * @param {ComparedRun} view
 * @param {Aggregation} aggregation
 */
export function secondPickText(view, aggregation) {
  const ranked = (view.ranking?.[aggregation] ?? []).flatMap((draw) => cardOf(view, draw) ?? []);
  const scored = ranked.map((card) => ({ card, score: secondSolutionScore(view, card, aggregation) }));
  if (!ranked.length || scored.some(({ score }) => score === null)) return "";
  const inOrder = [...scored].sort((one, other) => one.card.draw - other.card.draw); // of equals the first sampled
  const best = inOrder.reduce((top, each) => ((each.score ?? 0) > (top.score ?? 0) ? each : top));
  const own = ranked[0];
  if (best.card.draw === own.draw) return "picks it too";
  if (best.card.group !== null && best.card.group === own.group) return "picks another solution with that answer";
  return `picks ${best.card.answer ?? "another one"}`;
}
