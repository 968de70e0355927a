import assert from "node:assert/strict";
import { test } from "node:test";
import { taskDraft } from "../../../../visualprm_ui/components/label_board/draft.js";
import { Item } from "../../../../visualprm_ui/components/label_board/item.js";
import {
  hintText,
  submitButton,
  takenOverMessage,
  undoMessage,
} from "../../../../visualprm_ui/components/label_board/messages.js";

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

function inHand(more = {}, options = {}) {
  const sent = [];
  const item = new Item(task(more), { emit: (change) => sent.push(change), ...options });
  return { item, sent, kinds: () => sent.map(({ type }) => type) };
}

test("labels move on, the last one to the first open step", () => {
  const { item, sent } = inHand();
  item.goto(1);
  item.setLabel(-1);
  item.advance();
  assert.equal(item.current, 2);
  item.setLabel(1);
  item.advance();
  assert.equal(item.current, 0);
  assert.deepEqual(item.unlabelledSteps, [0]);
  assert.deepEqual(sent, [
    { task: "t", type: "label", step: 1, value: -1 },
    { task: "t", type: "label", step: 2, value: 1 },
  ]);
});

test("the same label again is no change", () => {
  const { item, sent } = inHand({ labels: [1, null, null] });
  assert.equal(item.setLabel(1, 0), false);
  assert.deepEqual(sent, []);
  assert.deepEqual(item.history, []);
});

test("undo goes back to the very start, by events of its own", () => {
  const { item, sent } = inHand({ labels: [0, null, null] });
  item.setLabel(1, 0);
  item.setLabel(-1, 0);
  item.toggleFlag();
  item.setNote("hm");
  const kinds = [1, 2, 3, 4, 5].map(() => item.undo()?.kind ?? null);
  assert.deepEqual(kinds, ["note", "flag", "label", "label", null]);
  assert.deepEqual(item.draft, taskDraft(task({ labels: [0, null, null] })));
  assert.equal(sent.length, 8);
  assert.equal(item.current, 0);
});

test("a step's kind of error, correction and remark are kept, undone and reloaded", () => {
  const { item, sent } = inHand({
    labels: [-1, -1, 1],
    details: [null, { note: "", correction: "2 + 2 = 4", error_type: "calculation" }, null],
  });
  assert.equal(item.draft.details[1].correction, "2 + 2 = 4");
  assert.equal(item.toggleErrorType("perception", 0), "perception");
  assert.equal(item.toggleErrorType("perception", 0), null); // again: taken back
  assert.equal(item.setStepText("step_note", "unsure", 0), true);
  assert.equal(item.setStepText("step_note", "unsure", 0), false);
  assert.equal(item.setStepText("correction", "", 1), true);
  assert.deepEqual(
    sent.map(({ type, step, error_type: kind, text }) => [type, step, kind ?? text ?? null]),
    [
      ["error_type", 0, "perception"],
      ["error_type", 0, null],
      ["step_note", 0, "unsure"],
      ["correction", 1, ""],
    ],
  );
  while (item.undo()) {
    /* all the way back */
  }
  assert.deepEqual(item.draft.details, [
    { note: "", correction: "", errorType: null },
    { note: "", correction: "2 + 2 = 4", errorType: "calculation" },
    { note: "", correction: "", errorType: null },
  ]);
});

test("the first error follows the labels until the person says otherwise", () => {
  const { item, sent } = inHand({ labels: [1, -1, -1] });
  assert.equal(item.firstError, 1);
  assert.equal(item.toggleFirstError(1), false); // it is that one anyway
  assert.equal(item.toggleFirstError(0), true);
  assert.equal(item.firstError, 0);
  assert.equal(item.toggleFirstError(0), true); // again: back to the labels
  assert.equal(item.firstError, 1);
  assert.deepEqual(
    sent.map(({ type, step }) => [type, step]),
    [
      ["first_error", 0],
      ["first_error", null],
    ],
  );
});

test("a remark on a submitted item opens it again", () => {
  const { item, kinds } = inHand({ labels: [1, 1, 1], submitted: true });
  item.setStepText("step_note", "hm", 2);
  assert.deepEqual(kinds(), ["reopen", "step_note"]);
  assert.equal(item.draft.submitted, false);
});

test("submit needs every step; an unlabelled step is no label", () => {
  const { item, kinds } = inHand({ labels: [0, 1, null] });
  assert.equal(item.submit(3), false);
  assert.deepEqual(kinds(), []);
  item.setLabel(0, 2);
  assert.equal(item.submit(3), true);
  assert.equal(item.draft.submitted, true);
});

