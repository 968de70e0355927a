import assert from "node:assert/strict";
import { test } from "node:test";
import { isOffered } from "../../../../visualprm_ui/components/solution_board/share.js";

test("sharing is offered to who may change it, where a link makes a difference", () => {
  assert.equal(isOffered({ opens_for: "maker", may_change: true }), true);
  assert.equal(isOffered({ opens_for: "link", may_change: true }), true);
  assert.equal(isOffered({ opens_for: "signed_in", may_change: true }), true);
  assert.equal(isOffered({ opens_for: "link", may_change: false }), false, "somebody else's run");
  assert.equal(isOffered({ opens_for: "everybody", may_change: true }), false, "nobody signs in");
  assert.equal(isOffered(null), false, "the server did not answer");
});
