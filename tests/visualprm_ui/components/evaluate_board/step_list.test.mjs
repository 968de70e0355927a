import assert from "node:assert/strict";
import { test } from "node:test";
import { whoseText } from "../../../../visualprm_ui/components/evaluate_board/step_list.js";

test("whose a label is", () => {
  assert.deepEqual(["people", "person:Ada", "file:a:b", "other"].map(whoseText), [
    "by people",
    "by Ada",
    "from a:b",
    "other",
  ]);
});
