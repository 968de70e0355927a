import assert from "node:assert/strict";
import { test } from "node:test";
import { previewText } from "../../../../visualprm_ui/components/admin_board/fill_add.js";

const ALL = { present: 0, equal: 0, unusable: 0, benchmark: 0 };

test("what would be added is said, and what would not", () => {
  assert.equal(previewText({ ...ALL, matching: 0, added: 0 }), "No solution matches.");
  assert.equal(previewText({ ...ALL, matching: 1, present: 1, added: 0 }), "It is in the project already.");
  assert.equal(previewText({ ...ALL, matching: 5, present: 5, added: 0 }), "All of them are in the project already.");
  assert.equal(previewText({ ...ALL, matching: 3, added: 3 }), "3 solutions would be added.");
  assert.equal(
    previewText({ ...ALL, matching: 137, present: 11, equal: 1, added: 125 }),
    "125 solutions would be added. " +
      "11 are in the project already, 1 is word for word the same as another one of the same run.",
  );
});
