import assert from "node:assert/strict";
import { test } from "node:test";
import { Item } from "../../../../visualprm_ui/components/label_board/item.js";
import {
  hintText,
  passMark,
  refusalMessage,
  saveStateMessage,
  submitButton,
  unlabelledMessage,
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

test("the main button says what is missing, what Enter does, and when it does it", () => {
  const { item } = inHand();
  assert.deepEqual(submitButton(item), { text: "0 of 3 labelled", short: "0 of 3 labelled", ready: false });
  for (const step of [0, 1, 2]) item.setLabel(0, step);
  assert.equal(submitButton(item).text, "Submit and continue");
  item.submit(1);
  assert.equal(submitButton(item).text, "Next item");
  item.reveal = { scores: [0.9, null, 0.1], predicted: [1, null, -1], reward_model: "rm" };
  item.setLabel(1, 0);
  assert.equal(submitButton(item).text, "Submit changes");
});

test("save states are said as they are", () => {
  const state = (kind, waiting, volatile = false) => saveStateMessage({ kind, waiting, refused: 0, volatile });
  assert.equal(state("saved", 0).text, "All changes saved");
  assert.equal(state("saving", 1).text, "Saving…");
  assert.equal(state("offline", 2).text, "Offline – 2 changes kept on this device");
  assert.equal(state("server", 1).text, "Server trouble – 1 change kept on this device");
  assert.match(state("signed_out", 3).text, /^Signed out/);
  assert.match(state("saving", 1, true).text, /keep this tab open/);
  assert.equal(state("no_cookie", 1).text, "This browser keeps no cookie – 1 change kept on this device");
  assert.equal(
    state("other_guest", 2).text,
    "This browser now belongs to another guest – 2 changes kept on this device",
  );
  const left = (orphans) => saveStateMessage({ kind: "saved", waiting: 0, refused: 0, volatile: false, orphans });
  assert.equal(left(1).text, "1 change made as another guest is kept in this browser and was not sent");
  assert.deepEqual(
    [left(2).text, left(2).tone],
    ["2 changes made as another guest are kept in this browser and were not sent", "bad"],
  );
});

test("sentences about steps use numbers from 1", () => {
  assert.equal(unlabelledMessage([0]), "Step 1 has no label yet");
  assert.equal(unlabelledMessage([0, 2, 4]), "Steps 1, 3 and 5 have no label yet");
  assert.equal(unlabelledMessage([...Array(9).keys()]), "Steps 1, 2, 3, 4, 5 and 4 more have no label yet");
  assert.equal(
    refusalMessage({ event: { type: "label", step: 1 }, about: { position: 2 }, reason: "gone." }),
    "The label of step 2 of item 3 was not accepted: gone.",
  );
  assert.equal(refusalMessage({ event: { type: "hat" }, about: null, reason: "?" }), "A change was not accepted: ?");
});

test("the hint tells how far the reward model agrees", () => {
  const { item } = inHand({ labels: [1, -1, 0] });
  item.reveal = { scores: [0.9, 0.8, null], predicted: [1, 1, null], reward_model: "rm" };
  assert.match(hintText(item, [true, false, null]), /^rm agrees with 1 of 2 labels \(a score above 0\.5 counts/);
  item.reveal = { scores: [null, null, null], predicted: [null, null, null], reward_model: null };
  assert.match(hintText(item, [null, null, null]), /No reward model/);
});

test("that an item was skipped or sent back is said also where its scores are shown", () => {
  const reveal = { scores: [0.9, 0.8, null], predicted: [1, 1, null], reward_model: "rm" };
  const skipped = inHand({ labels: [1, -1, 0], skip_reason: "bad_problem", submitted: true, revealed: true }).item;
  skipped.reveal = reveal;
  assert.match(hintText(skipped, [true, false, null]), /^You skipped this item \(the problem is faulty\)/);
  const returned = inHand({ labels: [1, -1, 0], returned: "Look at step 2.", revealed: true }).item;
  returned.reveal = reveal;
  assert.equal(hintText(returned, [true, false, null]), "Sent back by the reviewer: Look at step 2.");
});

test("a quiz says which share is needed, as exactly as it was set", () => {
  const marks = [0.8, 0.8125, 0.07, 0.9999, 1, null].map(passMark);
  assert.deepEqual(
    marks.slice(0, 5),
    ["80", "81.25", "7", "99.99", "100"].map((each) => `Entry quiz, ${each} % to pass`),
  );
  assert.equal(marks[5], "Entry quiz");
});
