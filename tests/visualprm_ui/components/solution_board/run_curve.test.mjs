// A run's own Best-of-n curve in words and lines.

import assert from "node:assert/strict";
import { test } from "node:test";

import { curveLines, curveText, namePlaces } from "../../../../visualprm_ui/components/solution_board/run_curve.js";

const CURVE = {
  n: [1, 2, 4],
  picks: { mean: [0.5, 0.75, 1], min: [0.5, 0.6, 0.7], max: [0, 0, 0], last: [0, 0, 0], product: [0, 0, 0] },
  vote: [0.5, 0.5, 0.25],
  random: [0.5, 0.5, 0.5],
  oracle: [0.5, 0.9, 1],
};

test("the pick follows the aggregation and lies on top", () => {
  assert.deepEqual(
    curveLines(CURVE, "min").map(({ name, values }) => [name, values.at(-1)]),
    [
      ["oracle", 1],
      ["one draw", 0.5],
      ["vote", 0.25],
      ["PRM", 0.7],
    ],
  );
  assert.equal(
    curveText(CURVE, "mean"),
    "Best of 4: right in 100 % of the choices by the mean, 25 % by the vote, 50 % at random.",
  );
});

test("names never cover each other and stay in the picture", () => {
  assert.deepEqual(namePlaces([10, 60, 110]), [10, 60, 110]);
  assert.deepEqual(namePlaces([10, 10, 10]), [36, 23, 10]);
  assert.ok(Math.max(...namePlaces([112, 112, 112, 112])) <= 114);
});
