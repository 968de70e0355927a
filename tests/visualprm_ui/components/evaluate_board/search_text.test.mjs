// What is said of guided searches beside Best-of-N.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  budgetText,
  differing,
  logTicks,
  outcomeTitle,
  tokenPoints,
  verdictText,
} from "../../../../visualprm_ui/components/evaluate_board/search_text.js";

const estimate = (value, low = null, high = null, reason = null) => ({ value, low, high, reason });
const SEARCH = {
  title: "2x2",
  against: "prm_mean",
  problems: 6,
  accuracy: estimate(0.8, 0.6, 1),
  tokens: 173.3,
  n: 3,
  n_tokens: 142.7,
  next_n: 4,
  next_tokens: 190.3,
  next_weight: 0.643,
  best_of_n: estimate(0.6, 0.4, 0.8),
  difference: estimate(0.2, 0.1, 0.3),
  ends_early: false,
};

test("a difference is told one way, the other, or not at all", () => {
  assert.equal(
    verdictText(SEARCH),
    "The search is right more often: in 80.0 % of the problems, Best-of-3.6 in 60.0 %, " +
      "a difference of +20.0 points (95 %: +10.0 to +30.0).",
  );
  assert.match(verdictText({ ...SEARCH, difference: estimate(-0.2, -0.3, -0.1) }), /^The search is right less often: /);
  assert.match(
    verdictText({ ...SEARCH, difference: estimate(0.2, -0.1, 0.5) }),
    /^These problems do not tell the two apart: the search is right in 80\.0 % /,
  );
  assert.match(verdictText({ ...SEARCH, difference: estimate(1) }), /do not tell the two apart.*\+100\.0 points\.$/);
});

test("where there is no N the reason is told, and nothing is 0", () => {
  const reason = "One solution takes 50 tokens on average, and a search only 40, so no N takes as few.";
  const none = {
    ...SEARCH,
    n: null,
    n_tokens: null,
    next_n: null,
    next_tokens: null,
    next_weight: 0,
    best_of_n: estimate(null, null, null, reason),
    difference: estimate(null),
  };
  assert.equal(
    verdictText(none),
    `The search’s pick is right in 80.0 % of the problems. It cannot be compared with Best-of-N. ${reason}`,
  );
  assert.equal(budgetText(none), "A search took 173 tokens on average over 6 problems.");
  assert.equal(budgetText({ ...none, tokens: null }), "Tokens were not counted.");
});

test("what both took", () => {
  assert.equal(
    budgetText(SEARCH),
    "A search took 173 tokens on average over 6 problems. Best-of-3.6 takes as many, " +
      "between N = 3, which takes 143, and N = 4, which takes 190 and is used for 64.3 % of the choices.",
  );
  const whole = { ...SEARCH, next_n: null, next_tokens: null, next_weight: 0 };
  assert.match(budgetText({ ...whole, n: 1 }), /One solution takes as many\.$/);
  assert.match(budgetText(whole), /3 solutions take as many\.$/);
  assert.match(verdictText(whole), /Best-of-3 in 60\.0 %/);
  assert.match(
    budgetText({ ...whole, ends_early: true }),
    /take 143\. The pools have no more, so the search had the larger/,
  );
});

test("problems that differ, those of the search first", () => {
  const problems = ["both", "only_best", "only_search", "neither", "only_search"].map((outcome, at) => ({
    problem: String(at),
    question: "Q",
    outcome,
    tokens: 1,
    search: "a",
    solutions: "b",
  }));
  assert.deepEqual(
    differing(problems).map((each) => [each.outcome, each.problems.map(({ number }) => number)]),
    [
      ["only_search", [3, 5]],
      ["only_best", [2]],
    ],
  );
  assert.deepEqual(differing([]), []);
  assert.equal(outcomeTitle("only_search", 3, 2), "Only the search is right: 2 problems");
  assert.equal(outcomeTitle("only_best", 3, 1), "Only Best-of-3 is right: 1 problem");
});

test("a curve over tokens has what is known of both", () => {
  const point = (n, tokens, value) => ({ n, tokens, figures: { way: estimate(value) }, differences: {} });
  const found = tokenPoints([point(1, 40, 0.5), point(2, null, 0.6), point(4, 160, null), point(8, 320, 0.7)], "way");
  assert.deepEqual(
    found.map(({ n, tokens, value }) => [n, tokens, value]),
    [
      [1, 40, 0.5],
      [8, 320, 0.7],
    ],
  );
  assert.deepEqual(tokenPoints([point(1, 40, 0.5)], "other"), []);
});

test("ticks of a logarithmic axis are round", () => {
  assert.deepEqual(logTicks([40, 320]), [50, 100, 200]);
  assert.deepEqual(logTicks([60, 80]), [60, 80]);
  assert.deepEqual(logTicks([60, 60]), [60]);
});
