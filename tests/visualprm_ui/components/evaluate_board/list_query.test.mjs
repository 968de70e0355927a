import assert from "node:assert/strict";
import { test } from "node:test";
import { filtered, grouped, kindCounts } from "../../../../visualprm_ui/components/evaluate_board/list_query.js";

const one = (id, more) => ({
  id,
  title: id,
  kind: "step_benchmark",
  state: "done",
  waits_behind: null,
  set: { name: "VisualProcessBench" },
  policy: null,
  reward_models: [{ name: "nano-prm", revision: "" }],
  ...more,
});
const ALL = [
  one("third", { state: "waiting", waits_behind: 2 }),
  one("second", { state: "waiting", waits_behind: 1 }),
  one("first", { state: "running" }),
  one("new", { kind: "best_of_n" }),
  one("stopped", { state: "failed" }),
  one("old", { reward_models: [{ name: "OpenGVLab/VisualPRM-8B", revision: "" }] }),
];
const ids = (list) => list.map(({ id }) => id);

test("what goes on stands in the order in which it is worked on, then what stopped", () => {
  const { now, done } = grouped(ALL);
  assert.deepEqual(ids(now), ["first", "second", "third", "stopped"]);
  assert.deepEqual(ids(done), ["new", "old"]);
});

test("words are looked for in titles, sets and models; all have to be there", () => {
  assert.deepEqual(ids(filtered(ALL, "", "visualprm")), ["old"]);
  assert.deepEqual(ids(filtered(ALL, "", "processbench nano-prm stop")), ["stopped"]);
  assert.deepEqual(ids(filtered(ALL, "best_of_n", "")), ["new"]);
  assert.equal(filtered(ALL, "", "nothing").length, 0);
});

test("kinds are counted, those that there are", () => {
  assert.deepEqual(kindCounts(ALL), [
    ["step_benchmark", 5],
    ["best_of_n", 1],
  ]);
});
