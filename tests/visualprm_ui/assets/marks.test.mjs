import assert from "node:assert/strict";
import { test } from "node:test";
import { cut, cutPlain, pieces, sourceOf } from "../../../visualprm_ui/assets/marks.js";

const kinds = (text, options) => cut(text, options).marks.map(({ kind, source }) => [kind, source]);

test("what was cut out can be put back", () => {
  for (const text of ["a $x$ b\u200b\u200b \\[y\\] `$z$`", "> 5\n> quoted", "\u{f0000}\ue000 private", "plain", ""]) {
    const { text: masked, marks } = cut(text);
    assert.equal(sourceOf(masked, marks), text);
  }
});

test("names of pictures that there are", () => {
  assert.deepEqual(kinds("<image1> <image 2> <image3> <IMAGE_1>", { pictures: 2 }), [
    ["picture", "<image1>"],
    ["picture", "<image 2>"],
    ["picture", "<IMAGE_1>"],
  ]);
  assert.deepEqual(kinds("<image1>"), []);
  const spellings = ["<image-1>", "<|image_1|>", "<img1>", "<image1", "<img 1>"];
  for (const name of spellings) assert.deepEqual(kinds(`a ${name}\nb`, { pictures: 1 }), [["picture", name]]);
  assert.deepEqual(kinds("a <image1 b <image|1> <|image1> <images> <image 3>", { pictures: 2 }), []);
});

test("names of pictures without a number count through all pictures, or there is one", () => {
  const numbers = (text, pictures) => cut(text, { pictures }).marks.map(({ number }) => number);
  assert.deepEqual(numbers("<image> and <image>, <image1>", 2), [1, 2, 1]);
  assert.deepEqual(numbers("<image> and again <|image|>", 1), [1, 1]);
  assert.deepEqual(numbers("<image> of three", 3), []);
});

test("a sign of comparison at the start of a line is no quotation", () => {
  assert.deepEqual(kinds("x\n> 5\n> quoted\n- > $y$"), [
    ["maths", "$y$"],
    ["sign", ">"],
    ["sign", ">"],
  ]);
});

test("pieces of a cut text", () => {
  const { text, marks } = cut("a $x$!");
  assert.deepEqual(
    pieces(text, marks).map((piece) => (typeof piece === "string" ? piece : piece.source)),
    ["a ", "$x$", "!"],
  );
});

test("an unfinished formula is left out while text arrives", () => {
  assert.equal(cut("so $\\frac{1}", { streaming: true }).text, "so ");
  assert.equal(cut("so $\\frac{1}").text, "so $\\frac{1}");
});

test("no text has so many marks that a browser takes seconds to draw them", () => {
  const { marks, text } = cut(`${"\u202e\u2066".repeat(25_000)}a\u202eb`);
  assert.equal(marks.length, 2000);
  assert.match(text, /^.{2000}\ufffda\ufffdb$/u); // one sign for those side by side: that there is something is seen
  assert.equal(cut("$x$ ".repeat(1000)).marks.length, 1000);
});

test("a text with more formulas than are set is not read as Markdown, as those left in it would be", () => {
  // "$\\{a\\}$" became "${a}$", U+202E turned the page around, and a stored U+F0000 came back as the first formula
  for (const last of ["$\\{a\\}$", "$50\\%$", "$_b_$", "$y\u202e$", "$y\u{f0000}$"]) {
    const text = "$x$ ".repeat(1000) + last;
    assert.equal(cut(text), null);
    const { text: masked, marks } = cutPlain(text);
    assert.equal(sourceOf(masked, marks), text);
    assert.doesNotMatch(masked, /\u202e/);
  }
});

test("a text that is shown as it is stored has no marks but those of unseen characters", () => {
  assert.deepEqual(cutPlain("$x$ <image1>\r\n> 5\u200b").marks, [{ kind: "unseen", source: "\u200b" }]);
});
