import assert from "node:assert/strict";
import { test } from "node:test";
import { countText } from "../../../../visualprm_ui/components/dataset_board/browse_counts.js";

test("what is missing from the list is said with its reason", () => {
  assert.equal(countText({ total: 829, all: 829, in_work: 0 }), "829 solutions");
  assert.equal(countText({ total: 828, all: 829, in_work: 1 }), "828 solutions; 1 more is left out while you label it");
  assert.equal(
    countText({ total: 1, all: 1829, in_work: 2 }),
    "1 solution of 1,829; 2 more are left out while you label them",
  );
});
