import assert from "node:assert/strict";
import { test } from "node:test";
import { aboutProblems } from "../../../../visualprm_ui/components/evaluate_board/subset_fields.js";

test("a part of a set is said to be drawn, with what is left out", () => {
  const set = { problems: 1200, unanswered: 3 };
  const lacking = " 3 without a reference answer left out.";
  assert.equal(aboutProblems(set, null), `1,200 problems.${lacking}`);
  assert.equal(aboutProblems(set, 1200), `1,200 problems.${lacking}`);
  assert.equal(aboutProblems(set, Number.NaN), `1,200 problems.${lacking}`); // not typed yet
  const drawn = "50 of 1,200 problems, drawn at random; the same seed draws the same ones.";
  assert.equal(aboutProblems(set, 50), drawn + lacking);
  assert.equal(aboutProblems({ ...set, unanswered: 0 }, 50), drawn);
});
