import assert from "node:assert/strict";
import { test } from "node:test";
import { costWords } from "../../../../visualprm_ui/components/evaluate_board/new_dialog.js";

test("the cost is told before the start; a time that is not known is no time", () => {
  const set = { solutions: 2866 };
  assert.deepEqual(
    costWords({ seconds: null, waits_behind: 0, already: 0, set }).map(([number]) => number),
    ["–", "next", "2,866"],
  );
  assert.deepEqual(
    costWords({ seconds: 2280, waits_behind: 1, already: 1200, set }).map(([number]) => number),
    ["38 min", "2nd", "1,666"],
  );
  const asked = { seconds: 1, waits_behind: 0, set, dev: { solutions: 134 } };
  const toScore = (already) => costWords({ ...asked, already })[2].join(" ");
  assert.equal(toScore(0), "3,000 solutions to score");
  assert.equal(toScore(2999), "1 solution to score: 2,999 of 3,000 are scored");
});
