import assert from "node:assert/strict";
import { test } from "node:test";
import { fileName } from "../../../../visualprm_ui/components/evaluate_board/save_chart.js";

test("a chart is saved under its name", () => {
  assert.equal(fileName("Is a score a probability?"), "is-a-score-a-probability");
  assert.equal(fileName("得分"), "chart");
});
