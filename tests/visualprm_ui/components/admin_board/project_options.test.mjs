import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, percent } from "../../../../visualprm_ui/components/admin_board/project_options.js";

test("a share is shown as it is stored", () => {
  // which were rounded: 13, 76, 1
  assert.deepEqual([0.125, 0.755, 0.005, 0.07, 0.29, 1].map(percent), ["12.5", "75.5", "0.5", "7", "29", "100"]);
});

test("only what was changed in a project's settings is saved", () => {
  const before = { review_share: "12.5", quiz_pass: "75.5", overlap: "2", order: "random", blind: true };
  assert.deepEqual(changed(before, { ...before }), {});
  assert.deepEqual(changed(before, { ...before, review_share: "7", blind: false }), {
    review_share: 0.07,
    blind: false,
  });
  assert.deepEqual(changed(before, { ...before, quiz_pass: "", overlap: "", order: "uncertain" }), {
    quiz_pass: null,
    overlap: null,
    order: "uncertain",
  });
  assert.deepEqual(
    changed({}, { review_share: "12.3", overlap: "3" }),
    { review_share: 0.123, overlap: 3 },
    "a new project takes all of it",
  );
});
