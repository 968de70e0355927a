import assert from "node:assert/strict";
import { test } from "node:test";
import { commandOf } from "../../../../visualprm_ui/components/dataset_board/browse_keys.js";

const press = (/** @type {string} */ key, more = {}) =>
  commandOf({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more });

test("keys of the list", () => {
  assert.deepEqual(
    ["j", "K", "x", "/"].map((key) => press(key)),
    ["down", "up", "select", "search"],
  );
  assert.equal(press("X", { shiftKey: true }), "select-to");
});

test("keys of the browser stay its own", () => {
  for (const held of ["ctrlKey", "metaKey", "altKey"]) assert.equal(press("j", { [held]: true }), null);
  assert.equal(press("Enter"), null);
});
