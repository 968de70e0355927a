import assert from "node:assert/strict";
import { test } from "node:test";
import {
  commandNote,
  differenceRange,
  estimateText,
  excludesZero,
  intervalText,
  points,
  rangeOf,
  shareText,
  signedPoints,
  thresholdText,
} from "../../../../visualprm_ui/components/evaluate_board/figures.js";

const estimate = (value, low = null, high = null, reason = null) => ({ value, low, high, reason });

test("figures are points of a hundred, and undefined is never 0", () => {
  assert.deepEqual([0.6174, 0, 1, null, undefined].map(points), ["61.7", "0.0", "100.0", "–", "–"]);
  assert.equal(estimateText(estimate(0.617, 0.61, 0.625)), "61.7, 61.0 to 62.5");
  assert.equal(estimateText(estimate(0.617)), "61.7");
  assert.equal(
    estimateText(estimate(null, null, null, "All steps are labelled correct.")),
    "undefined: all steps are labelled correct",
  );
  assert.equal(intervalText(estimate(null)), "");
  assert.equal(shareText(0, 0), "–");
  assert.equal(shareText(1, 8), "12.5 %");
});

test("a command says which solutions it leaves out, where there are any", () => {
  assert.match(commandNote({ half_labelled: 2 }), /^2 solutions of this set have labels for some steps only/);
  assert.deepEqual(
    [0, null].map((half) => commandNote({ half_labelled: half })),
    ["", ""],
  );
});

test("a difference has its sign, and a minus that is one", () => {
  assert.deepEqual([0.019, -0.005, 0.0001, -0.0004, null].map(signedPoints), ["+1.9", "−0.5", "0.0", "0.0", "–"]);
  assert.deepEqual([0, -0].map(signedPoints), ["0", "0"]);
  assert.equal(intervalText(estimate(0, -0.01, 0.02), signedPoints), "−1.0 to +2.0");
});

test("a difference is shown only where its interval leaves 0 out", () => {
  assert.equal(excludesZero(estimate(0.02, 0.013, 0.025)), true);
  assert.equal(excludesZero(estimate(-0.02, -0.03, -0.01)), true);
  assert.equal(excludesZero(estimate(0.02, -0.01, 0.05)), false);
  assert.equal(excludesZero(estimate(0.02, 0, 0.05)), false);
  assert.equal(excludesZero(estimate(0.02)), false);
});

test("thresholds as they stand in print", () => {
  assert.deepEqual([0.85, 0.5, 0, 1, 0.8173].map(thresholdText), [".85", ".5", "0", "1", ".8173"]);
});

test("an axis holds its values in whole tens of points", () => {
  assert.deepEqual(rangeOf([0.617, 0.483, null]), [0.4, 0.7]);
  assert.deepEqual(rangeOf([0.6]), [0.5, 0.7]);
  assert.deepEqual(rangeOf([0, 1]), [0, 1]);
  assert.deepEqual(rangeOf([null]), [0, 1]);
  assert.deepEqual(differenceRange([0.013, -0.051, null]), [-0.06, 0.06]);
  assert.deepEqual(differenceRange([null]), [-0.01, 0.01]);
});
