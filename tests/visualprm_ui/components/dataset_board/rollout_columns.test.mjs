import assert from "node:assert/strict";
import { test } from "node:test";
import { countTexts } from "../../../../visualprm_ui/components/dataset_board/rollout_columns.js";

const STEP = { label: 1, reached: 12, drawn: 16, cut_off: 0, unread: 0, interval: [0.505, 0.898], is_own: false };

test("a count has its interval, and what did not end or could not be read apart", () => {
  assert.deepEqual(countTexts(STEP), { count: "12 / 16", details: ["95 %: 0.51 to 0.90"] });
  assert.deepEqual(countTexts({ ...STEP, interval: null, cut_off: 2, unread: 1 }), {
    count: "12 / 16",
    details: ["2 cut off", "1 unread"],
  });
});

test("what was not measured is no count of 0, and the last step says what the solution comes to", () => {
  assert.deepEqual(countTexts({ ...STEP, reached: 0, drawn: 0, interval: null }), {
    count: "not measured",
    details: [],
  });
  const own = { ...STEP, reached: 0, drawn: 1, interval: null, is_own: true };
  assert.equal(countTexts(own).count, "answer wrong");
  assert.equal(countTexts({ ...own, reached: 1 }).count, "answer right");
  assert.equal(countTexts({ ...own, unread: 1 }).count, "no answer read");
});
