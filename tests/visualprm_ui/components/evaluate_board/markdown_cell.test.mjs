// The browser's half of the rule for cells of Markdown tables; test_markdown_cells.py holds the engine to the same
// cases.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import markdownIt from "../../../../visualprm_ui/assets/markdown-it/markdown-it.min.js";
import { markdownCell } from "../../../../visualprm_ui/components/evaluate_board/markdown_cell.js";

const { cases } = JSON.parse(readFileSync(new URL("../../../cases/markdown_cells.json", import.meta.url), "utf8"));

for (const { about, text, cell } of cases)
  test(`a cell: ${about}`, () => {
    assert.equal(markdownCell(text), cell);
  });

const parser = markdownIt("default", { html: true, linkify: true });

/** The tokens of a table's only cell, by Markdown that reads HTML and links addresses. */
function contents(cell) {
  const tokens = parser.parse(`| a |\n| --- |\n| ${cell} |`, {}).filter(({ type }) => type === "inline");
  assert.equal(tokens.length, 2);
  return tokens[1].children;
}

for (const { about, text } of cases)
  test(`a cell shows its text and makes nothing else: ${about}`, () => {
    const found = contents(markdownCell(text));
    assert.deepEqual(
      new Set([...found.map(({ type }) => type), "text", "code_inline"]),
      new Set(["text", "code_inline"]),
    );
    const stored = [...text.replace(/[\t-\r \x85\u2028\u2029]+/g, " ").trim()];
    const shown = [...found.map(({ content }) => content).join("")];
    assert.equal(shown.length, stored.length);
    for (const [at, char] of shown.entries()) assert.ok(char === stored[at] || char === "\ufffd");
  });

test("the same Markdown makes links of addresses that are left as they are", () => {
  for (const text of ["http://evil.example", "a@b.example", "<b>", "~~a~~"])
    assert.ok(
      contents(text).some(({ type }) => type !== "text"),
      text,
    );
});
