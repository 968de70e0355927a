import assert from "node:assert/strict";
import { test } from "node:test";
import { labelledOf, percent, timeText } from "../../../../visualprm_ui/components/dataset_board/browse_charts.js";

test("a share of nothing is undefined, not 0", () => {
  assert.equal(percent(0, 0), "–");
  assert.equal(percent(0, 3), "0 %");
  assert.equal(percent(1, 6), "17 %");
});

test("steps without a label are none of the labelled", () => {
  assert.equal(labelledOf({ correct: 1, neutral: 2, wrong: 3, unlabelled: 9 }), 6);
});

test("times are read as people say them", () => {
  assert.deepEqual([0, 45.4, 60, 98, 600].map(timeText), ["0 s", "45 s", "1 min", "1:38 min", "10 min"]);
});
