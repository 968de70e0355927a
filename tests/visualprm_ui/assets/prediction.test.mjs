import assert from "node:assert/strict";
import { test } from "node:test";
import { scoreAgrees } from "../../../visualprm_ui/assets/prediction.js";

test("agreement only where both say something", () => {
  assert.deepEqual(
    [
      [1, 0.5],
      [1, 0.49],
      [-1, 0.49],
      [-1, 0.5],
      [0, 0.9],
      [null, 0.9],
      [1, null],
      [1, undefined],
    ].map(([label, score]) => scoreAgrees(label, score)),
    [true, false, true, false, null, null, null, null],
  );
});
