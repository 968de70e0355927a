import assert from "node:assert/strict";
import { test } from "node:test";
import { comparisonTable } from "../../../../visualprm_ui/components/evaluate_board/comparison_table.js";

const estimate = (value, low = null, high = null) => ({ value, low, high, reason: null });
const row = (name) => ({
  name,
  steps: 4,
  a: estimate(0.5, 0.4, 0.6),
  b: estimate(null),
  difference: estimate(-0.1, -0.2, 0),
});
const FOUND = {
  pooled: row(null),
  f1_correct: row(null),
  f1_wrong: row(null),
  sources: [row('=evil, "quoted"')],
  places: [row("11+")],
};

test("every row, unrounded; what is undefined is empty, never 0", () => {
  const lines = comparisonTable(FOUND, "csv").trimEnd().split("\n");
  assert.equal(lines.length, 6);
  assert.equal(lines[1], "macro_f1,,4,0.5,0.4,0.6,,,,-0.1,-0.2,0");
  assert.equal(lines[4].slice(0, 29), `source,"'=evil, ""quoted""",4`, "a spreadsheet runs no source's name");
  assert.match(lines[5], /^place,11\+,4/);
});

test("as Markdown", () => {
  const lines = comparisonTable(FOUND, "markdown").split("\n");
  assert.match(lines[0], /^\| part \| name \| steps /);
  assert.match(lines[1], /^\| --- \| ---/);
  assert.match(lines[2], /^\| macro_f1 \| {2}\| 4 \| 0\.5/);
});

test("a source's name makes nothing of a Markdown table but its cell", () => {
  const sources = [row("a\\|b\n<img src=x> http://evil.example\u202e")];
  const lines = comparisonTable({ ...FOUND, sources }, "markdown").split("\n");
  assert.equal(lines.length, 8);
  assert.equal(lines[5].split(" | ")[1], "a\\\\\\|b \\<img src=x> http`://`evil.example\ufffd");
});
