import assert from "node:assert/strict";
import { test } from "node:test";
import { arithmetic } from "../../../visualprm_ui/assets/maths.js";

test("sums are text that needs no KaTeX, spaced as it would space them", () => {
  assert.equal(arithmetic("100-11=89"), "100 − 11 = 89");
  assert.equal(arithmetic("2 \\cdot 47=(3+1)\\times5"), "2 ⋅ 47 = (3 + 1) × 5");
  assert.equal(arithmetic("-3<0.5"), "−3 < 0.5");
  assert.equal(arithmetic("4-(-2)"), "4 − (−2)");
  assert.equal(arithmetic("55"), "55");
});

test("everything else is a formula", () => {
  for (const text of ["x=2", "\\frac{1}{2}", "2^3", "\\cdots 3", "90^\\circ", "5\\%", "{3}"])
    assert.equal(arithmetic(text), null, text);
});
