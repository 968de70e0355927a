import assert from "node:assert/strict";
import { test } from "node:test";
import { markText, segments } from "../../../../visualprm_ui/components/evaluate_board/threshold_card.js";

test("a curve is broken where it is undefined", () => {
  assert.deepEqual(segments([null, 0.4, 0.5, null, 0.6]), [
    [
      [1, 0.4],
      [2, 0.5],
    ],
    [[4, 0.6]],
  ]);
  assert.deepEqual(segments([null]), []);
});

test("a threshold that does as well as the test optimum is marked", () => {
  const mark = { threshold: 0.325, macro_f1: 0.9, chosen_on: null, is_upper_bound: false, is_optimal: true };
  assert.equal(markText(mark), ".325 · as the test optimum");
  assert.equal(markText({ ...mark, is_optimal: false }), ".325");
  assert.equal(markText({ ...mark, is_upper_bound: true }), "test optimum .325 · 90.0, an upper bound");
});
