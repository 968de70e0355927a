import assert from "node:assert/strict";
import { test } from "node:test";
import { optionsLike, setOptions } from "../../../../visualprm_ui/components/evaluate_board/set_options.js";

const choice = (project, source, labels, solutions = 3) => ({
  name: project ?? source,
  project,
  data_source: source,
  labels,
  solutions,
});

test("a set is offered once, with each of its labels", () => {
  const options = setOptions([
    choice(null, "bench", "file:bench", 8),
    choice(null, "bench", "final", 2),
    choice("p1", null, "final"),
  ]);
  assert.deepEqual(
    options.map(({ name, labels, solutions }) => [name, labels, solutions]),
    [
      ["bench", ["file:bench", "final"], 8],
      ["p1", ["final"], 3],
    ],
  );
});

const SETS = [choice("p1", null, "final"), choice(null, "bench", "file:bench", 8)];
const like = (more) => ({
  name: "what it was of",
  project: null,
  queue: null,
  data_source: null,
  policy_model: null,
  labels: "file:bench",
  solutions: 5,
  ...more,
});
const chosenLike = (more) => {
  const { options, chosen } = optionsLike(SETS, like(more));
  return [chosen.name, options.length];
};

test("an evaluation is repeated on one of the sets, where it was of one", () => {
  assert.deepEqual(chosenLike({ data_source: "bench" }), ["bench", 2]);
  assert.deepEqual(chosenLike({ data_source: "bench", labels: "person:mei" }), ["bench", 2]);
  assert.deepEqual(chosenLike({ project: "p1", labels: "final" }), ["p1", 2]);
  assert.equal(optionsLike(SETS, null).chosen.name, "p1");
});

test("a set that is no choice is one of its own: the first choice stood under its title", () => {
  const own = ["what it was of", 3];
  assert.deepEqual(chosenLike({}), own, "everything that a file labels");
  assert.deepEqual(chosenLike({ data_source: "bench", labels: "final" }), own);
  assert.deepEqual(chosenLike({ data_source: "bench", policy_model: "writer" }), own);
  assert.deepEqual(chosenLike({ project: "p1", labels: "final", queue: "q1" }), own);
  const { chosen } = optionsLike(SETS, like({ queue: "q1", policy_model: "writer", data_source: "bench" }));
  assert.deepEqual(
    [chosen.queue, chosen.policy, chosen.source, chosen.labels],
    ["q1", "writer", "bench", ["file:bench"]],
  );
});
