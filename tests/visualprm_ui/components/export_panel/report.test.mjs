import assert from "node:assert/strict";
import { test } from "node:test";
import { figuresOf, notesOf, sizeText } from "../../../../visualprm_ui/components/export_panel/report.js";

const FULL = {
  rows: 9,
  images: 1,
  steps: null,
  disputed: null,
  skipped: null,
  sent_back: null,
  left_out: ["accounts"],
};

test("what a format does not count is left out, and never 0", () => {
  assert.deepEqual(figuresOf(FULL), [
    [9, "rows"],
    [1, "picture"],
  ]);
  const left = figuresOf({ ...FULL, skipped: 39, sent_back: 1 }).slice(2);
  assert.deepEqual(left, [
    [39, "left out: not every step has a label"],
    [1, "left out: sent back to be labelled again"],
  ]);
  const words = figuresOf({ ...FULL, steps: 0, disputed: 2, skipped: 0 }).map(([count, text]) => `${count} ${text}`);
  assert.deepEqual(words, ["9 rows", "1 picture", "0 labelled steps", "2 disputed: the newest label counts"]);
});

test("what cannot be held is said with its count", () => {
  const report = { ...FULL, neutral_policy: "counted as wrong", cannot_hold: { pictures: 1, "soft labels": 2 } };
  assert.deepEqual(notesOf({ ...report, labels_by: { people: 3 }, equal: 0 }), [
    "Neutral steps: counted as wrong.",
    "This format cannot hold pictures: 1 solution.",
    "This format cannot hold soft labels: 2 solutions.",
    "Rows by whose labels they have: people 3.",
    "Never in this format: accounts.",
  ]);
});

test("what masks keep and leave out is said with its number", () => {
  const masked = { "steps that are neither wrong nor correct by their share": 1200, "solutions not among the best": 3 };
  const report = { ...FULL, rows: 4, correct: 5, neutral: 0, wrong: 2, neutral_policy: "kept as 0", masked };
  assert.deepEqual(notesOf(report).slice(1, 4), [
    "Kept: 7 labelled steps of 4 solutions.",
    "Left out: 1,200 steps that are neither wrong nor correct by their share.",
    "Left out: 3 solutions not among the best.",
  ]);
  assert.equal(notesOf({ ...report, masked: {} }).length, 2);
});

test("what is left out of the built-in benchmark is said with its number", () => {
  const [, note] = notesOf({ ...FULL, neutral_policy: "kept as 0", benchmark_left_out: 800 });
  assert.equal(
    note,
    "800 rows of the built-in nano benchmark are left out; give “nano benchmark” as the source to have them.",
  );
});

test("sizes are told as people tell them", () => {
  assert.deepEqual([10, 16_200, 24e6, 2.5e9].map(sizeText), ["1 kB", "16 kB", "24 MB", "2.5 GB"]);
});
