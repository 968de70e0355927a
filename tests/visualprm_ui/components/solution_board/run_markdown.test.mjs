import assert from "node:assert/strict";
import { test } from "node:test";
import { withAnswer } from "../../../../visualprm_ui/components/solution_board/run_facts.js";
import { runMarkdown } from "../../../../visualprm_ui/components/solution_board/run_markdown.js";

const card = (draw, answer, group, more = {}) => ({
  draw,
  state: "done",
  answer,
  group,
  matches: answer === "4",
  truncated: false,
  same_as: null,
  steps: [
    { text: "One\nline.", score: 0.5, merged: null },
    { text: `Answer ${answer}`, score: null, merged: null },
  ],
  scores: { mean: 0.5 },
  ...more,
});
const view = {
  run: "r",
  state: "done",
  question: "How\nmany?",
  reference: "4",
  images: [],
  models: { policy: "p", reward_model: "r" },
  sampling: { n: 3, temperature: 0.7, seed: 1 },
  created_at: "",
  seconds: 2,
  tokens: 30,
  usage: [],
  waiting: null,
  finished: 3,
  ranking: { mean: [1, 0, 2] },
  majority: { group: "a0", text: "4", count: 2, tied: false },
  cards: [card(0, "4", "a0"), card(1, "5", "a1"), card(2, "4", "a0", { same_as: 0 })],
};

test("a run as Markdown says whose it is, what was picked, and every different solution once", () => {
  assert.equal(
    runMarkdown(view, "mean"),
    `# How many?

Reference answer: 4

Policy p · Reward model r · N 3 · T 0.7 · seed 1 · 2.0 s · 30 tokens

Best-of-N (mean): 5
Majority vote: 4, 2 of 3

## #1: 5 (differs, mean 0.50)

1. One
   line. (0.50)
2. Answer 5

## #2: 4 (×2, correct, mean 0.50)

1. One
   line. (0.50)
2. Answer 4
`,
  );
});

test("a run without a result is Markdown too", () => {
  const empty = { ...view, reference: null, cards: [], majority: null, ranking: { mean: [] }, finished: 0 };
  assert.match(runMarkdown(empty, "mean"), /Best-of-N \(mean\): none\nMajority vote: none\n$/);
});

test("an answer is a filter", () => {
  assert.deepEqual(withAnswer(view, [1, 0], "a0"), [0]);
  assert.deepEqual(withAnswer(view, [1, 0], null), [1, 0]);
  assert.deepEqual(withAnswer(view, [1, 0], "a9"), []);
});
