import assert from "node:assert/strict";
import { test } from "node:test";
import * as facts from "../../../../visualprm_ui/components/solution_board/run_facts.js";

const card = (draw, scores, more = {}) => ({
  draw,
  state: "done",
  answer: "55°",
  group: "a0",
  matches: null,
  open: "",
  steps: scores.map((score) => ({ text: "s", score, merged: null })),
  scores: { mean: 0.5, min: 0.1, max: 0.9, last: 0.5, product: 0.1 },
  ...more,
});
const view = (cards, more = {}) => ({
  run: "r",
  state: "done",
  cards,
  finished: cards.length,
  seconds: 3.14,
  tokens: 1612,
  usage: [],
  waiting: null,
  ahead: 0,
  sampling: { n: cards.length },
  ranking: Object.fromEntries(facts.AGGREGATIONS.map((how) => [how, cards.map(({ draw }) => draw)])),
  answers: [{ group: "a0", text: "55°", count: cards.length, draws: [] }],
  majority: cards.length ? { group: "a0", text: "55°", count: cards.length, tied: false } : null,
  ...more,
});

test("the pick is the first of the ranking; none is no pick", () => {
  const two = view([card(0, [0.5]), card(1, [0.6])], { ranking: { mean: [1, 0] } });
  assert.equal(facts.pick(two, "mean").draw, 1);
  assert.equal(facts.pick(two, "min"), null);
  assert.equal(facts.pick(view([]), "mean"), null);
});

test("order: as sampled while running, by rank at the end, unscored solutions last", () => {
  const ranking = { mean: [2, 0] };
  const cards = [card(0, []), card(1, [], { scores: null }), card(2, [])];
  assert.deepEqual(facts.order(view(cards, { ranking, state: "running" }), "mean", true), [0, 1, 2]);
  assert.deepEqual(facts.order(view(cards, { ranking }), "mean", true), [2, 0, 1]);
  assert.deepEqual(facts.order(view(cards, { ranking }), "mean", false), [0, 1, 2]);
});

test("the weakest step skips undefined scores and takes the first of equals", () => {
  assert.deepEqual(facts.weakest(card(0, [null, 0.4, 0.2, 0.2])), { index: 2, score: 0.2 });
  assert.equal(facts.weakest(card(0, [null])), null);
});

test("why: the reason, the weakest step, what other aggregations pick", () => {
  const first = card(0, [0.97, 0.9], { scores: { mean: 0.94, min: 0.9, max: 0.97, last: 0.9, product: 0.87 } });
  const second = card(1, [0.99, 0.2], {
    answer: "110°",
    group: "a1",
    scores: { mean: 0.6, min: 0.2, max: 0.99, last: 0.2, product: 0.2 },
  });
  const both = view([first, second], {
    ranking: { mean: [0, 1], min: [0, 1], max: [1, 0], last: [0, 1], product: [0, 1] },
  });
  assert.deepEqual(facts.explainPick(both, "mean"), {
    reason: "Highest mean step score; weakest is step 2 at 0.90.",
    others: "Max would pick #2 (110°).",
  });
  assert.equal(facts.explainPick(both, "min").reason, "Highest weakest step (step 2).");
});

