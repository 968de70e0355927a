import assert from "node:assert/strict";
import { test } from "node:test";
import {
  doneText,
  figures,
  importText,
  inWords,
  progressText,
} from "../../../../visualprm_ui/components/transfer_panel/job_text.js";

const REPORT = {
  dry_run: true,
  added: 1,
  unchanged: 5,
  problems: 0,
  solutions: 6,
  errors: 1,
  conflicting: 0,
  pictures: 2861,
  missing_pictures: 1,
  neutral: 2,
  sources: { a: { solutions: 3, correct: 3, wrong: 1 } },
  queued: null,
  total: null,
};

test("times are told as people tell them", () => {
  assert.deepEqual([0.2, 14, 90, 7500].map(inWords), ["0 s", "14 s", "2 min", "2 h 5 min"]);
});

test("how far a job is: what is not known is left out, and never 0", () => {
  const job = { state: "running", rows: 1320, share: 0.461, seconds_left: 14 };
  assert.equal(progressText(job), "1,320 rows, 46 %, about 14 s left");
  assert.equal(progressText({ ...job, share: null, seconds_left: null }), "1,320 rows");
  assert.equal(progressText({ ...job, state: "waiting", rows: 0 }), "Waits for its turn");
});

test("an import whose problems get no solutions says why, and what to do", () => {
  const report = { added: 2, unchanged: 0, errors: 0, queued: 0, total: 0, sampling_refused: "No model is loaded." };
  assert.match(
    doneText(report),
    /problems: No model is loaded\. You can have them written later with Score \/ Sample \/ Label\.$/,
  );
  assert.doesNotMatch(doneText({ ...report, sampling_refused: null }), /written/);
});

test("what did not join the queue of an import is said with its reason", () => {
  const report = { added: 829, unchanged: 0, errors: 0, queued: 828, total: 830, sampling_refused: null };
  assert.equal(
    doneText({ ...report, present: 1, unusable: 0 }),
    "829 rows came in. 828 solutions joined the queue, which has 830 now. " + "1 is in the project already.",
  );
  assert.match(doneText({ ...report, present: null, unusable: null }), /which has 830 now\.$/);
});

test("what an import of everything does not count is left out", () => {
  const nothing = { problems: null, solutions: null, pictures: null, missing_pictures: null, neutral: null };
  const full = { ...REPORT, ...nothing, conflicting: 0, sources: {} };
  assert.deepEqual(
    figures(full).map(([count]) => count),
    [1, 5, 1],
  );
});

test("the figures say what would happen, and afterwards what happened", () => {
  const words = (report) => figures(report).map(([count, text]) => `${count} ${text}`);
  assert.deepEqual(words(REPORT), [
    "1 row comes in",
    "5 are here already, unchanged",
    "1 line is left out",
    "6 different solutions",
    "6 labelled steps",
    "2861 pictures found",
    "1 picture not found",
  ]);
  assert.equal(words({ ...REPORT, dry_run: false, errors: 4 })[2], "4 lines were left out");
});

test("the button names what comes in, the end what came", () => {
  assert.equal(importText({ ...REPORT, added: 2861 }), "Import 2,861 solutions");
  assert.equal(importText({ ...REPORT, solutions: 0, problems: 1 }), "Import 1 problem");
  assert.equal(importText({ ...REPORT, added: 0 }), "Import");
  assert.equal(importText(null), "Import");
  const done = { ...REPORT, dry_run: false, queued: 1, total: 9 };
  assert.equal(
    doneText(done),
    "1 row came in, 5 were here already, 1 line left out. 1 solution joined the queue, which has 9 now.",
  );
});
