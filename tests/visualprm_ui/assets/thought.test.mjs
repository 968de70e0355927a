import assert from "node:assert/strict";
import { test } from "node:test";
import { thoughtEnd, thoughtTitle } from "../../../visualprm_ui/assets/thought.js";

const shown = { thought: "Is it 5?", isThinking: false, isAll: false, isCutOff: false };

test("the fold says whether the thought goes on, and how long it is", () => {
  assert.equal(thoughtTitle(shown), "Thought 8 characters");
  assert.equal(thoughtTitle({ ...shown, thought: "x".repeat(1234), isThinking: true }), "Thinking… 1,234 characters");
  assert.equal(thoughtTitle({ ...shown, thought: "5" }), "Thought 1 character");
});

test("a solution that is nothing but a thought says why", () => {
  assert.equal(thoughtEnd(shown), "");
  assert.equal(thoughtEnd({ ...shown, thought: null, isAll: true }), "");
  assert.match(thoughtEnd({ ...shown, isAll: true, isCutOff: true }), /^The token limit .* Allow more new tokens\.$/);
  assert.match(thoughtEnd({ ...shown, isAll: true }), /^It ended inside its thought, so there are no steps/);
});
