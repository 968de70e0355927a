// Why nothing can be searched for, in the words of the form.

import assert from "node:assert/strict";
import test from "node:test";

import { searchRefusal } from "../../../../visualprm_ui/components/search_choice/mount.js";

const engine = (state, refusal = null) => ({ engine: { state, search_refusal: refusal } });

test("the choice is open where the models can search, and while nothing is known of them", () => {
  assert.equal(searchRefusal(null), "");
  assert.equal(searchRefusal(engine("ready")), "");
  assert.equal(searchRefusal(engine("loading", "The policy before.")), "");
});

test("it is shut with the reason where no model is loaded, or the policy cannot go on from a step", () => {
  assert.match(searchRefusal(engine("empty")), /No model is loaded/);
  assert.match(searchRefusal(engine("failed")), /No model is loaded/);
  assert.equal(searchRefusal(engine("ready", "It cannot search.")), "It cannot search.");
});
