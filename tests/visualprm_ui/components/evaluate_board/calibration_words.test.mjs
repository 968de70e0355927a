import assert from "node:assert/strict";
import { test } from "node:test";
import {
  errorSentence,
  gainSentence,
  keptSentence,
  notAbout,
  policyOf,
} from "../../../../visualprm_ui/components/evaluate_board/calibration_words.js";

const estimate = (value, low = null, high = null, reason = null) => ({ value, low, high, reason });
const FIGURES = {
  steps: 40,
  solutions: 20,
  compared: 38,
  error: estimate(0.1823, 0.16, 0.201),
  before: estimate(0.18, 0.15, 0.2),
  after: estimate(0.041, 0.03, 0.062),
  gain: estimate(0.139, 0.1, 0.16),
};
const KEPT = {
  made_by: "ada",
  problems: 12,
  before: 0.2,
  after: 0.04,
  low: 0.0213,
  high: 1,
  is_of_these_versions: true,
};

test("only labels of a policy's completions have a policy", () => {
  assert.equal(policyOf("monte_carlo:nano: policy"), "nano: policy");
  assert.equal(policyOf("file:checker"), null);
  assert.equal(policyOf(undefined), null);
});

test("errors are in points, with their intervals, and undefined is said to be so", () => {
  assert.equal(
    errorSentence(FIGURES),
    "A score is 18.2 points (16.0 to 20.1) away from the share of completions that reach the answer, on average over " +
      "40 steps of 20 solutions.",
  );
  const few = { ...FIGURES, after: estimate(null, null, null, "Fewer than 5 problems are too few.") };
  assert.equal(gainSentence(few), "What the map is worth is undefined: fewer than 5 problems are too few.");
});

test("what a map is worth is said of the steps that it was measured on", () => {
  assert.equal(
    gainSentence(FIGURES),
    "With a map fitted to other problems, on 38 steps within the range of those maps: 18.0 before, " +
      "4.1 (3.0 to 6.2) after, 13.9 points less (10.0 to 16.0).",
  );
  const worse = { ...FIGURES, compared: 40, gain: estimate(-0.012) };
  assert.match(gainSentence(worse), /on the same steps: .* 1\.2 points more: the map does not help\.$/);
});

test("nothing that is left out goes unsaid", () => {
  assert.deepEqual(notAbout({ others: 0, stopped: 1, unscored: 2, versions: 0 }), [
    "Left out: 1 solution whose completions stopped at the first success.",
    "Left out: 2 solutions that this reward model has not scored.",
  ]);
});

test("the kept map says for which scores it is, and of which versions", () => {
  assert.match(keptSentence(null, ""), /^No map is kept/);
  const said = keptSentence(KEPT, "today");
  assert.match(
    said,
    /^Kept today by ada: a map of 12 problems, for scores from \.02 to 1, error 20\.0 before and 4\.0 after\./,
  );
  assert.doesNotMatch(said, /other versions/);
  assert.match(keptSentence({ ...KEPT, is_of_these_versions: false }, "today"), /of other versions of these models/);
});
