import assert from "node:assert/strict";
import { test } from "node:test";
import { atLeast } from "../../../../visualprm_ui/components/dataset_board/browse_chips.js";

test("disagreement counts those with at least as many steps", () => {
  const counts = [
    [0, 5],
    [3, 1],
    [1, 2],
  ].map(([steps, solutions]) => ({ value: String(steps), name: String(steps), solutions }));
  assert.deepEqual(
    atLeast(counts).map(({ value, solutions }) => [value, solutions]),
    [
      ["1", 3],
      ["3", 1],
    ],
  );
});
