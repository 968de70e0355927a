import assert from "node:assert/strict";
import { test } from "node:test";
import { agreement, applied, draftOf, Item, overlaid } from "../../../visualprm_ui/components/label_board/draft.js";
import {
  hintWords,
  lateWords,
  openWords,
  refusalWords,
  saveState,
  submitWords,
  undoWords,
} from "../../../visualprm_ui/components/label_board/messages.js";
import { VisibleClock } from "../../../visualprm_ui/components/label_board/visible_clock.js";

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
  item.label(-1);
  item.advance();
  assert.equal(item.current, 2);
  item.label(1);
  item.advance();
  assert.equal(item.current, 0);
  assert.deepEqual(item.open, [0]);
  assert.deepEqual(sent, [
    { task: "t", type: "label", step: 1, value: -1 },
    { task: "t", type: "label", step: 2, value: 1 },
  ]);
});

test("the same label again is no change", () => {
  const { item, sent } = inHand({ labels: [1, null, null] });
  assert.equal(item.label(1, 0), false);
  assert.deepEqual(sent, []);
  assert.deepEqual(item.history, []);
});

test("undo goes back to the very start, by events of its own", () => {
  const { item, sent } = inHand({ labels: [0, null, null] });
  item.label(1, 0);
  item.label(-1, 0);
  item.flag();
  item.note("hm");
  const kinds = [1, 2, 3, 4, 5].map(() => item.undo()?.kind ?? null);
  assert.deepEqual(kinds, ["note", "flag", "label", "label", null]);
  assert.deepEqual(item.draft, draftOf(task({ labels: [0, null, null] })));
  assert.equal(sent.length, 8);
  assert.equal(item.current, 0);
});

test("a step's kind of error, correction and remark are kept, undone and reloaded", () => {
  const { item, sent } = inHand({
    labels: [-1, -1, 1],
    details: [null, { note: "", correction: "2 + 2 = 4", error_type: "calculation" }, null],
  });
  assert.equal(item.draft.details[1].correction, "2 + 2 = 4");
  assert.equal(item.errorType("perception", 0), "perception");
  assert.equal(item.errorType("perception", 0), null); // again: taken back
  assert.equal(item.write("step_note", "unsure", 0), true);
  assert.equal(item.write("step_note", "unsure", 0), false);
  assert.equal(item.write("correction", "", 1), true);
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
  assert.equal(item.markFirstError(1), false); // it is that one anyway
  assert.equal(item.markFirstError(0), true);
  assert.equal(item.firstError, 0);
  assert.equal(item.markFirstError(0), true); // again: back to the labels
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
  item.write("step_note", "hm", 2);
  assert.deepEqual(kinds(), ["reopen", "step_note"]);
  assert.equal(item.draft.submitted, false);
});

test("submit needs every step; an unlabelled step is no label", () => {
  const { item, kinds } = inHand({ labels: [0, 1, null] });
  assert.equal(item.submit(3), false);
  assert.deepEqual(kinds(), []);
  item.label(0, 2);
  assert.equal(item.submit(3), true);
  assert.equal(item.draft.submitted, true);
});

test("a solution without steps is never complete", () => {
  const { item } = inHand({ steps: [], labels: [] });
  assert.equal(item.complete, false);
  assert.equal(item.submit(1), false);
  item.move(1);
  assert.equal(item.label(1), false);
});

test("changing a submitted item reopens it first, once", () => {
  const { item, kinds } = inHand({ labels: [1, 1, 1], submitted: true });
  item.label(-1, 0);
  item.label(-1, 1);
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
  assert.deepEqual(undoWords(item.undo()), "Item is no longer skipped");
  assert.deepEqual([item.draft.submitted, item.draft.skipReason], [false, null]);
  assert.deepEqual(kinds(), ["skip", "reopen"]);
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
  const draft = overlaid(task(), events);
  assert.deepEqual(draft, { ...draftOf(task()), labels: [-1, null, null], note: "n", flagged: true });
});

test("events do not change the draft they are applied to", () => {
  const draft = Object.freeze(draftOf(task()));
  Object.freeze(draft.labels);
  assert.deepEqual(applied(draft, { type: "label", step: 0, value: 0 }).labels, [0, null, null]);
});

test("labels the server should never send count as none, and missing ones too", () => {
  assert.deepEqual(draftOf(task({ labels: [2, "1"] })).labels, [null, null, null]);
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
  assert.equal(item.asked, null);
  item.label(-1);
  item.advance();
  assert.deepEqual([item.current, item.asked], [1, 0]);
  item.errorType("reasoning", item.asked); // an answer goes nowhere
  assert.deepEqual([item.current, item.asked], [1, 0]);
  item.label(1);
  item.advance();
  assert.equal(item.asked, null); // the next label was another word
  item.move(-1);
  item.move(-1);
  assert.deepEqual([item.current, item.asked], [0, 0]);
  item.move(1);
  assert.equal(item.asked, null); // gone elsewhere
});

test("revealed scores can be put out of sight", () => {
  const { item } = inHand({ labels: [1, 1, 1] });
  assert.equal(item.shown, null);
  item.reveal = { scores: [0.9, 0.9, 0.9], reward_model: "rm" };
  assert.equal(item.shown, item.reveal);
  item.covered = true;
  assert.equal(item.shown, null);
});

