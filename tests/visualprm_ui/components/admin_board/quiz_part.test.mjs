import assert from "node:assert/strict";
import { test } from "node:test";
import { itemText, resultText } from "../../../../visualprm_ui/components/admin_board/quiz_part.js";

test("a result says how many steps were right and how many had to be", () => {
  const result = { state: "failed", right: 2, steps: 4, at: "" };
  assert.equal(resultText(result, 0.75), "Failed: 2 of 4 steps right, 3 needed.");
  assert.equal(resultText({ ...result, state: "passed" }, null), "Passed: 2 of 4 steps right.");
  assert.equal(resultText({ ...result, steps: 10 }, 0.7), "Failed: 2 of 10 steps right, 7 needed.");
  assert.equal(resultText(null, 0.75), "Not finished yet.");
});

test("an item that is skipped or not begun is not counted as if it had labels", () => {
  const item = { gold_labels: [1, -1], labels: [1, 0], skip_reason: null, submitted: true };
  assert.equal(itemText(item), "1 of 2 steps right");
  assert.equal(itemText({ ...item, labels: [1, null], submitted: false }), "1 of 2 steps right, not submitted yet");
  assert.equal(itemText({ ...item, labels: null }), "Not begun.");
  assert.equal(
    itemText({ ...item, labels: null, skip_reason: "bad_problem" }),
    "Skipped: The problem is faulty. Counts as 2 wrong answers.",
  );
});
