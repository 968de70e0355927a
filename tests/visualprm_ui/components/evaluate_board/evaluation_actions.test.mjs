import assert from "node:assert/strict";
import { test } from "node:test";
import {
  canResume,
  resumeNote,
  triesAgain,
} from "../../../../visualprm_ui/components/evaluate_board/evaluation_actions.js";

test("one that ended is resumed, and one that is done where something could not be done", () => {
  const wanted = { waiting: [false, false], running: [false, false], failed: [true, true], cancelled: [true, true] };
  for (const [state, [whole, part]] of Object.entries({ ...wanted, done: [false, true] })) {
    assert.equal(canResume({ state, failed: 0 }), whole, state);
    assert.equal(canResume({ state, failed: 2 }), part, state);
    assert.equal(triesAgain({ state, failed: 2 }), state === "done", state);
  }
});

test("what Resume does with one that is done is said", () => {
  assert.match(resumeNote({ state: "done", failed: 1200 }), /^Retries what failed \(1,200\).*stay until/);
  assert.equal(resumeNote({ state: "cancelled", failed: 2 }), "");
});
