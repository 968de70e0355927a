import assert from "node:assert/strict";
import { test } from "node:test";
import { commandOf } from "../../../../visualprm_ui/components/evaluate_board/list_keys.js";

const press = (key, more = {}) => commandOf({ key, ctrlKey: false, metaKey: false, altKey: false, ...more });

test("keys of the list; the browser keeps its own", () => {
  assert.deepEqual(
    ["j", "K", "x", "c", "n", "/"].map((key) => press(key)),
    ["down", "up", "mark", "compare", "new", "search"],
  );
  assert.equal(press("c", { ctrlKey: true }), null);
  assert.equal(press("q"), null);
});
