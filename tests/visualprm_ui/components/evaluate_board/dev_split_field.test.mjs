import assert from "node:assert/strict";
import { test } from "node:test";
import { devNote, devSplits } from "../../../../visualprm_ui/components/evaluate_board/dev_split_field.js";

const choice = (name, more) => ({
  name,
  project: null,
  data_source: null,
  labels: "file:f",
  solutions: 3,
  is_stored: true,
  ...more,
});
const SETS = [
  choice("Sums", { project: "p1", labels: "final" }),
  choice("All of f", {}),
  choice("geo, by f", { data_source: "geo" }),
  choice("geo, by g", { data_source: "geo", labels: "file:g" }),
];
const TO_MAKE = choice("nano benchmark, by nano checker", { data_source: "nano benchmark", is_stored: false });
const names = (found) => found.map(({ name }) => name);

test("a threshold is tuned on any set but the one that is evaluated, whoever labels it", () => {
  const evaluated = (project, source, ...labels) => names(devSplits(SETS, { project, source, labels }, null));
  assert.deepEqual(evaluated(null, "geo", "file:g"), ["Sums", "All of f"]);
  assert.deepEqual(evaluated("p1", null, "final"), names(SETS).slice(1));
  assert.deepEqual(names(devSplits([...SETS, TO_MAKE], null, null)), names(SETS)); // it has no labels yet
  assert.deepEqual(devSplits(SETS, null, null)[2].set, { project: null, data_source: "geo", labels: "file:f" });
});

test("neither the whole that holds the evaluated set nor a part of it is a dev split", () => {
  const evaluated = (source, ...labels) => names(devSplits(SETS, { project: null, source, labels }, null));
  assert.deepEqual(evaluated(null, "file:f"), ["Sums", "geo, by g"]); // it was offered itself
  assert.deepEqual(evaluated("geo", "file:f", "file:g"), ["Sums"]);
});

test("the dev split of an evaluation that is repeated comes first, as it was asked for", () => {
  const like = { ...choice("one queue", { data_source: "geo" }), queue: "q", evaluation: true, policy_model: "w" };
  const [first] = devSplits(SETS, null, like);
  assert.equal(first.name, "one queue");
  assert.deepEqual([first.set.queue, first.set.evaluation, first.set.policy_model], ["q", true, "w"]);
});

test("what a dev split is, is said once it is known", () => {
  assert.equal(devNote(null), "");
  assert.match(
    devNote({ problems: 2, solutions: 6, steps: 1024 }),
    /^6 solutions, 1,024 labelled steps, of problems that are not tested/,
  );
});
