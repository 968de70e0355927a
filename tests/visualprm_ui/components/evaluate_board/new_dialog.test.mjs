import assert from "node:assert/strict";
import { test } from "node:test";
import { costWords } from "../../../../visualprm_ui/components/evaluate_board/new_dialog.js";

test("the cost is told before the start; a time that is not known is no time", () => {
  const set = { solutions: 2866 };
  assert.deepEqual(
    costWords({ seconds: null, waits_behind: 0, already: 0, set }).map(([number]) => number),
    ["–", "next", "0"],
  );
  assert.deepEqual(
    costWords({ seconds: 2280, waits_behind: 1, already: 1200, set }).map(([number]) => number),
    ["38 min", "2nd", "1,200"],
  );
  const [, , words] = costWords({ seconds: 1, waits_behind: 0, already: 0, set, dev: { solutions: 134 } });
  assert.equal(words[1], "of 3,000 scored before, and not again");
});
