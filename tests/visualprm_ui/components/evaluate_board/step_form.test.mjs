import assert from "node:assert/strict";
import { test } from "node:test";
import { labelsText } from "../../../../visualprm_ui/components/evaluate_board/step_form.js";

test("whose labels, in words", () => {
  assert.deepEqual(["final", "file:a:b", "person:Ada"].map(labelsText), [
    "Final labels of people",
    "Labels of the file a:b",
    "Labels by Ada",
  ]);
});
