import assert from "node:assert/strict";
import { test } from "node:test";
import { devNote, devSplits } from "../../../../visualprm_ui/components/evaluate_board/dev_split_field.js";

const choice = (name, more) => ({ name, project: null, data_source: null, labels: "file:f", solutions: 3, ...more });
const SETS = [
  choice("Sums", { project: "p1", labels: "final" }),
  choice("All of f", {}),
  choice("geo, by f", { data_source: "geo" }),
  choice("geo, by g", { data_source: "geo", labels: "file:g" }),
];
const names = (found) => found.map(({ name }) => name);

test("a threshold is tuned on any set but the one that is evaluated, whoever labels it", () => {
  assert.deepEqual(names(devSplits(SETS, { project: null, source: "geo" }, null)), ["Sums", "All of f"]);
  assert.deepEqual(names(devSplits(SETS, { project: "p1", source: null }, null)), names(SETS).slice(1));
  assert.deepEqual(devSplits(SETS, null, null)[2].set, { project: null, data_source: "geo", labels: "file:f" });
});

test("the dev split of an evaluation that is repeated comes first, as it was asked for", () => {
  const like = { ...choice("one queue", { data_source: "geo" }), queue: "q", evaluation: true, policy_model: "w" };
  const [first] = devSplits(SETS, null, like);
  assert.equal(first.name, "one queue");
  assert.deepEqual([first.set.queue, first.set.evaluation, first.set.policy_model], ["q", true, "w"]);
});

test("what a dev split is, is said once it is known", () => {
  assert.equal(devNote(null), "");
  assert.match(devNote({ problems: 2, solutions: 6, steps: 1024 }), /^6 solutions, 1,024 labelled steps, none about/);
});
