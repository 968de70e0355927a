import assert from "node:assert/strict";
import { test } from "node:test";
import { whyNot } from "../../../../visualprm_ui/components/evaluate_board/start_button.js";

const status = (state, model = "nano-prm") => ({ engine: { state, reward_model: model } });

test("what keeps an evaluation from beginning is said", () => {
  assert.equal(whyNot(status("ready")), null);
  assert.equal(whyNot(status("ready", null)), "No reward model is loaded.");
  assert.equal(whyNot(status("empty", null)), "No reward model is loaded.");
  assert.equal(whyNot(status("loading")), "The models are being loaded.");
  assert.equal(whyNot(status("failed")), "The models could not be loaded.");
  assert.equal(whyNot(null), "The server cannot be reached.");
});
