import assert from "node:assert/strict";
import { test } from "node:test";
import { added } from "../../../../visualprm_ui/components/dataset_board/bulk_deletion.js";
import { goesSentence } from "../../../../visualprm_ui/components/deletion/sentences.js";

test("what goes with several problems is added up", () => {
  const view = {
    kind: "problem",
    runs: 1,
    solutions: 2,
    scorings: 0,
    file_rows: 1,
    rollout_labels: 2,
    pictures: 1,
    problems: 1,
    tasks: 0,
  };
  const both = added(/** @type {any} */ ([view, { ...view, solutions: 3, pictures: 0 }]));
  assert.equal(
    goesSentence(both),
    "With it go 2 runs, 5 solutions, 2 rows of files, 4 Monte-Carlo measurements and 1 picture.",
  );
});
