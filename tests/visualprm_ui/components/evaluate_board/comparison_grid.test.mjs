import assert from "node:assert/strict";
import { test } from "node:test";
import { boxFilters, quadrants, strength } from "../../../../visualprm_ui/components/evaluate_board/comparison_grid.js";

test("a rectangle becomes filters of both scores", () => {
  assert.deepEqual(boxFilters({ a: [17, 20], b: [0, 3] }), {
    which: null,
    a_from: "0.85",
    a_to: "1",
    b_from: "0",
    b_to: "0.15",
  });
});

test("a cell with a step is always seen, the fullest is darkest", () => {
  assert.equal(strength(0, 9), 0);
  assert.ok(strength(1, 10_000) > 0.05);
  assert.equal(strength(9, 9), 1);
});

test("the table of the grid has the server's counts, which know the side of the threshold", () => {
  const called = { by_both: 5, by_a: 3, by_b: 2, by_none: 1 };
  assert.deepEqual(quadrants({ called, threshold_a: 0.85 }), [
    ["A above .85", 5, 3],
    ["A not above .85", 2, 1],
  ]);
});
