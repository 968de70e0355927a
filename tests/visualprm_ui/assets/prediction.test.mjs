import assert from "node:assert/strict";
import { test } from "node:test";
import { predictionAgrees } from "../../../visualprm_ui/assets/prediction.js";

test("agreement only where both say something", () => {
  assert.deepEqual(
    [
      [1, 1],
      [1, -1],
      [-1, -1],
      [-1, 1],
      [0, 1],
      [null, 1],
      [1, null],
      [1, undefined],
    ].map(([label, predicted]) => predictionAgrees(label, predicted)),
    [true, false, true, false, null, null, null, null],
  );
});
