import assert from "node:assert/strict";
import { test } from "node:test";
import { originText } from "../../../../visualprm_ui/components/evaluate_board/threshold_table.js";

const at = (threshold, more = {}) => ({
  threshold,
  chosen_on: null,
  is_upper_bound: false,
  is_optimal: false,
  ...more,
});

test("where a threshold is from", () => {
  const fixed = { threshold: 0.5, scores_known: false };
  assert.equal(originText(at(0.5), fixed), "fixed before this run, the usual one");
  assert.equal(originText(at(0.5), { ...fixed, scores_known: true }), "chosen after scores were known, the usual one");
  assert.equal(originText(at(0.85), fixed), "of VisualProcessBench’s protocol");
  assert.equal(originText(at(0.33, { is_upper_bound: true }), fixed), "test optimum: an upper bound, not a result");
  const tuned = { threshold: 0.325, scores_known: false };
  assert.equal(originText(at(0.325, { chosen_on: "Dev" }), tuned), "tuned on Dev");
  assert.equal(
    originText(at(0.325, { chosen_on: "Dev", is_optimal: true }), tuned),
    "tuned on Dev; as the test optimum",
  );
});
