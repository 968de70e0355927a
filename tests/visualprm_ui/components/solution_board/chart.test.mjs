import assert from "node:assert/strict";
import { test } from "node:test";
import { lineSegments, ticks } from "../../../../visualprm_ui/components/solution_board/chart.js";

test("lines break at undefined scores", () => {
  const steps = [0.1, null, 0.3, 0.4].map((score) => ({ score }));
  assert.deepEqual(lineSegments(steps), [
    [[0, 0.1]],
    [
      [2, 0.3],
      [3, 0.4],
    ],
  ]);
  assert.deepEqual(lineSegments([]), []);
});

test("never more than nine ticks", () => {
  assert.deepEqual(ticks(5), [1, 2, 3, 4, 5]);
  assert.deepEqual(ticks(12), [1, 2, 4, 6, 8, 10, 12]);
  for (const steps of [1, 30, 100, 999]) assert.ok(ticks(steps).length <= 9, String(steps));
});
