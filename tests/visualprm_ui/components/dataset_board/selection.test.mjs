import assert from "node:assert/strict";
import { test } from "node:test";
import { Selection } from "../../../../visualprm_ui/components/dataset_board/selection.js";

test("problems are known as long as every solution was shown", () => {
  const selection = new Selection();
  let changes = 0;
  selection.follow(() => {
    changes += 1;
  });
  selection.set({ solution: "a", problem: "p" }, true);
  selection.set({ solution: "b", problem: "p" }, true);
  assert.deepEqual(selection.problems, ["p"]);
  selection.add(["a", "c"]);
  assert.deepEqual([selection.ids, selection.problems], [["a", "b", "c"], null]);
  selection.set({ solution: "c", problem: "q" }, false);
  assert.deepEqual(selection.problems, ["p"]);
  selection.clear();
  assert.deepEqual([selection.size, changes], [0, 6]);
});