test("why: one solution, a tie, nothing scored", () => {
  assert.deepEqual(facts.explainPick(view([card(0, [0.5])]), "mean"), {
    reason: "The only scored solution; weakest is step 1 at 0.50.",
    others: "",
  });
  const alike = [card(0, [0.5]), card(1, [0.5], { same_as: 0 })]; // "the only scored one" of eight equal ones
  assert.equal(
    facts.explainPick(view(alike), "mean").reason,
    "All 2 scored solutions are word for word the same; weakest is step 1 at 0.50.",
  );
  const tie = facts.explainPick(view([card(0, [0.5]), card(1, [0.5])]), "mean");
  assert.match(tie.reason, /Equal to #2; the first sampled is taken\.$/);
  assert.equal(tie.others, "All five aggregations pick it.");
  assert.deepEqual(facts.explainPick(view([]), "mean"), { reason: "", others: "" });
});

test("equal solutions are one card, with one rank, and all of them count", () => {
  const cards = [card(0, [0.5]), card(1, [0.9]), card(2, [0.5], { same_as: 0 }), card(3, [0.9], { same_as: 1 })];
  const run = view(cards, { ranking: { mean: [3, 1, 0, 2], min: [], max: [], last: [], product: [] } });
  assert.deepEqual(facts.differentDraws(run), [0, 1]);
  assert.deepEqual(
    [...facts.copies(run)],
    [
      [0, 2],
      [1, 2],
    ],
  );
  assert.equal(facts.pick(run, "mean").draw, 1); // though rounding put its copy first
  assert.deepEqual(
    [...facts.ranks(run, "mean")],
    [
      [1, 1],
      [0, 2],
    ],
  );
  assert.deepEqual(facts.order(run, "mean", true), [1, 0]);
  assert.deepEqual(facts.order(run, "mean", false), [0, 1]);
  assert.equal(facts.runSummary(run), "4 in 3.1 s · 1,612 tokens · 2 different");
});

test("the first step that the exact checker calls wrong", () => {
  const steps = (...labels) => ({ steps: labels.map((label) => ({ check: label === null ? null : { label } })) });
  assert.equal(facts.firstWrong(steps(1, 0, -1, -1)), 2);
  assert.equal(facts.firstWrong(steps(1, 1)), -1);
  assert.equal(facts.firstWrong(steps(null, null)), -1);
});

test("solutions that were cut off are no part of the order, and some can win less", () => {
  const cut = { truncated: true, answer: null, group: null };
  const cards = [card(0, [0.5]), card(1, [0.9], cut), card(2, [0.4]), card(3, [0.9], { ...cut, same_as: 1 })];
  const run = view(cards, { ranking: { mean: [2, 0] } });
  assert.deepEqual(facts.order(run, "mean", true), [2, 0]);
  assert.deepEqual(facts.order(run, "mean", false), [0, 2]);
  assert.deepEqual(facts.cutOffDraws(run), [1]);
  assert.equal(facts.couldWinText(run, "mean"), "2 of 4 could win: 2 were cut off.");
  const live = { ...run, state: "running" };
  assert.deepEqual(facts.order(live, "mean", true), [0, 1, 2]); // no card moves meanwhile
  assert.deepEqual(facts.cutOffDraws(live), []);
  assert.equal(facts.couldWinText(view([card(0, [0.5])]), "mean"), "");
  const all = view([card(0, [0.5], cut)], { ranking: { mean: [] } });
  assert.equal(facts.couldWinText(all, "mean"), "None of 1 could win: 1 was cut off.");
});

test("what can be labelled: different, finished, with steps", () => {
  const done = { solution: "s" };
  const cards = [
    card(0, [0.5], done),
    card(1, [0.5], { ...done, same_as: 0 }),
    card(2, [0.5], { ...done, state: "stopped" }),
    card(3, [], done),
    card(4, [0.5]),
    card(5, [0.5], { ...done, truncated: true }),
  ];
  assert.equal(facts.countToLabel(view(cards)), 2);
  const others = [{ ...cards[0] }, { ...cards[0], steps: [{ text: "Gone on." }] }];
  assert.equal(facts.countToLabel(view(cards), others), 3, "one of them is word for word there");
});

test("majority: agreement, difference, tie, none", () => {
  const cards = [card(0, [0.5]), card(1, [0.5], { group: "a1", answer: "9" })];
  const answers = [
    { group: "a0", text: "55°", count: 1, draws: [0] },
    { group: "a1", text: "9", count: 1, draws: [1] },
  ];
  assert.equal(facts.majorityText(view([card(0, [0.5])]), "mean"), "1 of 1 · same as the pick");
  assert.equal(
    facts.majorityText(view(cards, { ranking: { mean: [1, 0] } }), "mean"),
    "2 of 2 · differs from the pick",
  );
  assert.equal(
    facts.majorityText(view(cards, { answers, majority: { group: "a0", text: "55°", count: 1, tied: true } }), "mean"),
    "1 of 2 · tied with answer 9",
  );
  assert.equal(facts.majorityText(view([]), "mean"), "");
});

test("measure in every state", () => {
  const one = [card(0, [0.5])];
  assert.equal(facts.runSummary(view(one)), "1 in 3.1 s · 1,612 tokens");
  assert.equal(facts.runSummary(view(one, { state: "running", finished: 0 })), "0 of 1 finished · 3.1 s");
  const waiting = "waiting 12 s: the server's rate limit";
  assert.equal(
    facts.runSummary(view(one, { state: "running", finished: 0, waiting })),
    `0 of 1 finished · 3.1 s · ${waiting}`,
  );
  assert.equal(facts.runSummary(view(one, { state: "queued", ahead: 1 })), "1 run before yours");
  assert.equal(facts.runSummary(view(one, { state: "queued" })), "Starting");
  assert.equal(facts.runSummary(view(one, { state: "stopped", finished: 0, seconds: null, tokens: 0 })), "0 of 1");
  assert.equal(facts.seconds(125), "2 min 05 s");
});

test("progress stays within 0 and 1", () => {
  assert.equal(facts.runProgress(view([])), 0);
  assert.equal(facts.runProgress(view([card(0, [1]), card(1, [], { state: "queued" })])), 0.5);
});
