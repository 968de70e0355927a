import assert from "node:assert/strict";
import { test } from "node:test";
import { ruleText } from "../../../../visualprm_ui/components/dataset_board/label_sheet.js";

test("a step without a final label says why", () => {
  const final = [{ label: null, rule: "none" }];
  const said = (...labels) => ruleText({ annotations: labels.map((label) => ({ labels: [label] })), final }, 0);
  assert.equal(said(), "not labelled yet"); // it said "none"
  assert.equal(said(null), "nobody labelled this step");
  assert.equal(said(1, -1), "people differ, not decided");
  assert.equal(ruleText({ annotations: [], final: [{ label: 1, rule: "single" }] }, 0), "one annotator");
});
