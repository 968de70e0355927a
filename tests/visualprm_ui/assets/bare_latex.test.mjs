import assert from "node:assert/strict";
import { test } from "node:test";
import { bareAnswer } from "../../../visualprm_ui/assets/bare_latex.js";

test("an answer that is LaTeX as a whole", () => {
  for (const answer of [
    "338 \\mathrm{cm}^2",
    "45^\\circ ",
    "=\\frac{7}{4}",
    "x^{2}",
    "502.65 \\mathrm{~cm}^{3}",
    "24,\\!500",
  ])
    assert.deepEqual(bareAnswer(answer), { choice: "", formula: answer.trim() });
  assert.deepEqual(bareAnswer("(B) \\frac{1}{2}"), { choice: "(B) ", formula: "\\frac{1}{2}" });
});

test("text, and answers that mark their formulas themselves, are none", () => {
  for (const answer of ["55°", "2^10", "$x^{2}$", "Volume $=502.65 \\mathrm{~cm}^{3}$", "", "The angle is 45^\\circ"])
    assert.equal(bareAnswer(answer), null);
});
