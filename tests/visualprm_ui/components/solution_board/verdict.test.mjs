import assert from "node:assert/strict";
import { test } from "node:test";
import { answerRows } from "../../../../visualprm_ui/components/solution_board/verdict.js";

test("answer rows: the largest, the rest together, solutions without an answer", () => {
  const answers = [3, 2, 1, 1, 1].map((count, index) => ({
    group: `a${index}`,
    text: String(index),
    count,
    draws: [],
  }));
  const rows = answerRows({ answers, finished: 10 });
  assert.deepEqual(
    rows.map(({ text, count }) => [text, count]),
    [
      ["0", 3],
      ["1", 2],
      ["3 more answers", 3],
      ["no answer", 2],
    ],
  );
  assert.deepEqual(
    answerRows({ answers: [], finished: 0 }).map(({ text, count }) => [text, count]),
    [["None yet", null]],
  );
});
