import assert from "node:assert/strict";
import { test } from "node:test";
import { spanOf } from "../../../../visualprm_ui/components/evaluate_board/comparison_figures.js";

test("an axis of differences holds 0", () => {
  assert.deepEqual(spanOf([0.02, 0.045, null]), [-0.01, 0.05]);
  assert.deepEqual(spanOf([-0.031]), [-0.04, 0.01]);
});
