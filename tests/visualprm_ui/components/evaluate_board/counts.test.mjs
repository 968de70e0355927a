import assert from "node:assert/strict";
import { test } from "node:test";
import {
  countsAt,
  hundredthOf,
  labelledOf,
  macroF1Curve,
} from "../../../../visualprm_ui/components/evaluate_board/counts.js";

// Scores of correct steps: .2, .85, .9, .9, not read; of wrong ones: .1, .855, not read.
const CORRECT = [0.2, 0.85, 0.9, 0.9];
const WRONG = [0.1, 0.855];
const above = (scores) => Array.from({ length: 101 }, (_, at) => scores.filter((score) => score > at / 100).length);
const ABOVE = { correct: above(CORRECT), wrong: above(WRONG) };
const CONFUSION = {
  true_positives: 2,
  false_positives: 1,
  false_negatives: 2,
  true_negatives: 1,
  unread_correct: 1,
  unread_wrong: 1,
};

test("a step is called right above the threshold, not at it; what was not read counts against its class", () => {
  const { right, wrong, f1Correct, f1Wrong, macroF1 } = countsAt(ABOVE, CONFUSION, 85);
  assert.deepEqual(right, { correct: 2, wrong: 1 });
  assert.deepEqual(wrong, { correct: 2, wrong: 1 });
  assert.equal(f1Correct, 4 / (4 + 1 + 2 + 1));
  assert.equal(f1Wrong, 2 / (2 + 2 + 1 + 1));
  assert.equal(macroF1, (0.5 + 1 / 3) / 2);
  assert.deepEqual(labelledOf(CONFUSION), { correct: 5, wrong: 3 });
});

test("the counts of a label are the same at every threshold", () => {
  for (const hundredth of [0, 20, 50, 90, 100]) {
    const { right, wrong } = countsAt(ABOVE, CONFUSION, hundredth);
    assert.equal(right.correct + wrong.correct, 4);
    assert.equal(right.wrong + wrong.wrong, 2);
  }
});

test("F1 of a class that is neither labelled nor called is undefined, not 0", () => {
  const none = { correct: new Array(101).fill(0), wrong: new Array(101).fill(0) };
  const empty = Object.fromEntries(Object.keys(CONFUSION).map((name) => [name, 0]));
  assert.equal(countsAt(none, empty, 50).macroF1, null);
  const onlyCorrect = { correct: new Array(101).fill(3), wrong: new Array(101).fill(0) };
  const three = { ...empty, true_positives: 3 };
  assert.deepEqual([countsAt(onlyCorrect, three, 50).f1Correct, countsAt(onlyCorrect, three, 50).f1Wrong], [1, null]);
  assert.deepEqual(new Set(macroF1Curve(onlyCorrect, three)), new Set([null]));
});

test("a threshold stands at the nearest of 101 places", () => {
  assert.deepEqual([0, 0.005, 0.8173, 0.85, 1, 7, -1].map(hundredthOf), [0, 1, 82, 85, 100, 100, 0]);
});
