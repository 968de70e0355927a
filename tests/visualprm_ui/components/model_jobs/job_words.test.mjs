import assert from "node:assert/strict";
import { test } from "node:test";
import {
  extentText,
  jobDone,
  jobProgress,
  modelText,
  requestOf,
} from "../../../../visualprm_ui/components/model_jobs/job_words.js";

const FORM = { items: "", source: " geo ", policy: "p", n: "4", temperature: "0.7", seed: "", project: "P" };
const MODEL = { name: "prm", revision: "0123456789abcdef" };
const REPORT = { total: 10, already: 0, queue: null, queued: null, queue_total: null };

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

test("it is said what a job would be about, or why it cannot begin", () => {
  const extent = { problems: 2, solutions: 8, reward_model: MODEL, policy: null };
  assert.deepEqual(extentText("score", extent), {
    text: "8 solutions of 2 problems. What prm has scored in this revision is left out.",
    canStart: true,
  });
  assert.equal(extentText("sample", extent).text, "No policy is loaded. Load one under Models on Explore.");
  assert.equal(extentText("score", { ...extent, reward_model: null }).canStart, false);
  assert.equal(extentText("score", { ...extent, problems: 0, solutions: 0 }).text, "No solution is like that.");
  assert.equal(modelText(MODEL), "prm (0123456789ab)");
  assert.equal(modelText(null), "none");
});

test("how far a job is, and what came of it", () => {
  const job = { kind: "score", state: "running", rows: 4, share: 0.4, seconds_left: 90, report: REPORT, failed: 1 };
  assert.equal(jobProgress(job), "4 of 10 solutions, 40 %, about 2 min left; 1 failed");
  assert.equal(jobProgress({ ...job, report: null }), "Looks what there is to do");
  assert.equal(jobProgress({ ...job, state: "waiting" }), "Waits for its turn");
  const done = { ...job, state: "done", reward_model: MODEL, report: { ...REPORT, already: 3 } };
  assert.equal(jobDone(done), "9 solutions scored by prm. 3 were scored before. 1 could not be done.");
  const sampled = {
    ...done,
    kind: "sample",
    failed: 0,
    report: { ...REPORT, queue: "q", queued: 80, queue_total: 90 },
  };
  assert.equal(jobDone(sampled), "10 problems sampled and scored. 80 solutions joined the queue, which has 90 now.");
});
