import assert from "node:assert/strict";
import { test } from "node:test";
import { linear, ticks } from "../../../../visualprm_ui/components/evaluate_board/scale.js";

test("numbers become pixels, also where there is one number only", () => {
  const x = linear([0.4, 0.7], [0, 300]);
  assert.deepEqual(
    [0.4, 0.55, 0.7].map((value) => Math.round(x(value))),
    [0, 150, 300],
  );
  assert.equal(linear([1, 1], [0, 10])(1), 0);
});

test("ticks are round and inside", () => {
  assert.deepEqual(ticks([0.4, 0.7], 5), [0.4, 0.5, 0.6, 0.7]);
  assert.deepEqual(ticks([-0.05, 0.08], 4), [-0.05, 0, 0.05]);
  assert.ok(ticks([0, 1], 4).length <= 5);
});
