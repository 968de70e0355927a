import assert from "node:assert/strict";
import { test } from "node:test";
import { split } from "../../../visualprm_ui/assets/formulas.js";

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
  for (const text of [
    "$5 and $6",
    "costs \\$5 or \\$6",
    "$ 5 and 6 $",
    "I paid $ 5, then $ 6",
    "between $5-$6",
    "$50 per kg or 60$",
  ])
    assert.deepEqual(shape(text), [["text", text]]);
});

test("formulas beside prices", () => {
  assert.deepEqual(shape("It costs $50 and \\(50 < 80\\), so $y = 50$."), [
    ["text", "It costs $50 and "],
    ["maths", "50 < 80"],
    ["text", ", so "],
    ["maths", "y = 50"],
    ["text", "."],
  ]);
});

test("spaces on one side of a formula's dollars", () => {
  assert.deepEqual(shape("$ (w, l)$ where $ w$ is"), [
    ["maths", " (w, l)"],
    ["text", " where "],
    ["maths", " w"],
    ["text", " is"],
  ]);
});

test("environments and bare commands", () => {
  assert.deepEqual(shape("a \\begin{align*}x&=1\\\\y&=2\\end{align*} b \\boxed{12}, 45^\\circ"), [
    ["text", "a "],
    ["maths", "\\begin{align*}x&=1\\\\y&=2\\end{align*}"],
    ["text", " b "],
    ["maths", "\\boxed{12}"],
    ["text", ", "],
    ["maths", "45^\\circ"],
  ]);
  assert.deepEqual(shape("\\begin{itemize}\\item a\\end{itemize} \\foo{1}"), [
    ["text", "\\begin{itemize}\\item a\\end{itemize} \\foo{1}"],
  ]);
});

test("code holds no formulas", () => {
  for (const text of ["`$x$`", "```\n$a$\n\\(b\\)\n```", "``a ` $x$``", "~~~\n$a$"])
    assert.deepEqual(shape(text), [["text", text]]);
  assert.deepEqual(shape("a ` b $x$").at(-1), ["maths", "x"]);
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

test("an unfinished formula is a tail while text arrives, and text once it is finished", () => {
  for (const [text, tail] of [
    ["so $\\angle A", "$\\angle A"],
    ["so \\(a", "\\(a"],
    ["so \\[ a\n = b", "\\[ a\n = b"],
    ["so \\frac{1}{2", "\\frac{1}{2"],
    ["so \\begin{align} a", "\\begin{align} a"],
  ]) {
    assert.deepEqual(split(text, { streaming: true }).at(-1), {
      kind: "tail",
      text: tail,
      source: tail,
      display: false,
    });
    assert.ok(split(text).every(({ kind }) => kind !== "tail"));
  }
  for (const text of ["$50 and more", "$a\nb", `$${"a".repeat(500)}`])
    assert.deepEqual(
      split(text, { streaming: true }).map(({ kind }) => kind),
      ["text"],
    );
});

test("an opener that stands in its own formula opens none", () => {
  assert.deepEqual(shape("\\(a \\(b\\)"), [
    ["text", "\\(a "],
    ["maths", "b"],
  ]);
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

test("splitting hostile text takes no quadratic time", { timeout: 30_000 }, () => {
  for (const piece of ["$a ", "\\(a", "\\frac{", "`a`", "\\begin{a}", "~~~ a ", "$$a", "{^{"]) {
    const text = piece.repeat(50_000);
    const parts = split(text);
    assert.equal(parts.map(({ source }) => source).join("").length, text.length);
  }
});

test("bare LaTeX: pairs of brackets, spaces between digits, commands of text", () => {
  const maths = (text) =>
    split(text)
      .filter(({ kind }) => kind === "maths")
      .map(({ source }) => source);
  assert.deepEqual(maths("at \\left(4,\\frac{\\pi}{6}\\right)^2 it is"), ["\\left(4,\\frac{\\pi}{6}\\right)^2"]);
  assert.deepEqual(maths("\\left[\\left(1\\right)\\right."), ["\\left[\\left(1\\right)\\right."]);
  assert.deepEqual(maths("24,\\!500 and 1\\,000\\,000.5."), ["24,\\!500", "1\\,000\\,000.5"]);
  assert.deepEqual(maths("\\mathrm{(D)}\\ 1,250, \\textrm{C}"), ["\\mathrm{(D)}\\ 1,250", "\\textrm{C}"]);
  assert.deepEqual(maths("turn \\left, 5\\! a, say\\! 3, \\left( 1"), []);
});
