// What is said of the curves of a pool.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  cellLayout,
  closedGap,
  differenceOf,
  differenceText,
  fallText,
  gapText,
  modelTitle,
  outcomeText,
  pointAt,
  spreadLabels,
  tablePoints,
  waysOf,
} from "../../../../visualprm_ui/components/evaluate_board/pool_facts.js";

/**
 * @param {number} n
 * @param {Record<string, number | null>} values
 */
function point(n, values = {}) {
  const figures = Object.fromEntries(
    Object.entries(values).map(([way, value]) => [
      way,
      { value, low: null, high: null, reason: null, sampling_error: null },
    ]),
  );
  return { n, tokens: null, figures, differences: {} };
}

/**
 * @param {string} key
 * @param {"steps" | "whole"} mode
 * @param {number} lacking
 */
function model(key, mode, lacking = 0) {
  return { key, name: `name of ${key}`, revision: "1", mode, lacking };
}

test("the model that is looked at comes first, then others, the vote, one draw and the oracle", () => {
  const models = [model("prm", "steps"), model("orm", "whole"), model("prm2", "steps"), model("prm3", "steps", 4)];
  const ways = waysOf({ models }, "min", "prm2");
  assert.deepEqual(
    ways.map(({ way, title, look }) => [way, title, look]),
    [
      ["prm2_min", "name of prm2 min", "main"],
      ["prm_min", "PRM min", "model"],
      ["orm_min", "ORM", "model"],
      ["self_consistency", "Majority vote", "vote"],
      ["random", "Random", "random"],
      ["oracle", "Oracle", "oracle"],
    ],
  );
  assert.equal(waysOf({ models }, "mean", "prm3")[0].way, "prm_mean"); // it has no figures yet
  assert.equal(waysOf({ models: [] }, "mean", "")[0].way, "self_consistency");
  assert.equal(
    modelTitle(model("orm2", "whole"), [model("orm", "whole"), model("orm2", "whole")], "max"),
    "name of orm2, ORM",
  );
});

test("a difference is found whichever way round it was measured", () => {
  const one = { ...point(8), differences: { "a - b": { value: 0.1, low: -0.05, high: 0.2, reason: null } } };
  assert.equal(differenceOf(one, "a", "b")?.value, 0.1);
  assert.deepEqual(differenceOf(one, "b", "a"), { value: -0.1, low: -0.2, high: 0.05, reason: null });
  assert.equal(differenceOf(one, "a", "c"), null);
  assert.equal(differenceText(differenceOf(one, "a", "b")), "+10.0, −5.0 to +20.0");
  assert.equal(differenceText(null), "–");
});

test("the table is at 8 and 64, or at what there is of them", () => {
  const at = (/** @type {number[]} */ sizes) => tablePoints(sizes.map((n) => point(n))).map(({ n }) => n);
  assert.deepEqual(at([1, 2, 4, 8, 16, 32, 64, 128]), [8, 64]);
  assert.deepEqual(at([1, 2, 4, 8, 16]), [8, 16]);
  assert.deepEqual(at([1, 2, 4]), [4]);
  assert.deepEqual(at([1]), [1]);
  assert.deepEqual(at([]), []);
});

test("N is the one asked for, else 8, else the largest below", () => {
  const curve = [1, 2, 4, 8, 16].map((n) => point(n));
  assert.equal(pointAt(curve, 16).n, 16);
  assert.equal(pointAt(curve, 3).n, 8);
  assert.equal(pointAt(curve.slice(0, 2), null).n, 2);
});

test("how much of the gap is closed, and that there may be none", () => {
  const at = point(8, { prm: 0.8, random: 0.6, oracle: 0.9, bad: 0.5, none: null });
  assert.ok(Math.abs((closedGap(at, "prm") ?? 0) - 2 / 3) < 1e-9);
  assert.equal(gapText(at, "prm"), "Its picks close 67 % of the gap between a random pick and the oracle.");
  assert.match(gapText(at, "bad"), /worse than chance/);
  assert.equal(closedGap(at, "none"), null);
  assert.equal(closedGap(point(1, { prm: 0.6, random: 0.6, oracle: 0.6 }), "prm"), null);
  assert.match(gapText(point(1, { prm: 0.6, random: 0.6, oracle: 0.6 }), "prm"), /no gap/);
});

test("the last fall of a curve is told, where it is as large as what is shown", () => {
  const curve = [point(32, { prm: 0.84 }), point(64, { prm: 0.845 }), point(128, { prm: 0.837 })];
  assert.match(fallText(curve, "prm"), /^From 64 to 128 the curve falls by 0.8:/);
  assert.equal(fallText([point(1, { prm: 0.5 }), point(2, { prm: 0.4999 })], "prm"), "");
  assert.equal(fallText([point(1, { prm: null }), point(2, { prm: 0.5 })], "prm"), "");
  assert.equal(fallText([], "prm"), "");
});

test("labels keep their order and their distance, and none leaves the plot", () => {
  assert.deepEqual(spreadLabels([10, 12, 100], 15, 200), [10, 25, 100]);
  assert.deepEqual(spreadLabels([198, 199, 200], 15, 200), [170, 185, 200]);
  assert.deepEqual(spreadLabels([50, 10], 15, 200), [50, 10]);
  assert.deepEqual(spreadLabels([], 15, 200), []);
});

test("cells fill ten rows, and more where the width asks for them", () => {
  const wide = cellLayout([657, 158, 19, 43, 123], 1300, 10, 16);
  assert.equal(wide.rows, 10);
  assert.deepEqual(
    wide.blocks.map(({ columns }) => columns),
    [66, 16, 2, 5, 13],
  );
  assert.equal(wide.blocks[1].x, 676);
  const narrow = cellLayout([657, 158, 19, 43, 123], 320, 10, 16);
  const last = narrow.blocks[4];
  assert.ok(narrow.rows > 10);
  assert.ok(last.x + last.columns * 10 <= 320);
  assert.equal(cellLayout([0, 0, 3, 0, 0], 320, 10, 16).blocks[2].x, 0);
  assert.equal(cellLayout([0, 0, 0, 0, 0], 320, 10, 16).rows, 1);
});

test("outcomes name both ways", () => {
  assert.equal(outcomeText("only_against", "PRM", "vote"), "Only the vote right");
  assert.equal(outcomeText("none", "PRM", "vote"), "Neither, and none was right");
});
