import assert from "node:assert/strict";
import { test } from "node:test";
import {
  earlierText,
  extentText,
  jobDone,
  jobProgress,
  modelText,
  requestOf,
  titleOf,
} from "../../../../visualprm_ui/components/model_jobs/job_words.js";

const FORM = {
  items: "",
  source: " geo ",
  policy: "p",
  n: "4",
  temperature: "0.7",
  seed: "",
  longest: "256",
  completions: "8",
  mode: "first-success",
  planFirst: true,
  project: "P",
  selected: null,
};
const MODEL = { name: "prm", revision: "0123456789abcdef" };
const REPORT = { total: 10, already: 0, unanswered: 0, queue: null, queued: null, queue_total: null };

test("each kind asks for what is its own", () => {
  assert.deepEqual(requestOf({ ...FORM, kind: "score", items: "import:i1" }), {
    kind: "score",
    import: "i1",
    data_source: "geo",
    policy_model: "p",
  });
  assert.deepEqual(requestOf({ ...FORM, kind: "sample", items: "queue:q1" }), {
    kind: "sample",
    queue: "q1",
    data_source: "geo",
    sampling: { n: 4, temperature: 0.7 },
    project: "P",
  });
});

test("labelling asks for completions, of solutions that are there or that are sampled first", () => {
  const rollouts = { completions: 8, mode: "first-success" };
  assert.deepEqual(requestOf({ ...FORM, kind: "label" }), {
    kind: "label",
    data_source: "geo",
    policy_model: "p",
    rollouts,
    plan_first: true,
    sampling: { temperature: 0.7, max_new_tokens: 256 },
  });
  assert.deepEqual(requestOf({ ...FORM, kind: "sample_and_label", planFirst: false }), {
    kind: "sample_and_label",
    data_source: "geo",
    rollouts,
    sampling: { n: 4, temperature: 0.7, max_new_tokens: 256 },
    project: "P",
  });
});

test("what was selected by hand is named by its ids, and the kind says which", () => {
  const selected = { solutions: ["s1", "s2"], problems: ["p1"] };
  const form = { ...FORM, source: "", policy: "", project: "", selected };
  assert.deepEqual(requestOf({ ...form, kind: "score" }), { kind: "score", solutions: ["s1", "s2"] });
  assert.deepEqual(requestOf({ ...form, kind: "sample" }), {
    kind: "sample",
    problems: ["p1"],
    sampling: { n: 4, temperature: 0.7 },
  });
});

test("it is said what a job would be about, or why it cannot begin", () => {
  const extent = { problems: 2, solutions: 8, reward_model: MODEL, policy: null };
  assert.deepEqual(extentText("score", extent), {
    text: "8 solutions of 2 problems. What prm has scored in this revision is left out.",
    canStart: true,
  });
  const selected = { solutions: Array.from({ length: 9 }, (_, at) => `s${at}`), problems: null };
  assert.equal(
    extentText("score", extent, selected).text,
    "8 solutions of 2 problems. 1 of the selection: without a step, or cancelled. " +
      "What prm has scored in this revision is left out.",
  );
  assert.equal(extentText("sample", extent).text, "No policy is loaded. Load one under Models on Explore.");
  assert.equal(extentText("score", { ...extent, reward_model: null }).canStart, false);
  assert.equal(extentText("score", { ...extent, problems: 0, solutions: 0 }).text, "No solution matches.");
  assert.equal(modelText(MODEL), "prm (0123456789ab)");
  assert.equal(modelText(null), "none");
});

test("what is left out of the built-in benchmark is said before and after, and nothing where it is named", () => {
  const extent = { problems: 2, solutions: 8, reward_model: MODEL, policy: MODEL, unanswered: 0, completions: null };
  const words = "of the built-in nano benchmark are left out; give “nano benchmark” as the source to have them.";
  assert.match(extentText("score", { ...extent, benchmark: 800 }).text, new RegExp(`\\. 800 solutions ${words}$`));
  assert.match(extentText("label", { ...extent, benchmark: 800 }).text, new RegExp(`\\. 800 solutions ${words}$`));
  assert.match(extentText("sample", { ...extent, benchmark: 200 }).text, new RegExp(`\\. 200 problems ${words}$`));
  assert.doesNotMatch(extentText("score", { ...extent, benchmark: 0 }).text, /benchmark/);
  assert.deepEqual(extentText("score", { ...extent, problems: 0, solutions: 0, benchmark: 800 }), {
    text: `No other solution matches. 800 solutions ${words}`,
    canStart: false,
  });
  const report = { ...REPORT, benchmark: 800 };
  const done = { kind: "score", state: "done", failed: 0, reward_model: MODEL, report, usage: [] };
  assert.equal(jobDone(done), `10 solutions scored by prm. 800 solutions ${words}`);
});

