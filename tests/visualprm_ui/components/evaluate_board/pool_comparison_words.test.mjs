import assert from "node:assert/strict";
import { test } from "node:test";
import {
  comparedCurves,
  outcomeOf,
  pickingWays,
  poolsCsv,
  poolsNotes,
  poolsSentence,
  poolsTitle,
  wayName,
  wayWithError,
} from "../../../../visualprm_ui/components/evaluate_board/pool_comparison_words.js";

const estimate = (value, low = null, high = null) => ({ value, low, high, reason: null });
const way = (difference) => ({ a: estimate(0.5), b: estimate(0.625), difference });
const SAMPLING = {
  n: 8,
  temperature: 0.7,
  seed: 0,
  max_new_tokens: 256,
  top_p: 1,
  top_k: 0,
  repetition_penalty: 1,
  stop: [],
};
const evaluation = (sampling = {}, policy = "p", n = 8) => ({
  set: { name: "Sums" },
  policy: { name: policy, revision: "1" },
  n,
  sampled: { sampling: { ...SAMPLING, ...sampling } },
});
const side = (more = {}) => ({
  evaluation: evaluation(),
  model: { key: "prm" },
  models: [],
  only_here: 0,
  ...more,
});

test("the verdict is the interval's", () => {
  const sentence = (difference) => poolsSentence(way(difference), { problems: 40 });
  const figures = "50.0 → 62.5 %, 40 problems in common.";
  assert.equal(sentence(estimate(0.125, 0.05, 0.2)), `B finds the right answer more often. ${figures}`);
  assert.equal(sentence(estimate(-0.1, -0.2, -0.05)), `A finds the right answer more often. ${figures}`);
  assert.equal(
    sentence(estimate(0.125, -0.05, 0.2)),
    `No difference is established: the interval includes 0. ${figures}`,
  );
  assert.equal(sentence(estimate(0.125)), figures);
});

test("what is left out, and what else differs, is said", () => {
  const [leftOut, writers, lacking] = poolsNotes({
    a: side({ only_here: 2 }),
    b: side({ evaluation: evaluation({}, "q"), model: null }),
  });
  assert.equal(leftOut, "Left out: 2 problems that only A has solutions of, 0 that only B has.");
  assert.match(writers, /sampled differently: the policy is p \(1\) in A and q \(1\) in B\. So/);
  assert.match(lacking, /only ways that need none/);
});

test("every field of the sampling that differs is named", () => {
  const notes = (...of) => poolsNotes({ a: side(), b: side({ evaluation: evaluation(...of) }) });
  // it was policy and temperature only, so that a longer limit read as a better reward model
  assert.match(notes({ max_new_tokens: 4096 })[0], /differently: max_new_tokens is 256 in A and 4096 in B\. So/);
  const [several] = notes({ top_p: 0.9, top_k: 50, repetition_penalty: 1.1, stop: ["\n"] });
  assert.match(several, /top_p is 1 in A and 0\.9 in B; top_k is 0 in A and 50 in B; repetition_penalty /);
  assert.match(several, /; stop is none in A and \["\\n"\] in B/);
  assert.deepEqual(notes({}, "p", 16).slice(1), [
    "A has 8 solutions of each problem, B 16: N goes up to the smaller of the two.",
  ]);
});

test("two pools that are sampled alike are separate draws all the same", () => {
  for (const seed of [0, 1]) {
    const notes = poolsNotes({ a: side(), b: side({ evaluation: evaluation({ seed }) }) });
    assert.match(notes[0], /sampled separately from one policy.*score one pool with both/);
    assert.equal(notes.length, 1);
  }
});

test("a problem has the outcome of both picks", () => {
  const outcome = (a, b, any) => outcomeOf({ problem: "p", right_a: a, right_b: b, right_any: any }).outcome;
  assert.deepEqual(
    [outcome(true, true, true), outcome(true, false, true), outcome(false, true, true)],
    ["both", "only_way", "only_against"],
  );
  assert.deepEqual([outcome(false, false, true), outcome(false, false, false)], ["missed", "none"]);
});

test("the error of random choices stands with the way that has it", () => {
  const sides = (a, b) => ({ a: { sampling_error: a }, b: { sampling_error: b } });
  assert.equal(wayWithError("weighted_vote", sides(0.002, 0.004)), "weighted vote (standard error 0.4)");
  assert.equal(wayWithError("mean", sides(null, null)), "mean");
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

test("both curves are those of the way that is looked at", () => {
  const other = { a: estimate(0), b: estimate(1), difference: estimate(1) };
  const { curves, ways } = comparedCurves(
    { points: [1, 2].map((n) => ({ n, ways: { mean: way(estimate(0.125)), self_consistency: other } })) },
    "mean",
  );
  assert.deepEqual(
    ways.map(({ title, look }) => [title, look]),
    [
      ["A", "main"],
      ["B", "side"],
    ],
  );
  assert.deepEqual(
    curves.points.map(({ n, figures }) => [n, ...ways.map((each) => figures[each.way].value)]),
    [
      [1, 0.5, 0.625],
      [2, 0.5, 0.625],
    ],
  );
});
