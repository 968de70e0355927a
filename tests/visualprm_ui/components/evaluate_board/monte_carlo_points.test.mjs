import assert from "node:assert/strict";
import { test } from "node:test";
import { labelsQuery, pageOf } from "../../../../visualprm_ui/components/evaluate_board/address.js";
import {
  countsOf,
  differentThresholds,
  keyOf,
  leftOut,
  measuredOptions,
  pointAt,
  rangeWords,
  shareWords,
  thresholdOf,
  trustedOptions,
} from "../../../../visualprm_ui/components/evaluate_board/monte_carlo_points.js";

const POINTS = [0, 0.125, 0.5].map((threshold) => ({ threshold }));
const SETS = [
  { name: "Blind", labels: "final", project: "p1", data_source: null, solutions: 3 },
  { name: "geo", labels: "file:checker", project: null, data_source: "geo", solutions: 9 },
  { name: "geo, Monte-Carlo by nano", labels: "monte_carlo:nano", project: null, data_source: "geo", solutions: 9 },
  { name: "sums, Monte-Carlo by nano", labels: "monte_carlo:nano", project: null, data_source: "sums", solutions: 2 },
];

test("between two points nothing changes", () => {
  const at = [0, 0.1249, 0.125, 0.49, 0.5, 0.99].map((threshold) => pointAt(POINTS, threshold).threshold);
  assert.deepEqual(at, [0, 0, 0.125, 0.125, 0.5, 0.5]);
});

/** A point that calls so many steps correct; null: undefined. */
const calling = (threshold, count) => ({
  threshold,
  confusion: count === null ? null : { true_positives: count, false_positives: 1 },
});
const rowsOf = (points) =>
  differentThresholds(points).map((row) => [shareWords(row.threshold), rangeWords(row), row.point.confusion]);

test("a threshold has a row where it calls steps differently, which names how far it holds", () => {
  // of 4 completions a step: 16 rows of thresholds were 4 different ones, each four times
  const four = [calling(0, 9), calling(0.25, 6), calling(0.5, 4), calling(0.75, 1)];
  assert.deepEqual(
    rowsOf(four).map(([name, range]) => `${name} ${range}`),
    ["0 same below 1/4", "1/4 same below 1/2", "1/2 same below 3/4", "3/4 same below 1"],
  );
  const sixteen = Array.from({ length: 16 }, (_, at) => calling(at / 16, 20 - at));
  assert.equal(rowsOf(sixteen).length, 16);
  assert.ok(rowsOf(sixteen).every(([, range]) => range === ""));
  const thirds = [calling(0, 9), calling(1 / 3, 6), calling(2 / 3, 4)];
  assert.deepEqual(
    rowsOf(thirds).map(([name]) => name),
    ["0", "0.3333", "0.6667"],
  );
  assert.deepEqual(rowsOf([calling(0, 9)]), [["0", "same below 1", calling(0, 9).confusion]]);
});

test("of many shares, or undefined ones, the sixteenths that differ have rows", () => {
  const hundredths = Array.from({ length: 100 }, (_, at) => calling(at / 100, at < 50 ? 9 : 3));
  assert.deepEqual(
    rowsOf(hundredths).map(([name, range]) => `${name} ${range}`),
    ["0 same below 1/2", "1/2 same below 1"],
  );
  const stopped = hundredths.map(({ threshold }) => calling(threshold, threshold === 0 ? 9 : null));
  assert.deepEqual(rowsOf(stopped), [
    ["0", "", calling(0, 9).confusion],
    ["1/16", "same below 1", null],
  ]);
});

test("an undefined threshold has no counts, and no 0", () => {
  const none = { value: null, low: null, high: null, reason: "Stopped." };
  const figures = { macro_f1: none, f1_correct: none, f1_wrong: none, accuracy: none, called_correct: none };
  assert.equal(countsOf({ threshold: 0.5, confusion: null, ...figures }), null);
  const confusion = { true_positives: 4, false_positives: 3, false_negatives: 2, true_negatives: 1 };
  const counted = countsOf({ threshold: 0, confusion, ...figures });
  assert.deepEqual(counted.right, { correct: 4, wrong: 3 });
  assert.deepEqual(counted.wrong, { correct: 2, wrong: 1 });
  assert.equal(counted.macroF1, null);
});

test("shares are said as they were counted", () => {
  assert.deepEqual([0, 1, 0.5, 0.25, 0.0625, 0.9375, 0.3].map(shareWords), [
    "0",
    "1",
    "1/2",
    "1/4",
    "1/16",
    "15/16",
    "0.3",
  ]);
});

test("a threshold out of the address is in [0, 1), else 0", () => {
  const of = (text) => thresholdOf(new URLSearchParams(text));
  assert.deepEqual(["threshold=.25", "threshold=1", "threshold=-1", "threshold=x", ""].map(of), [0.25, 0, 0, 0, 0]);
});

test("policies are offered before files, and no labels on both sides", () => {
  assert.deepEqual(measuredOptions(SETS), [
    { value: "monte_carlo:nano", name: "nano" },
    { value: "file:checker", name: "figures in the file checker" },
  ]);
  const trusted = trustedOptions(SETS, "monte_carlo:nano");
  assert.deepEqual(
    trusted.map(({ name }) => name),
    ["Blind", "geo"],
  );
  assert.equal(String(trusted[0].query), "page=monte-carlo&measured=monte_carlo%3Anano&labels=final&project=p1");
  assert.equal(trusted[1].value, keyOf(trusted[1].query));
  assert.deepEqual(
    trustedOptions(SETS, "file:checker").map(({ name }) => name),
    ["Blind"],
  );
});

test("the page has an address of its own, which the threshold does not change", () => {
  const query = new URLSearchParams("page=monte-carlo&measured=file:a&labels=final&threshold=.5&label=1");
  assert.equal(pageOf(query).page, "monteCarlo");
  assert.equal(pageOf(query).key, pageOf(new URLSearchParams("page=monte-carlo&measured=file:a&labels=final")).key);
  assert.equal(String(labelsQuery(query)), "measured=file%3Aa&labels=final");
});

test("what is left out is said, and nothing else", () => {
  assert.deepEqual(leftOut({ unmeasured: 0, neutral: 0, stopped: 0 }), []);
  assert.match(
    leftOut({ unmeasured: 1, neutral: 2, stopped: 3 }).join("|"),
    /1 labelled step,.*2 measured steps.*3 solutions/,
  );
});
