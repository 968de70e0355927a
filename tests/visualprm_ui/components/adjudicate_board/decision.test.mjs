import assert from "node:assert/strict";
import { test } from "node:test";
import {
  chooseCause,
  decideStep,
  decideText,
  decisionProblem,
  differText,
  groups,
} from "../../../../visualprm_ui/components/adjudicate_board/decision.js";

const EMPTY = { labels: Array(5).fill(null), cause: null, note: "" };

test("a decision needs every step that differs and a cause, in that order", () => {
  assert.equal(decisionProblem(EMPTY, [0, 2, 4]), "Steps 1, 3 and 5 are still open.");
  const one = decideStep(decideStep(EMPTY, 0, 1), 2, -1);
  assert.equal(decisionProblem(one, [0, 2, 4]), "Step 5 is still open.");
  assert.equal(decideText(one, [0, 2, 4]), "2 of 3 decided");
  const all = decideStep(one, 4, 0);
  assert.equal(decisionProblem(all, [0, 2, 4]), "Say why they differ: press 4 to 7.");
  assert.equal(decisionProblem(chooseCause(all, "slip"), [0, 2, 4]), "");
  assert.equal(decideText(chooseCause(all, "slip"), [0, 2, 4]), "Decide");
});

test("badly split steps need no label: they cannot be judged", () => {
  assert.equal(decisionProblem(chooseCause(EMPTY, "bad_split"), [0, 2]), "");
});

test("the same key again takes a label or a cause back", () => {
  assert.deepEqual(decideStep(decideStep(EMPTY, 1, 1), 1, 1), EMPTY);
  assert.deepEqual(chooseCause(chooseCause(EMPTY, "slip"), "slip"), EMPTY);
  assert.equal(decideStep(decideStep(EMPTY, 1, 1), 1, 0).labels[1], 0);
});

test("neighbours that agree are one group", () => {
  assert.deepEqual(groups(6, [1, 2]), [
    { first: 0, last: 0, differs: false },
    { first: 1, last: 1, differs: true },
    { first: 2, last: 2, differs: true },
    { first: 3, last: 5, differs: false },
  ]);
  assert.deepEqual(groups(1, [0]), [{ first: 0, last: 0, differs: true }]);
});

test("who differs is said in a sentence", () => {
  assert.equal(differText(["bob", "cleo"], 2, 7), "bob and cleo differ on 2 of 7 steps");
  assert.equal(differText(["a", "b", "c"], 1, 1), "a, b and c differ on 1 of 1 step");
});
