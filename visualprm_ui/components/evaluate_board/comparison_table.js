// The figures of a comparison as a table in a text file. Pure.

import { markdownCell } from "./markdown_cell.js";

/** @import { ComparedRow, Comparison, Estimate } from "../../assets/api.d.ts" */

const HEAD = ["part", "name", "steps", "a", "a_low", "a_high", "b", "b_low", "b_high", "difference", "low", "high"];

/**
 * Rows in [0, 1], unrounded; what is undefined is empty.
 * @param {Pick<Comparison, "pooled" | "f1_correct" | "f1_wrong" | "sources" | "places">} found
 */
function rowsOf({ pooled, f1_correct: correct, f1_wrong: wrong, sources, places }) {
  const ends = (/** @type {Estimate} */ { value, low, high }) => [value, low, high];
  const row = (/** @type {string} */ part, /** @type {ComparedRow} */ { name, steps, a, b, difference }) =>
    [part, name ?? "", steps, ...ends(a), ...ends(b), ...ends(difference)].map((cell) => String(cell ?? ""));
  return [
    row("macro_f1", pooled),
    row("f1_correct", correct),
    row("f1_wrong", wrong),
    ...sources.map((each) => row("source", each)),
    ...places.map((each) => row("place", each)),
  ];
}

/**
 * @param {Parameters<typeof rowsOf>[0]} found
 * @param {"csv" | "markdown"} format
 */
export function comparisonTable(found, format) {
  const rows = [HEAD, ...rowsOf(found)];
  if (format === "csv") return `${rows.map((row) => row.map(csvCell).join(",")).join("\n")}\n`;
  const line = (/** @type {string[]} */ row) => `| ${row.map(markdownCell).join(" | ")} |`;
  return [line(rows[0]), line(HEAD.map(() => "---")), ...rows.slice(1).map(line), ""].join("\n");
}

/**
 * A cell that a spreadsheet takes as text, whatever it begins with.
 * @param {string} text
 */
function csvCell(text) {
  const isNumber = text !== "" && Number.isFinite(Number(text));
  const safe = !isNumber && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
