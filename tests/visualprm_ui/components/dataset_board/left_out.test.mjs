import assert from "node:assert/strict";
import { test } from "node:test";
import { whyLeftOut } from "../../../../visualprm_ui/components/dataset_board/left_out.js";

test("every reason is said with its count", () => {
  const none = { present: 0, equal: 0, unusable: 0, benchmark: 0 };
  assert.equal(whyLeftOut(none), "");
  assert.equal(whyLeftOut({ ...none, unusable: 1 }), "1 is without a step, or cancelled.");
  assert.equal(
    whyLeftOut({ ...none, present: 1200, benchmark: 800 }),
    "1,200 are in the project already. " +
      "800 solutions of the built-in nano benchmark are left out; give “nano benchmark” as the source to have them.",
  );
});
