import assert from "node:assert/strict";
import { test } from "node:test";
import { clampShare } from "../../../../visualprm_ui/components/label_board/pane_grip.js";

test("neither side can be pushed out of sight", () => {
  assert.equal(clampShare(-4), 20);
  assert.equal(clampShare(43.26), 43.3);
  assert.equal(clampShare(120), 80);
});