test("what labelling takes is said before it begins, when it is planned, and at its end", () => {
  const estimate = { completions: 4000, tokens: 52000, seconds: 7500, measured_solutions: 4 };
  const extent = { problems: 2, solutions: 8, reward_model: MODEL, policy: MODEL, unanswered: 1, completions: 480 };
  assert.equal(
    extentText("label", { ...extent, estimate: null }).text,
    "8 solutions of 2 problems, 480 completions at most. 1 problem without a reference answer left out.",
  );
  assert.equal(
    extentText("sample_and_label", { ...extent, unanswered: 0, completions: null, estimate }).text,
    "8 solutions of 2 problems. About 4,000 completions, 52,000 tokens and 2 h 5 min, by what 4 solutions took before.",
  );
  const none = extentText("label", { ...extent, problems: 0, solutions: 0, estimate: null });
  assert.deepEqual([none.canStart, /reference answer/.test(none.text)], [false, true]);
  const job = { kind: "label", state: "ready", rows: 4, title: "geo", report: REPORT, failed: 0, estimate };
  assert.equal(titleOf(job), "Plan: geo");
  assert.equal(
    jobProgress(job),
    "About 4,000 completions, 52,000 tokens and 2 h 5 min, by what 4 solutions took. " +
      "4 of 10 solutions are done already.",
  );
  const figures = { cut_off: 3, completions: 60 };
  const done = {
    ...job,
    state: "done",
    policy: { name: "pol" },
    figures,
    report: { ...REPORT, already: 2, unanswered: 1 },
    usage: [],
  };
  assert.equal(
    jobDone(done),
    "10 solutions labelled by completions of pol. 2 were labelled in just this way before. 1 solution left out, " +
      "without a reference answer. 3 of 60 completions were cut off and count as failures.",
  );
});

test("a job that measures a few says so, and how many that will be", () => {
  const job = { kind: "label", is_plan: true, title: "everything", failed: 0, report: { ...REPORT, total: 881 } };
  const at = (rows, share) => jobProgress({ ...job, state: "running", rows, share, seconds_left: null });
  assert.equal(titleOf({ ...job, state: "running" }), "Measuring a few of everything");
  assert.equal(at(0, 0), "Measuring the first solution");
  assert.equal(at(8, 0.5), "8 of about 16 solutions, 50 %");
  assert.equal(at(2, 0.86), "2 of about 3 solutions, 86 %");
  assert.equal(at(16, 1), "16 of about 16 solutions, 100 %");
  assert.equal(at(600, 0.5), "600 of 881 solutions, 50 %");
  assert.equal(titleOf({ ...job, state: "ready" }), "Plan: everything");
  assert.equal(titleOf({ ...job, state: "running", is_plan: false }), "Labelling everything");
  assert.equal(titleOf({ ...job, state: "done" }), "Labelled everything");
});

test("an earlier job says what became of it", () => {
  const job = { kind: "label", rows: 8, title: "geo", failed: 0, message: null, report: { ...REPORT, total: 881 } };
  const estimate = { completions: 4000, tokens: 52000, seconds: 60, measured_solutions: 8 };
  assert.equal(earlierText({ ...job, state: "cancelled", report: null }), "Cancelled.");
  assert.equal(earlierText({ ...job, state: "cancelled" }), "Cancelled, with 8 of 881 solutions done.");
  assert.equal(
    earlierText({ ...job, state: "cancelled", estimate }),
    "Cancelled, with 8 of 881 solutions done. " +
      "All of it: about 4,000 completions, 52,000 tokens and 1 min, by what 8 solutions took.",
  );
  assert.equal(earlierText({ ...job, state: "failed", message: "The disk is full." }), "The disk is full.");
  assert.match(earlierText({ ...job, state: "ready", estimate }), /^About 4,000 completions/);
  assert.match(earlierText({ ...job, state: "done", policy: MODEL, usage: [] }), /^881 solutions labelled/);
});

test("how far a job is, and what came of it", () => {
  const job = { kind: "score", state: "running", rows: 4, share: 0.4, seconds_left: 90, report: REPORT, failed: 1 };
  assert.equal(jobProgress(job), "4 of 10 solutions, 40 %, about 2 min left; 1 failed");
  const message = "waiting 12 s: the server's rate limit";
  assert.equal(jobProgress({ ...job, message }), `4 of 10 solutions, 40 %, about 2 min left; 1 failed; ${message}`);
  assert.equal(earlierText({ ...job, message }), jobProgress({ ...job, message }));
  const first = { ...job, kind: "label", is_plan: true, rows: 0, message };
  assert.equal(jobProgress(first), `Measuring the first solution; ${message}`);
  assert.equal(jobProgress({ ...job, report: null }), "Checking what there is to do");
  assert.equal(jobProgress({ ...job, state: "waiting" }), "Waits for its turn");
  const done = { ...job, state: "done", reward_model: MODEL, report: { ...REPORT, already: 3 }, usage: [] };
  assert.equal(jobDone(done), "9 solutions scored by prm. 3 were scored before. 1 could not be done.");
  const sampled = {
    ...done,
    kind: "sample",
    failed: 0,
    report: { ...REPORT, queue: "q", queued: 80, queue_total: 90 },
  };
  assert.equal(jobDone(sampled), "10 problems sampled and scored. 80 solutions joined the queue, which has 90 now.");
  const usage = [{ model: "m", requests: 2, counted: 2, read: 34, written: 5, cost: null }];
  assert.equal(
    jobDone({ ...done, usage }),
    `${jobDone(done)} Servers: m: 34 tokens read, 5 written.`,
    "what its servers took was not said",
  );
});
