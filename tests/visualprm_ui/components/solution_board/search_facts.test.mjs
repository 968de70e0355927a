// What is said of a guided search: which tries led to the pick, what was kept, what it cost.

import assert from "node:assert/strict";
import test from "node:test";

import { runSummary } from "../../../../visualprm_ui/components/solution_board/run_facts.js";
import { askedServers, runFacts } from "../../../../visualprm_ui/components/solution_board/run_header.js";
import { runMarkdown } from "../../../../visualprm_ui/components/solution_board/run_markdown.js";
import {
  budgetText,
  costText,
  givenUp,
  keptText,
  keptTries,
  shownTry,
  triesText,
  tryNote,
  wayOf,
} from "../../../../visualprm_ui/components/solution_board/search_facts.js";

const tried = (text, parent, more = {}) => ({
  text,
  parent,
  finish: null,
  score: 0.5,
  step_score: 0.5,
  count: 1,
  is_kept: true,
  ...more,
});
const ROUNDS = [
  { step: 0, tokens: 1400, tries: [tried("Good.", null, { count: 3 }), tried("Fair.", null)] },
  {
    step: 1,
    tokens: 9,
    tries: [tried("More.", 1), tried("Bad.", 0, { is_kept: false }), tried("Final answer: 2", 0, { finish: "stop" })],
  },
  {
    step: 2,
    tokens: 4,
    tries: [tried("Final answer: 2", 1, { finish: "stop", count: 0 }), tried("Final answer: 3", 0, { finish: "stop" })],
  },
];
const SEARCH = { width: 2, expansions: 2, how: "mean", rounds: ROUNDS };
const card = (draw, tokens) => ({
  draw,
  tokens,
  steps: [],
  answer: "2",
  matches: true,
  truncated: false,
  same_as: null,
  scores: { mean: 0.5 },
  group: "a0",
});
const VIEW = {
  state: "done",
  question: "What?",
  reference: "2",
  models: { policy: "p", reward_model: "r" },
  sampling: { n: 2, temperature: 0.7, seed: 0 },
  seconds: 2,
  tokens: 1413,
  usage: [{ model: "p", requests: 3, counted: 3, read: 5000, written: 1413, cost: 0.25 }],
  waiting: null,
  finished: 2,
  created_at: "2026-05-03T14:02:00Z",
  cards: [card(0, 5), card(1, 7)],
  ranking: { mean: [0, 1] },
  majority: { text: "2", count: 2, group: "a0", tied: false },
  search: SEARCH,
};

test("the way to a kept path goes by the places among what was kept, not among all tries", () => {
  assert.deepEqual(wayOf(ROUNDS, 0), [0, 2, 0]);
  assert.deepEqual(wayOf(ROUNDS, 1), [1, 0, 1]);
  assert.deepEqual(wayOf(ROUNDS, undefined), [null, null, null]);
  assert.deepEqual(wayOf(ROUNDS, 5), [null, null, null]);
  assert.deepEqual(wayOf([], 0), []);
});

test("a row shows the try that led to the pick; one that had ended before is no step of this row", () => {
  assert.equal(shownTry(ROUNDS[1], 2)?.text, "Final answer: 2");
  assert.equal(shownTry(ROUNDS[1], null)?.text, "More.");
  assert.equal(shownTry(ROUNDS[2], 0)?.text, "Final answer: 3");
  assert.equal(shownTry({ step: 0, tokens: 0, tries: [] }, null), null);
});

test("a row counts what was kept, every try, and tokens", () => {
  assert.equal(keptText(ROUNDS[1]), "2 of 3 kept");
  assert.equal(triesText(ROUNDS[0]), "4 tries · 1,400 tokens");
  assert.equal(triesText(ROUNDS[2]), "1 try · 4 tokens");
  assert.deepEqual([keptTries(ROUNDS[1]).length, givenUp(ROUNDS[1]).map(({ text }) => text)], [2, ["Bad."]]);
});

test("a try says what became of it", () => {
  const [good] = ROUNDS[0].tries;
  assert.equal(tryNote(good, true), "the pick · 3 alike");
  assert.equal(tryNote(good, false), "kept · 3 alike");
  assert.equal(tryNote(ROUNDS[1].tries[1], false), "given up");
  assert.equal(tryNote(ROUNDS[2].tries[0], false), "kept · ended before");
  assert.equal(tryNote(ROUNDS[2].tries[1], false), "kept · ended");
  assert.equal(tryNote(tried("So", 0, { finish: "length" }), false), "kept · cut off");
});

test("costs are compared as far as they are known", () => {
  assert.equal(costText(VIEW), "The paths that it kept come to 12 tokens; they share their beginnings.");
  assert.equal(costText({ tokens: 9, cards: [card(0, null)] }), "");
  assert.equal(costText({ tokens: 0, cards: [] }), "");
  assert.equal(budgetText(VIEW, { n: 4 }), "Both had the same budget: up to 4 tries a step, 4 solutions.");
  assert.equal(budgetText(VIEW, { n: 8 }), "Not the same budget: up to 4 tries a step, but 8 independent solutions.");
});

test("the head, the summary and the text of a run call it a search", () => {
  assert.deepEqual(
    runFacts(VIEW).find(([name]) => name === "Guided search"),
    ["Guided search", "up to 2 paths × 2 a step"],
  );
  assert.equal(
    runFacts(VIEW).find(([name]) => name === "N"),
    undefined,
  );
  assert.deepEqual([askedServers(VIEW), askedServers({ ...VIEW, usage: [] })], [true, false]);
  assert.equal(askedServers({ ...VIEW, state: "running" }), false);
  assert.equal(runSummary({ ...VIEW, finished: 1, cards: [card(0, 5)] }), "1 in 2.0 s · 1,413 tokens");
  assert.equal(runSummary({ ...VIEW, state: "running", seconds: 1 }), "Step 4 · 1.0 s");
  const text = runMarkdown(VIEW, "mean");
  assert.match(text, /Guided search \(mean\): 2\n/);
  assert.doesNotMatch(text, /vote/);
});
