import assert from "node:assert/strict";
import { test } from "node:test";
import { parseBlocks, parseLine } from "../../../visualprm_ui/assets/markdown.js";

/** The marks of the first line of text, its plain text between them. */
const line = (text) =>
  parseLine(text)[0]
    .children.filter(({ type, content }) => type !== "text" || content)
    .map(({ type, content, markup, nesting }) =>
      type === "text" ? content : nesting < 0 ? `/${markup}` : markup || type,
    );
const blocks = (text) => parseBlocks(text)?.flatMap(({ type, nesting, info }) => (nesting < 0 ? [] : [type + info]));

test("emphasis", () => {
  assert.deepEqual(line("**a** or **b** and *c*."), [
    "**",
    "a",
    "/**",
    " or ",
    "**",
    "b",
    "/**",
    " and ",
    "*",
    "c",
    "/*",
    ".",
  ]);
  assert.deepEqual(line("**答案：**3"), ["**", "答案：", "/**", "3"]);
  assert.deepEqual(line("答案是**正确**的"), ["答案是", "**", "正确", "/**", "的"]);
});

test("signs of arithmetic are no emphasis", () => {
  for (const text of ["2*3*4 = 24", "2**3**4", "x*(y+1)*z", "2 *3 + 4* 5", "a * b * c", "x_1 + y_2", "2 * 3 *"])
    assert.deepEqual(line(text), [text]);
});

test("LaTeX keeps its backslashes, Markdown's escapes lose theirs", () => {
  assert.deepEqual(line("\\frac \\\\ \\[ \\, \\( \\$5 \\* \\_"), ["\\frac \\\\ \\[ \\, \\( $5 * _"]);
});

test("nothing is decoded or left out", () => {
  assert.deepEqual(line("&lt;b&gt; <b>x</b> <http://x.y>"), ["&lt;b&gt; <b>x</b> <http://x.y>"]);
  assert.deepEqual(blocks("[1]: see the figure"), ["paragraph_open", "inline"]);
  assert.deepEqual(blocks("a\n---\nb"), ["paragraph_open", "inline", "hr", "paragraph_open", "inline"]);
});

test("a text of which Markdown would leave out words is not read as Markdown", () => {
  assert.equal(parseBlocks("| a | b |\n|---|---|\n| 1 | 2 | 3 |"), null);
  assert.equal(parseBlocks(`${"> ".repeat(200)}deep`), null);
});

test("links need an address, pictures keep their source", () => {
  assert.deepEqual(line("f[1](2)"), ["f[1](2)"]);
  assert.deepEqual(
    parseLine("[a](https://x.y/z)")[0].children.map(({ type }) => type),
    ["link_open", "text", "link_close"],
  );
  assert.equal(parseLine("![a](https://x.y/z.png)")[0].children[0].content, "![a](https://x.y/z.png)");
});

test("list items keep their numbers; indentation is no code", () => {
  assert.deepEqual(
    blocks("1. a\n1. b\n5. c").filter((type) => type.startsWith("list_item")),
    ["list_item_open1", "list_item_open1", "list_item_open5"],
  );
  assert.deepEqual(blocks("     - a\n     - b").slice(0, 2), ["bullet_list_open", "list_item_open"]);
  assert.deepEqual(blocks("a\n\n      b"), ["paragraph_open", "inline", "paragraph_open", "inline"]);
});

test("hostile text takes no quadratic time", { timeout: 30_000 }, () => {
  for (const piece of ["**a ", "[", "![", "> ", "- ", "`", "*_", "| a ", "[a](", "\\"])
    parseBlocks(piece.repeat(20_000));
});

// Texts made to be slow: each, of 60,000 characters, is read within two seconds of CPU.

const LENGTH = 60_000;
const MOST_MICROSECONDS = 2_000_000;

/** @param {string} part */
const often = (part) => part.repeat(Math.ceil(LENGTH / part.length)).slice(0, LENGTH);

const TEXTS = {
  stars: often("*"),
  "open emphasis": often("**a "),
  "mixed emphasis": often("*a **b _c __d "),
  "closing emphasis": `${often("a*")} ${often("a**")}`,
  "open brackets": often("["),
  links: often("[a]("),
  "nested links": often("[a](b)["),
  pictures: often("![a]("),
  "code spans": Array.from({ length: 340 }, (_, at) => "`".repeat(at + 1)).join(" "),
  "open dollars": often("$a "),
  "open LaTeX": often("\\("),
  quotes: `${often("> ")}x`,
  lists: often("- "),
  "indented lists": Array.from({ length: 340 }, (_, at) => `${" ".repeat(at)}- a`).join("\n"),
  numbers: often("1. "),
  "table rows": `|a|b|\n|-|-|\n${often("|a|b|\n")}`,
  "table columns": `${often("|a")}|\n${often("|-")}|\n`,
  fences: often("```\n"),
  headings: often("# "),
  "thematic breaks": often("---\n"),
  "raw HTML": often("<a "),
  comments: often("<!-- "),
  entities: often("&amp"),
  references: often("[a]: b\n"),
  backslashes: often("\\"),
  "joined marks": often("a\u0301"),
  lines: often("\n"),
};

for (const [name, text] of Object.entries(TEXTS)) {
  test(`${name} are read in time`, () => {
    const before = process.cpuUsage();
    parseBlocks(text);
    parseLine(text);
    const { user, system } = process.cpuUsage(before);
    assert.ok(user + system < MOST_MICROSECONDS, `took ${(user + system) / 1000} ms of CPU`);
  });
}
