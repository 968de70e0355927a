// What is said of rollouts and of solutions that go on from a step.

import assert from "node:assert/strict";
import test from "node:test";

import {
  asRun,
  continued,
  countText,
  endText,
  intervalText,
  liveText,
  meaningText,
  originText,
  othersText,
  spokenTally,
} from "../../../../visualprm_ui/components/solution_board/branch_facts.js";

const TALLY = {
  drawn: 16,
  reached: 11,
  low: 0.444,
  high: 0.858,
  cut_off: 1,
  unread: 0,
  answers: [
    { text: "80", count: 11, matches: true },
    { text: "70", count: 4, matches: false },
  ],
};
const FREE = {
  ...TALLY,
  reached: null,
  low: null,
  high: null,
  cut_off: 0,
  unread: 2,
  answers: TALLY.answers.map((each) => ({ ...each, matches: null })),
};
const LIVE = { id: "p", kind: "rollouts", state: "queued", ahead: 1, finished: 0, n: 16, message: null, cards: [] };
const card = (draw, more = {}) => ({
  draw,
  solution: `s${draw}`,
  state: "done",
  same_as: null,
  truncated: false,
  steps: [{ score: 0.5 }, { score: 0.5 }],
  ...more,
});
const VIEW = { cards: [card(0), card(1), card(2, { same_as: 0 })], ranking: { mean: [1, 0, 2] }, state: "done" };

test("a measurement says how many, how sure, and what else", () => {
  assert.equal(countText(TALLY), "11 of 16");
  assert.equal(intervalText(TALLY), "44–86 %");
  assert.equal(othersText(TALLY), "others: 70 ×4; 1 cut off");
  assert.equal(spokenTally(TALLY, "80"), "11 of 16 reach 80, 95 % interval 44 to 86 %; others: 70 ×4; 1 cut off");
});

test("without a reference answer it says the distribution", () => {
  assert.equal(countText(FREE), "16 completions");
  assert.equal(intervalText(FREE), "");
  assert.equal(othersText(FREE), "80 ×11, 70 ×4; 2 without an answer");
  assert.equal(spokenTally(FREE, null), "16 completions; 80 ×11, 70 ×4; 2 without an answer");
  assert.equal(othersText({ ...TALLY, cut_off: 0, answers: TALLY.answers.slice(0, 1) }), "");
});

test("what waits says its place, what goes on how far it is, what ended why", () => {
  assert.equal(liveText(LIVE), "1 request before this one");
  assert.equal(liveText({ ...LIVE, ahead: 0 }), "Starting…");
  assert.equal(liveText({ ...LIVE, state: "running", finished: 9 }), "9 of 16 completions written");
  const waiting = "waiting 2 s: the server's rate limit";
  assert.equal(
    liveText({ ...LIVE, state: "running", finished: 9, waiting }),
    `9 of 16 completions written · ${waiting}`,
  );
  assert.equal(liveText({ ...LIVE, state: "stopped", message: "Stopped." }), "Stopped, so nothing was counted.");
  assert.equal(liveText({ ...LIVE, state: "failed", message: "Other models." }), "Other models.");
});

test("nothing follows a last step", () => {
  assert.equal(endText(card(0), 0), "");
  assert.equal(endText(card(0), 1), "The solution ends here, so nothing follows it.");
  assert.equal(endText(card(0, { truncated: true }), 1), "The solution was cut off in this step.");
});

test("where solutions go on from is said by the card that people see", () => {
  const where = { solution: "s2", step: 1, edit: null };
  assert.equal(originText(VIEW, "mean", where), "from step 2 of #2", "of equal solutions the first has the card");
  assert.equal(originText(VIEW, "mean", { ...where, edit: "x" }), "after an edit of step 2 of #2");
  assert.equal(originText(VIEW, "mean", { ...where, solution: "child" }), "from step 2");
  assert.equal(originText({ ...VIEW, ranking: { mean: [] } }, "mean", where), "from step 2 of solution 1");
});

test("what goes on is drawn as a run in which nothing is ranked, beside the run's own cards", () => {
  const group = {
    id: "p",
    solution: "s0",
    step: 0,
    edit: null,
    cards: [card(0), card(1, { same_as: 0 })],
    tally: TALLY,
  };
  const live = {
    ...LIVE,
    id: "q",
    kind: "solutions",
    state: "running",
    solution: "s1",
    step: 1,
    edit: "x",
    cards: [card(0)],
  };
  const groups = continued({ continuations: [group], live: [LIVE, live, { ...live, id: "r", state: "failed" }] });
  assert.deepEqual(
    groups.map(({ id }) => id),
    ["p", "q"],
  );
  const run = asRun(VIEW, groups[0], 0);
  assert.deepEqual(run.draws, [1000]);
  assert.deepEqual([run.view.ranking.mean, run.view.majority, run.view.state], [[], null, "done"]);
  assert.equal(asRun(VIEW, groups[1], 1).view.state, "running");
});

test("a score is said with its meaning where that was measured, and not where it was not", () => {
  assert.equal(
    meaningText({ score: 0.934, calibrated: 0.8125 }),
    "Score 0.93, calibrated 0.81: the share of completions that reach the answer from steps scored so.",
  );
  assert.match(meaningText({ score: 0.1, calibrated: 0 }), /calibrated 0\.00/);
  assert.equal(meaningText({ score: 0.934, calibrated: null }), "");
});