test("a solution without steps is never complete", () => {
  const { item } = inHand({ steps: [], labels: [] });
  assert.equal(item.isComplete, false);
  assert.equal(item.submit(1), false);
  item.move(1);
  assert.equal(item.setLabel(1), false);
});

test("changing a submitted item reopens it first, once", () => {
  const { item, kinds } = inHand({ labels: [1, 1, 1], submitted: true });
  item.setLabel(-1, 0);
  item.setLabel(-1, 1);
  assert.deepEqual(kinds(), ["reopen", "label", "label"]);
  assert.equal(item.draft.submitted, false);
  item.submit(1);
  assert.equal(item.undo().step, 1);
  assert.deepEqual(kinds(), ["reopen", "label", "label", "submit", "reopen", "label"]);
});

test("skip is undone by reopening", () => {
  const { item, kinds } = inHand();
  item.skip("bad_problem", 4);
  assert.deepEqual([item.draft.submitted, item.draft.skipReason], [true, "bad_problem"]);
  assert.deepEqual(undoMessage(item.undo()), "Item is no longer skipped");
  assert.deepEqual([item.draft.submitted, item.draft.skipReason], [false, null]);
  assert.deepEqual(kinds(), ["skip", "reopen"]);
});

test("work is taken up at the first open step", () => {
  assert.equal(inHand({ labels: [1, null, null] }).item.current, 1);
  assert.equal(inHand({ labels: [1, 1, 1] }).item.current, 0);
});

test("a newer answer of the server tells whether anything changed", () => {
  const { item } = inHand();
  assert.equal(item.refresh(task(), []), false);
  assert.equal(item.refresh(task({ labels: [1, null, null] }), []), true);
  assert.equal(item.refresh(task({ labels: [1, null, null] }), [{ type: "label", step: 0, value: -1 }]), true);
  assert.deepEqual(item.draft.labels, [-1, null, null]);
});

test("the wrong step that is asked about is the one in hand, else the one labelled just before", () => {
  const { item } = inHand();
  assert.equal(item.questionedStep, null);
  item.setLabel(-1);
  item.advance();
  assert.deepEqual([item.current, item.questionedStep], [1, 0]);
  item.toggleErrorType("reasoning", item.questionedStep); // an answer goes nowhere
  assert.deepEqual([item.current, item.questionedStep], [1, 0]);
  item.setLabel(1);
  item.advance();
  assert.equal(item.questionedStep, null); // the next label was another word
  item.move(-1);
  item.move(-1);
  assert.deepEqual([item.current, item.questionedStep], [0, 0]);
  item.move(1);
  assert.equal(item.questionedStep, null); // gone elsewhere
});

test("revealed scores can be put out of sight", () => {
  const { item } = inHand({ labels: [1, 1, 1] });
  assert.equal(item.shownReveal, null);
  item.reveal = { scores: [0.9, 0.9, 0.9], predicted: [1, 1, 1], reward_model: "rm" };
  assert.equal(item.shownReveal, item.reveal);
  item.scoresHidden = true;
  assert.equal(item.shownReveal, null);
});

test("an item that others have taken over is gone, unless something was said of it", () => {
  const { item } = inHand();
  assert.deepEqual(
    [item.takenOverUntouched, item.refresh({ ...task(), taken_over: true }, []), item.takenOverUntouched],
    [false, true, true],
  );
  assert.deepEqual([submitButton(item).text, submitButton(item).ready], ["Next item", true]);
  assert.match(hintText(item, [null, null, null]), /others have taken it over. You may still label and submit it/);
  item.setLabel(1, 0);
  assert.deepEqual([item.takenOverUntouched, submitButton(item).ready], [false, false]);
  assert.match(hintText(item, [null, null, null]), /others have taken it over/);
  for (const said of [
    { note: "?" },
    { flagged: true },
    { submitted: true },
    { details: [{ note: "?" }, null, null] },
  ]) {
    assert.equal(inHand({ taken_over: true, ...said }).item.takenOverUntouched, false);
  }
  assert.equal(
    takenOverMessage([{ position: 1 }]),
    "Your time for item 2 had run out, and others have taken it over. Your labels are kept as well.",
  );
  assert.match(
    takenOverMessage([{ position: 1 }, { position: 4 }]),
    /^Your time for 2 items had run out, and others have taken them over/,
  );
});
