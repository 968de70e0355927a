import assert from "node:assert/strict";
import { test } from "node:test";
import {
  againstCoin,
  factsBeside,
  thresholdWords,
} from "../../../../visualprm_ui/components/evaluate_board/headline.js";

test("a headline whose interval holds the coin's figure is said to be no better than chance", () => {
  assert.equal(againstCoin({ value: 0.617, low: 0.61, high: 0.625 }, 0.483), "13.4 above a fair coin.");
  assert.equal(againstCoin({ value: 0.4, low: 0.39, high: 0.41 }, 0.483), "8.3 below a fair coin.");
  assert.match(againstCoin({ value: 0.49, low: 0.47, high: 0.51 }, 0.483), /no better than chance/);
  assert.equal(againstCoin({ value: null, low: null, high: null }, 0.483), "");
});

test("the share called right is the engine's, of the steps that were read: the page divided by all of them", () => {
  const confusion = { true_positives: 2, false_positives: 0, false_negatives: 0, true_negatives: 1 };
  const pooled = (called) => ({
    confusion: { ...confusion, unread_correct: 1, unread_wrong: 0, called_correct: called },
    calibration_error: null,
  });
  const called = (found) => factsBeside({ pooled: pooled(found) }).find(([name]) => name === "Called right");
  assert.deepEqual(called(2 / 3), ["Called right", "66.7 %", "labelled so: 75.0 %"]);
  assert.equal(called(null)[1], "–");
});

test("a threshold that was chosen with scores in sight is not said to be fixed before", () => {
  const thresholds = [
    { threshold: 0.325, is_optimal: true },
    { threshold: 0.5, is_optimal: false },
  ];
  const words = (threshold, isKnown) => thresholdWords({ threshold, scores_known: isKnown, tuned: null }, thresholds);
  assert.equal(words(0.5, false), ".5, fixed before this run");
  assert.equal(words(0.325, false), ".325, fixed before this run");
  assert.equal(words(0.5, true), ".5, chosen after scores were known");
  assert.match(
    words(0.325, true),
    /chosen after scores were known: no other does better .* an upper bound, not a result$/,
  );
  const tuned = { threshold: 0.325, scores_known: false, tuned: { set: { name: "Dev" } } };
  assert.equal(thresholdWords(tuned, thresholds), ".325, tuned on Dev, which shares no problem with this set");
});
