import assert from "node:assert/strict";
import { test } from "node:test";
import { goesSentence, labelsSentence, tasksSentence } from "../../../../visualprm_ui/components/deletion/sentences.js";

const view = (more = {}) => ({
  kind: "run",
  problems: 1,
  runs: 1,
  solutions: 0,
  scorings: 0,
  tasks: 0,
  queues: [],
  drafts: 0,
  annotations: 0,
  labels: 0,
  decisions: 0,
  verdicts: 0,
  people: 0,
  file_rows: 0,
  rollout_labels: 0,
  pictures: 0,
  has_labels: false,
  ...more,
});

test("what goes is counted, the thing itself left out", () => {
  assert.equal(goesSentence(view()), "Nothing else hangs on this run.");
  const all = { solutions: 4, scorings: 1, file_rows: 2, rollout_labels: 1, pictures: 1 };
  assert.equal(
    goesSentence(view(all)),
    "With it go 4 solutions, 1 scoring, 2 rows of files, 1 Monte-Carlo measurement and 1 picture.",
  );
  assert.equal(
    goesSentence(view({ kind: "picture", problems: 2, runs: 3, pictures: 1 })),
    "With it go 2 problems and 3 runs.",
  );
  assert.equal(goesSentence(view({ kind: "problem", runs: 1, pictures: 2 })), "With it go 1 run and 2 pictures.");
});

test("tasks are told by queue, many queues counted, hidden ones not named", () => {
  assert.equal(tasksSentence(view()), "");
  assert.equal(tasksSentence(view({ tasks: 1 })), "1 task goes; those who work on it go on with the next.");
  const one = [{ title: "A", tasks: 2 }];
  assert.match(tasksSentence(view({ tasks: 2, queues: one })), /^2 tasks of “A” go; /);
  const queues = ["A", "B", "C", "D", "E"].map((title, at) => ({ title, tasks: at + 1 }));
  assert.match(
    tasksSentence(view({ tasks: 3, queues: queues.slice(0, 2) })),
    /^3 tasks of “A” \(1\) and “B” \(2\) go; /,
  );
  assert.match(
    tasksSentence(view({ tasks: 15, queues })),
    / of “A” \(1\), “B” \(2\), “C” \(3\) and 2 other queues go; /,
  );
});

test("people's work is told with how many people did it", () => {
  assert.equal(labelsSentence(view()), "");
  const work = { has_labels: true, labels: 13, people: 5, annotations: 4, drafts: 1, decisions: 1, verdicts: 2 };
  assert.equal(
    labelsSentence(view(work)),
    "13 labels of 5 people would be lost for good: 4 annotations, 1 unfinished draft, 1 decision and 2 verdicts.",
  );
  const one = { has_labels: true, labels: 1, people: 1, drafts: 1 };
  assert.equal(labelsSentence(view(one)), "1 label of 1 person would be lost for good: 1 unfinished draft.");
});
