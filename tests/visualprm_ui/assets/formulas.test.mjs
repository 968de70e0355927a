import assert from "node:assert/strict";
import { test } from "node:test";
import { split, visible } from "../../../visualprm_ui/assets/formulas.js";

const shape = (text) => split(text).map(({ kind, text: inner }) => [kind, inner]);

test("plain text is one part, empty text none", () => {
  assert.deepEqual(shape("no formula"), [["text", "no formula"]]);
  assert.deepEqual(shape(""), []);
});

test("all four delimiters", () => {
  assert.deepEqual(shape("a $x$ b"), [
    ["text", "a "],
    ["maths", "x"],
    ["text", " b"],
  ]);
  assert.deepEqual(shape("\\(x\\)\\[y\\]$$z$$"), [
    ["maths", "x"],
    ["maths", "y"],
    ["maths", "z"],
  ]);
  assert.deepEqual(
    split("\\(x\\)\\[y\\]$$z$$").map((part) => part.display),
    [false, true, true],
  );
});

test("prices are not formulas", () => {
  assert.deepEqual(shape("$5 and $6"), [
    ["text", "$5 and "],
    ["tail", "$6"],
  ]);
  assert.deepEqual(shape("costs \\$5 or \\$6"), [["text", "costs $5 or $6"]]);
  assert.deepEqual(shape("$ 5 and 6 $"), [["text", "$ 5 and 6 $"]]);
});

test("a formula with spaces inside its dollars", () => {
  assert.deepEqual(shape("$ x = 5 $."), [
    ["maths", " x = 5 "],
    ["text", "."],
  ]);
});

test("an escaped dollar and braces inside a formula", () => {
  assert.deepEqual(shape("$a\\$b$"), [["maths", "a\\$b"]]);
  assert.deepEqual(shape("$\\{x\\}$"), [["maths", "\\{x\\}"]]);
});

test("an unfinished formula is a tail, the last part", () => {
  assert.deepEqual(shape("so $\\angle A"), [
    ["text", "so "],
    ["tail", "$\\angle A"],
  ]);
  assert.deepEqual(shape("so \\(a"), [
    ["text", "so "],
    ["tail", "\\(a"],
  ]);
});

test("a dollar that can no longer close is text", () => {
  assert.deepEqual(shape("$a\nb"), [["text", "$a\nb"]]);
  assert.deepEqual(shape(`$${"a".repeat(500)}`), [["text", `$${"a".repeat(500)}`]]);
});

test("empty formulas are text", () => {
  assert.deepEqual(shape("\\(\\) \\[ \\]"), [["text", "\\(\\) \\[ \\]"]]);
});

test("the sources put together are the text", () => {
  for (const text of [
    "a $x$, \\[y\\] $" + "{alert(1)} {{x}} $",
    "{".repeat(500),
    "$".repeat(501),
    "\\".repeat(501),
    "$a$$b$ $c",
  ]) {
    assert.equal(
      split(text)
        .map((part) => part.source)
        .join(""),
      text,
    );
  }
});

test("hostile text stays text", () => {
  assert.deepEqual(shape("<img src=x onerror=alert(1)>"), [["text", "<img src=x onerror=alert(1)>"]]);
});

test("control characters and overrides become visible", () => {
  assert.equal(visible("a\u0000b\u202ec\nd\te"), "a\u2400b\ufffdc\nd\te");
});

test("splitting hostile text takes no quadratic time", { timeout: 30_000 }, () => {
  const text = "$a ".repeat(400_000); // in quadratic time some hours
  assert.equal(split(text).at(-1)?.text.slice(-3), "$a ");
});
