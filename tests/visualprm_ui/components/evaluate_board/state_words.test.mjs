import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ordinal,
  paceText,
  rateText,
  secondsEach,
  stateWords,
} from "../../../../visualprm_ui/components/evaluate_board/state_words.js";

const EVALUATION = {
  kind: "step_benchmark",
  state: "running",
  phase: "scoring",
  rows: 1204,
  fresh: 1204,
  total: 2866,
  seconds: 926,
  seconds_left: 1260,
  waits_behind: null,
  message: null,
  failed: 0,
};

test("what goes on says how far it is and how fast", () => {
  const words = stateWords(EVALUATION);
  assert.deepEqual(
    [words.word, words.count, words.note],
    ["Running", "1,204 of 2,866", "about 21 min left · 1.3 solutions/s"],
  );
  assert.equal(stateWords({ ...EVALUATION, phase: "figures" }).word, "Computing figures");
  assert.equal(stateWords({ ...EVALUATION, total: null }).count, "");
  const making = { ...EVALUATION, phase: "making", rows: 40, fresh: 40, total: 200, seconds: 4, seconds_left: null };
  const made = stateWords(making);
  assert.deepEqual([made.word, made.count, made.note], ["Making problems", "40 of 200", "10.0 problems/s"]);
});

test("what a model server asks to wait for stands behind the pace", () => {
  const message = "waiting 12 s: the server's rate limit";
  assert.equal(stateWords({ ...EVALUATION, message }).note, `about 21 min left · 1.3 solutions/s · ${message}`);
  assert.equal(stateWords({ ...EVALUATION, message, fresh: 0, seconds_left: null }).note, message);
});

test("what is not known is not said", () => {
  assert.equal(paceText({ ...EVALUATION, fresh: 0, seconds_left: null }), "");
  assert.equal(rateText({ ...EVALUATION, fresh: 3, seconds: 600 }), "0.3 solutions/min");
  assert.equal(rateText({ ...EVALUATION, kind: "best_of_n" }), "1.3 problems/s");
});

test("a pace is that of what was done meanwhile, not of what was found done", () => {
  const resumed = { ...EVALUATION, rows: 2860, fresh: 4, seconds: 2 };
  assert.deepEqual([rateText(resumed), secondsEach(resumed)], ["2.0 solutions/s", "0.50"]);
  assert.deepEqual([rateText({ ...resumed, fresh: 0 }), secondsEach({ ...resumed, fresh: 0 })], ["", "–"]);
});

test("a place in the queue", () => {
  assert.deepEqual([1, 2, 3, 4, 11, 12, 13, 21, 112].map(ordinal), [
    "1st",
    "2nd",
    "3rd",
    "4th",
    "11th",
    "12th",
    "13th",
    "21st",
    "112th",
  ]);
  assert.equal(stateWords({ ...EVALUATION, state: "waiting", waits_behind: 0 }).word, "Waiting, next");
  assert.equal(stateWords({ ...EVALUATION, state: "waiting", waits_behind: 1 }).word, "Waiting, 2nd");
});

test("what was stopped says why, and what is kept", () => {
  const failed = stateWords({ ...EVALUATION, state: "failed", message: "The disk is full. Free some space." });
  assert.deepEqual([failed.word, failed.note, failed.look], ["Stopped", "The disk is full. Free some space.", "bad"]);
  assert.equal(stateWords({ ...EVALUATION, state: "cancelled" }).note, "1,204 solutions kept; resume at any time");
  assert.equal(
    stateWords({ ...EVALUATION, state: "done", seconds: 2340, failed: 2 }).word,
    "Done in 39 min · 2 failed",
  );
});
