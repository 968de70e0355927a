import assert from "node:assert/strict";
import { test } from "node:test";
import { pressesOf, quietBin, shortCount } from "../../../../visualprm_ui/components/evaluate_board/score_charts.js";

test("a count with little room", () => {
  assert.deepEqual([9, 999, 1800, 16_120].map(shortCount), ["9", "999", "1.8k", "16.1k"]);
});

test("bins that are too narrow to be pressed are pressed two together", () => {
  const histogram = { correct: [1, 2, 3, 4], wrong: [0, 1, 0, 1] };
  assert.equal(pressesOf(histogram, 1).length, 4);
  assert.deepEqual(pressesOf(histogram, 2), [
    { from: 0, to: 0.5, correct: 3, wrong: 1 },
    { from: 0.5, to: 1, correct: 7, wrong: 1 },
  ]);
});

test("words stand where the bars beside them are low, as far left as can be", () => {
  assert.equal(quietBin([0.9, 0.1, 0, 0, 0.5], 2, 0.1), 1);
  assert.equal(quietBin([0, 0, 0, 0.8], 2, 0.1), 0);
  assert.equal(quietBin([0.9, 0.4, 0.3, 0.8], 2, 0.1), 1);
});
