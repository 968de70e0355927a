import assert from "node:assert/strict";
import { test } from "node:test";
import {
  comparisonTitle,
  differenceSentence,
  thresholdNote,
  thresholdWords,
} from "../../../../visualprm_ui/components/evaluate_board/comparison_words.js";

const row = (a, b, low, high) => ({ a: { value: a }, b: { value: b }, difference: { value: b - a, low, high } });
const found = (pooled) => ({
  pooled,
  f1_correct: row(0.79, 0.785),
  f1_wrong: row(0.445, 0.488),
  only_a_right: 1734,
  only_b_right: 1787,
});

test("a verdict only where the interval leaves 0 out", () => {
  assert.match(differenceSentence(found(row(0.617, 0.637, 0.013, 0.025))), /^B is better\. B is right on 1,787 steps/);
  assert.match(differenceSentence(found(row(0.637, 0.617, -0.03, -0.01))), /^A is better\./);
  const unclear = differenceSentence(found(row(0.617, 0.62, -0.01, 0.02)));
  assert.match(unclear, /^No difference is established: the interval includes 0\./);
  assert.match(unclear, /F1 wrong 44\.5 → 48\.8, F1 correct 79\.0 → 78\.5\.$/);
});

const run = (revision) => ({ set: { name: "Melons" }, reward_models: [{ name: "nano", revision }] });

test("each threshold is named, and what a difference of theirs means", () => {
  const pair = { a: run("1"), b: run("2"), threshold_a: 0.5, threshold_b: 0.85 };
  assert.equal(comparisonTitle(pair), "Two reward models on Melons");
  assert.equal(thresholdWords(pair), "thresholds A .5, B .85");
  assert.match(thresholdNote(pair), /^A is measured at threshold \.5, B at \.85\. .* run one again at the other’s\.$/);
  const own = { ...pair, b: run("1") };
  assert.equal(comparisonTitle(own), "Two evaluations of Melons");
  assert.match(thresholdNote(own), /every difference comes from the thresholds\.$/);
  const same = { ...pair, threshold_b: 0.5 };
  assert.deepEqual([thresholdWords(same), thresholdNote(same)], ["threshold .5", ""]);
});
