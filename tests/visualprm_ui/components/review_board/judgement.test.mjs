import assert from "node:assert/strict";
import { test } from "node:test";
import {
  allRight,
  counts,
  errorShare,
  limitText,
  missing,
  nextOpen,
  outcomeText,
  questionName,
  questionStep,
  whoElse,
} from "../../../../visualprm_ui/components/review_board/judgement.js";

const OPEN = { verdict: null, note: "", questioned: [] };
const of = (...verdicts) => verdicts.map((verdict) => ({ verdict, own: false }));
const OWN = { verdict: null, own: true };

test("presses at a step question it, say what it should be, and take the question back", () => {
  let judgement = OPEN;
  const seen = [];
  for (let press = 0; press < 4; press += 1) {
    judgement = questionStep(judgement, 4, 1);
    seen.push(questionName(judgement.questioned[0]));
  }
  assert.deepEqual(seen, ["questioned", "should be Wrong", "should be Neutral", "not so"]);
  assert.equal(judgement.verdict, "wrong");
  const two = questionStep(questionStep(OPEN, 4, 1), 1, -1);
  assert.deepEqual(
    two.questioned.map(({ step }) => step),
    [1, 4],
  );
  assert.deepEqual(allRight({ ...two, note: "kept" }), { verdict: "right", note: "kept", questioned: [] });
});

test("a step without a label may be said to be any of the three", () => {
  let judgement = OPEN;
  const seen = [];
  for (let press = 0; press < 5; press += 1) {
    judgement = questionStep(judgement, 0, null);
    seen.push(judgement.questioned[0]?.should_be);
  }
  assert.deepEqual(seen, [null, -1, 0, 1, undefined]);
});

test("a wrong verdict needs a step or a word", () => {
  assert.match(missing(OPEN, "cleo"), /press R or W/);
  assert.match(missing({ ...OPEN, verdict: "wrong", note: " " }, "cleo"), /cleo will read it/);
  assert.equal(missing({ ...OPEN, verdict: "wrong", note: "Read it" }, "cleo"), "");
  assert.equal(missing(questionStep(OPEN, 0, 1), "cleo"), "");
  assert.equal(missing(allRight(OPEN), "cleo"), "");
});

test("the next item without a verdict is after this one, else the first", () => {
  assert.equal(nextOpen(of(null, "right", null), 0), 2);
  assert.equal(nextOpen(of(null, "right", "wrong"), 1), 0);
  assert.equal(nextOpen(of("right", "wrong"), 0), null);
  assert.equal(nextOpen([], -1), null);
  assert.equal(nextOpen([OWN, ...of(null)], -1), 1, "one's own labels are for somebody else to judge");
  assert.equal(nextOpen([OWN], -1), null);
});

test("the share of errors is of what is judged, and none of nothing", () => {
  assert.deepEqual(counts(of("right", "wrong", null)), { right: 1, wrong: 1, left: 1, own: 0, judged: 2 });
  assert.deepEqual(counts([OWN, ...of("right", null)]), { right: 1, wrong: 0, left: 2, own: 1, judged: 1 });
  assert.equal(errorShare(2, 12), "2 of 12 (17 %)");
  assert.equal(errorShare(0, 0), "0 of 0");
});

test("the limit of wrong items is said while reviewing and at the end", () => {
  assert.equal(limitText(1), "to be sent back if more than 1 is not right");
  assert.equal(limitText(0), "to be sent back if any is not right");
  assert.equal(outcomeText(2, 12, 1), "2 of 12 are not right; at most 1 is allowed");
  assert.equal(outcomeText(1, 2, 0), "1 of 2 is not right; none is allowed");
});

test("who else can judge is named, and where there is nobody what to do", () => {
  assert.equal(whoElse(["Ada", "Bob"]), "Ada or Bob can judge them.");
  assert.equal(whoElse(["A", "B", "C", "D", "E"]), "A, B, C, or 2 others can judge them.");
  assert.match(whoElse([]), /invite a reviewer/);
});
