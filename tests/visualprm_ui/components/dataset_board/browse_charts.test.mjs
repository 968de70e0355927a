import assert from "node:assert/strict";
import { test } from "node:test";
import {
  inPairs,
  labelledOf,
  percent,
  timeText,
  withFewBars,
} from "../../../../visualprm_ui/components/dataset_board/browse_charts.js";

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

test("neighbours are added up, and a last one without a neighbour stays", () => {
  const add = (one, other) => one + other;
  assert.deepEqual(inPairs([1, 2, 3, 4, 5], add), [3, 7, 5]);
  assert.deepEqual(inPairs([7], add), [7]);
  assert.deepEqual(inPairs([], add), []);
});

test("bars of times are wide enough to press: twenty were 13 pixels each", () => {
  const few = { width: 5, solutions: [1, 2, 3], median: 6 };
  assert.deepEqual(withFewBars(few), few);
  const many = { width: 5, solutions: new Array(19).fill(1), median: 6 };
  assert.deepEqual(withFewBars(many), { width: 10, solutions: [...new Array(9).fill(2), 1], median: 6 });
});
