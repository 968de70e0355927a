import assert from "node:assert/strict";
import { test } from "node:test";
import {
  outcomeOf,
  pickingWays,
  poolsCsv,
  poolsNotes,
  poolsSentence,
  poolsTitle,
  wayName,
} from "../../../../visualprm_ui/components/evaluate_board/pool_comparison_words.js";

const estimate = (value, low = null, high = null) => ({ value, low, high, reason: null });
const way = (difference) => ({ a: estimate(0.5), b: estimate(0.625), difference });
const side = (more = {}) => ({
  evaluation: { set: { name: "Sums" }, policy: { name: "p", revision: "1" }, sampled: { temperature: 0.7 } },
  model: { key: "prm" },
  models: [],
  only_here: 0,
  ...more,
});

test("the verdict is the interval's", () => {
  const sentence = (difference) => poolsSentence(way(difference), { problems: 40 });
  const figures = "50.0 → 62.5 of a hundred, 40 problems in common.";
  assert.equal(sentence(estimate(0.125, 0.05, 0.2)), `B finds the right answer more often. ${figures}`);
  assert.equal(sentence(estimate(-0.1, -0.2, -0.05)), `A finds the right answer more often. ${figures}`);
  assert.equal(sentence(estimate(0.125, -0.05, 0.2)), `No difference is shown: the interval holds 0. ${figures}`);
  assert.equal(sentence(estimate(0.125)), figures);
});

test("what is left out, and what else differs, is said", () => {
  assert.deepEqual(poolsNotes({ a: side(), b: side() }), []);
  const [leftOut, writers, lacking] = poolsNotes({
    a: side({ only_here: 2 }),
    b: side({ evaluation: { policy: { name: "q", revision: "1" }, sampled: { temperature: 0.7 } }, model: null }),
  });
  assert.equal(leftOut, "Left out: 2 problems that only A has solutions of, 0 that only B has.");
  assert.match(writers, /not of the same policy/);
  assert.match(lacking, /only ways that need none/);
});

test("a problem has the outcome of both picks", () => {
  const outcome = (a, b, any) => outcomeOf({ problem: "p", right_a: a, right_b: b, right_any: any }).outcome;
  assert.deepEqual(
    [outcome(true, true, true), outcome(true, false, true), outcome(false, true, true)],
    ["both", "only_way", "only_against"],
  );
  assert.deepEqual([outcome(false, false, true), outcome(false, false, false)], ["missed", "none"]);
});

test("ways are named, and those that pick nothing are no choice", () => {
  const point = { n: 1, ways: { mean: way(estimate(0)), oracle: way(estimate(0)), random: way(estimate(0)) } };
  assert.deepEqual(pickingWays({ points: [point] }), ["mean", "random"]);
  assert.deepEqual(["mean", "self_consistency", "oracle"].map(wayName), ["mean", "majority vote", "oracle"]);
  assert.equal(poolsTitle({ a: side(), b: side() }), "Two Best-of-N evaluations on Sums");
});

test("the table has a row for each N and way; what is undefined is empty", () => {
  const [head, row] = poolsCsv({ points: [{ n: 2, ways: { mean: way(estimate(0.125, -1, 1)) } }] }).split("\n");
  assert.equal(head.split(",").length, row.split(",").length);
  assert.equal(row, "2,mean,0.5,,,0.625,,,0.125,-1,1");
});
