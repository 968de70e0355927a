import assert from "node:assert/strict";
import { test } from "node:test";
import { applyEvent, applyEvents, taskDraft } from "../../../../visualprm_ui/components/label_board/draft.js";

const task = (more = {}) => ({
  id: "t",
  position: 0,
  total: 2,
  steps: ["a", "b", "c"],
  labels: [null, null, null],
  flagged: false,
  note: "",
  skip_reason: null,
  submitted: false,
  revealed: false,
  ...more,
});

test("own unsent events lie on top of the server's state; unknown ones and steps out of range change nothing", () => {
  const events = [
    { type: "label", step: 0, value: 1 },
    { type: "label", step: 0, value: -1 },
    { type: "label", step: 9, value: 1 },
    { type: "label", step: 1, value: 7 },
    { type: "note", text: "n" },
    { type: "flag", flagged: true },
    { type: "hat" },
  ];
  const draft = applyEvents(task(), events);
  assert.deepEqual(draft, { ...taskDraft(task()), labels: [-1, null, null], note: "n", flagged: true });
});

test("events do not change the draft they are applied to", () => {
  const draft = Object.freeze(taskDraft(task()));
  Object.freeze(draft.labels);
  assert.deepEqual(applyEvent(draft, { type: "label", step: 0, value: 0 }).labels, [0, null, null]);
});

test("labels the server should never send count as none, and missing ones too", () => {
  assert.deepEqual(taskDraft(task({ labels: [2, "1"] })).labels, [null, null, null]);
});
