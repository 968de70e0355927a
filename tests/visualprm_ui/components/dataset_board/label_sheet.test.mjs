import assert from "node:assert/strict";
import { test } from "node:test";
import { decisionProblem } from "../../../../visualprm_ui/components/dataset_board/label_sheet.js";

test("a decision leaves no step in dispute, unless the steps cannot be judged", () => {
  const labels = [null, 1, null, 1, null];
  assert.equal(decisionProblem(null, labels, [0, 2, 4]), "Choose a cause first.");
  assert.equal(decisionProblem("slip", labels, [0, 2, 4]), "Steps 1, 3 and 5 are still open: their labels differ.");
  assert.equal(
    decisionProblem("slip", labels.with(4, 0), [0, 2, 4]),
    "Steps 1 and 3 are still open: their labels differ.",
  );
  assert.equal(decisionProblem("slip", labels, [1, 2]), "Step 3 is still open: its labels differ.");
  assert.equal(decisionProblem("slip", labels.with(2, -1), [1, 2]), "", "a step that everybody left out may stay out");
  assert.equal(decisionProblem("slip", Array(5).fill(null), []), "Decide at least one step.");
  assert.equal(decisionProblem("bad_split", Array(5).fill(null), [0, 2, 4]), "");
});
