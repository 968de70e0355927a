import assert from "node:assert/strict";
import { test } from "node:test";
import { originText } from "../../../../visualprm_ui/components/dataset_board/origin_text.js";

test("a source and a policy of the same name are told apart", () => {
  assert.equal(originText("nano_world", "nano_world"), "from nano_world, written by nano_world");
  assert.equal(originText("nano_world", ""), "from nano_world");
  assert.equal(originText(null, "nano_world"), "written by nano_world");
  assert.equal(originText(null, ""), "");
});
