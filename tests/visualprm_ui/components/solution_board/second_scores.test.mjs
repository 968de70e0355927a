// A second reward model's scores beside those that rank a run.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  disagreements,
  secondPickText,
  secondScore,
  secondSolutionScore,
  sidesText,
} from "../../../../visualprm_ui/components/solution_board/second_scores.js";

/**
 * @param {number} draw
 * @param {(number | null)[]} scores
 * @param {object} [more]
 */
function card(draw, scores, more = {}) {
  const steps = scores.map((score) => ({ text: "t", score, predicted: null, merged: null, check: null }));
  const plain = { draw, solution: `s${draw}`, state: "done", answer: `${draw}`, steps, open: "", truncated: false };
  return { ...plain, tokens: 1, scores: null, group: `a${draw}`, same_as: null, matches: null, ...more };
}

/** @param {(number | null)[]} steps */
function other(...steps) {
  const known = steps.filter((score) => score !== null);
  const mean = known.length ? known.reduce((sum, each) => sum + each, 0) / known.length : null;
  return { steps, scores: { mean, min: null, max: null, last: null, product: null } };
}

/**
 * @param {object[]} cards
 * @param {Record<string, object>} solutions
 * @param {number[]} ranking
 */
function compared(cards, solutions, ranking) {
  const second = { reward_model: "other", revision: "1", solutions };
  const view = { cards, second, ranking: { mean: ranking } };
  return /** @type {import("../../../../visualprm_ui/components/solution_board/second_scores.js").ComparedRun} */ (
    /** @type {unknown} */ (view)
  );
}

test("scores of a step and of a solution, null where there is none", () => {
  const first = card(0, [0.9, 0.8]);
  const view = compared([first], { s0: other(0.2, null) }, [0]);
  assert.equal(secondScore(view, first, 0), 0.2);
  assert.equal(secondScore(view, first, 1), null);
  assert.equal(secondScore({ second: null }, first, 0), null);
  assert.equal(secondSolutionScore(view, first, "mean"), 0.2);
  assert.equal(secondSolutionScore(view, card(1, []), "mean"), null);
});

test("the biggest disagreement comes first, of equal solutions and merged steps once", () => {
  const cards = [card(0, [0.9, 0.4]), card(1, [0.9, 0.4], { same_as: 0 }), card(2, [0.5, 0.5])];
  for (const step of cards[2].steps) Object.assign(step, { merged: [0, 1] });
  const view = compared(cards, { s0: other(0.3, 0.45), s1: other(0.3, 0.45), s2: other(0.1, 0.1) }, [0, 2]);
  assert.deepEqual(
    disagreements(view).map(({ draw, step }) => [draw, step]),
    [
      [0, 0],
      [2, 0],
      [0, 1],
    ],
  );
  assert.equal(sidesText(disagreements(view)), "1 of 3 steps lie on two sides of 0.5");
  assert.deepEqual(disagreements({ ...view, second: null }), []);
});

test("what the second model picks", () => {
  const cards = [card(0, [0.9]), card(1, [0.8]), card(2, [0.7], { group: "a0" })];
  const picks = (/** @type {number[]} */ ...scores) =>
    secondPickText(
      compared(cards, Object.fromEntries(scores.map((score, at) => [`s${at}`, other(score)])), [0, 1, 2]),
      "mean",
    );
  assert.equal(picks(0.9, 0.8, 0.7), "picks it too");
  assert.equal(picks(0.1, 0.8, 0.7), "picks 1");
  assert.equal(picks(0.1, 0.2, 0.7), "picks another solution with that answer");
  assert.equal(picks(0.7, 0.7, 0.7), "picks it too"); // of equals the first that was sampled
  assert.equal(picks(0.9, 0.8), "");
});