test("agreement only where both say something", () => {
  assert.deepEqual(
    [
      [1, 0.5],
      [1, 0.49],
      [-1, 0.49],
      [-1, 0.5],
      [0, 0.9],
      [null, 0.9],
      [1, null],
      [1, undefined],
    ].map(([label, score]) => agreement(label, score)),
    [true, false, true, false, null, null, null, null],
  );
});

test("the clock counts visible seconds only", () => {
  let now = 0;
  const clock = new VisibleClock(2, () => now);
  now = 5000;
  assert.equal(clock.seconds, 2);
  clock.run();
  now = 6500;
  clock.run();
  clock.pause();
  clock.pause();
  now = 60_000;
  assert.equal(clock.seconds, 3.5);
  clock.run();
  now = 60_300;
  assert.equal(clock.seconds, 3.8);
});

test("the main button says what is missing, what Enter does, and when it does it", () => {
  const { item } = inHand();
  assert.deepEqual(submitWords(item), { text: "0 of 3 labelled", short: "0 of 3 labelled", ready: false });
  for (const step of [0, 1, 2]) item.label(0, step);
  assert.equal(submitWords(item).text, "Submit and next");
  item.submit(1);
  assert.equal(submitWords(item).text, "Next item");
  item.reveal = { scores: [0.9, null, 0.1], reward_model: "rm" };
  item.label(1, 0);
  assert.equal(submitWords(item).text, "Submit changes");
});

test("save states are said as they are", () => {
  const state = (kind, waiting, volatile = false) => saveState({ kind, waiting, refused: 0, volatile });
  assert.equal(state("saved", 0).text, "All changes saved");
  assert.equal(state("saving", 1).text, "Saving…");
  assert.equal(state("offline", 2).text, "Offline – 2 changes kept on this device");
  assert.equal(state("server", 1).text, "Server trouble – 1 change kept on this device");
  assert.match(state("signed_out", 3).text, /^Signed out/);
  assert.match(state("saving", 1, true).text, /keep this tab open/);
  assert.equal(state("no_cookie", 1).text, "This browser keeps no cookie – 1 change kept on this device");
  assert.equal(state("other_guest", 2).text, "This browser is another guest by now – 2 changes kept on this device");
  const left = (orphans) => saveState({ kind: "saved", waiting: 0, refused: 0, volatile: false, orphans });
  assert.equal(left(1).text, "1 change made as another guest is kept in this browser and was not sent");
  assert.deepEqual(
    [left(2).text, left(2).tone],
    ["2 changes made as another guest are kept in this browser and were not sent", "bad"],
  );
});

test("sentences about steps use numbers from 1", () => {
  assert.equal(openWords([0]), "Step 1 has no label yet");
  assert.equal(openWords([0, 2, 4]), "Steps 1, 3 and 5 have no label yet");
  assert.equal(openWords([...Array(9).keys()]), "Steps 1, 2, 3, 4, 5 and 4 more have no label yet");
  assert.equal(
    refusalWords({ event: { type: "label", step: 1 }, about: { position: 2 }, reason: "gone." }),
    "The label of step 2 of item 3 was not accepted: gone.",
  );
  assert.equal(refusalWords({ event: { type: "hat" }, about: null, reason: "?" }), "A change was not accepted: ?");
});

test("the hint tells how far the reward model agrees", () => {
  const { item } = inHand({ labels: [1, -1, 0] });
  item.reveal = { scores: [0.9, 0.8, null], reward_model: "rm" };
  assert.match(hintWords(item, [true, false, null]), /^rm agrees with 1 of 2 labels/);
  item.reveal = { scores: [null, null, null], reward_model: null };
  assert.match(hintWords(item, [null, null, null]), /No reward model/);
});

test("that an item was skipped or sent back is said also where its scores are shown", () => {
  const reveal = { scores: [0.9, 0.8, null], reward_model: "rm" };
  const skipped = inHand({ labels: [1, -1, 0], skip_reason: "bad_problem", submitted: true, revealed: true }).item;
  skipped.reveal = reveal;
  assert.match(hintWords(skipped, [true, false, null]), /^You skipped this item \(The problem is faulty\)/);
  const returned = inHand({ labels: [1, -1, 0], returned: "Look at step 2.", revealed: true }).item;
  returned.reveal = reveal;
  assert.equal(hintWords(returned, [true, false, null]), "Sent back by the reviewer: Look at step 2.");
});

test("an item that others have taken over is gone, unless something was said of it", () => {
  const { item } = inHand();
  assert.deepEqual([item.gone, item.refresh({ ...task(), taken_over: true }, []), item.gone], [false, true, true]);
  assert.deepEqual([submitWords(item).text, submitWords(item).ready], ["Next item", true]);
  assert.match(hintWords(item, [null, null, null]), /others have taken it over. You may still label and submit it/);
  item.label(1, 0);
  assert.deepEqual([item.gone, submitWords(item).ready], [false, false]);
  assert.match(hintWords(item, [null, null, null]), /others have taken it over/);
  for (const said of [
    { note: "?" },
    { flagged: true },
    { submitted: true },
    { details: [{ note: "?" }, null, null] },
  ]) {
    assert.equal(inHand({ taken_over: true, ...said }).item.gone, false);
  }
  assert.equal(
    lateWords([1]),
    "Your time for item 2 had run out, and others have taken it over. Your labels are kept as well.",
  );
  assert.match(lateWords([1, 4]), /^Your time for 2 items had run out, and others have taken them over/);
});
