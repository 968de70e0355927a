// Texts made to be slow: each, of 60,000 characters, is read within two seconds of CPU.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseBlocks, parseLine } from "../../../visualprm_ui/assets/markdown.js";

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
