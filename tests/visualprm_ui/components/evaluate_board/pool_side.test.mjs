import assert from "node:assert/strict";
import { test } from "node:test";

import { spent } from "../../../../visualprm_ui/components/evaluate_board/pool_side.js";

test("what servers counted is said, and nothing where none was asked", () => {
  const usage = [{ model: "m", requests: 2, counted: 2, read: 1234, written: 56, cost: 1.5 }];
  assert.equal(spent({ tokens: null, seconds: 14, usage: [] }), "The pools took 14 s.");
  assert.equal(
    spent({ tokens: 5678, seconds: 14, usage }),
    "The pools took 5,678 tokens and 14 s. Servers counted m: 1,234 tokens read, 56 written, cost 1.50.",
  );
});
