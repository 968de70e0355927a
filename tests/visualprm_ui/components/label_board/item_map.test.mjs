import assert from "node:assert/strict";
import { test } from "node:test";
import {
  countsOf,
  itemText,
  paceOf,
  paceText,
  returnedTogether,
  signOf,
} from "../../../../visualprm_ui/components/label_board/item_map.js";

const NOW = new Date(2026, 10, 29, 15);
const item = (more = {}) => ({
  position: 0,
  state: "open",
  flagged: false,
  is_quiz: false,
  skip_reason: null,
  note: "",
  returned: null,
  returned_by: null,
  found_wrong: false,
  seconds: null,
  done_at: null,
  ...more,
});
const done = (seconds, hour) => item({ state: "done", seconds, done_at: new Date(2026, 10, 29, hour).toISOString() });

test("the pace is the median of what was labelled, and the rest takes as long at it", () => {
  const items = [done(100, 9), done(160, 10), done(9000, -5), item({ state: "skipped", done_at: NOW.toISOString() })];
  assert.deepEqual(paceOf(items, 10, NOW), { today: 3, pace: 160, left: 1600 });
  assert.deepEqual(paceOf(items.slice(0, 2), 0, NOW), { today: 2, pace: 130, left: 0 });
  assert.equal(
    paceText({ today: 11, pace: 130, left: 3600 }),
    "today 11 · your pace 2 min 10 s a solution · about 1 h left",
  );
  assert.equal(paceText({ today: 1, pace: 42, left: 0 }), "today 1 · your pace 42 s a solution");
});

test("there is no pace before anything is labelled", () => {
  assert.deepEqual(paceOf([item(), item()], 2, NOW), { today: 0, pace: null, left: null });
  assert.equal(paceText({ today: 0, pace: null, left: null }), "today 0");
});

test("an item says why it was skipped or came back, and the person's own note", () => {
  const skipped = item({ state: "skipped", skip_reason: "unreadable_image", flagged: true, note: "blurred" });
  assert.equal(itemText(skipped), "skipped: the image is unreadable, flagged, “blurred”");
  assert.equal(itemText(item({ state: "returned", returned: "Read it." })), "came back: “Read it.”");
  const back = (position, returned, by = "rex") => item({ position, state: "returned", returned, returned_by: by });
  const together = returnedTogether([
    back(3, "Read it."),
    item({ position: 4 }),
    back(5, "Look."),
    back(6, "Read it."),
  ]);
  assert.deepEqual(
    together.map((group) => group.map(({ position }) => position)),
    [[3, 6], [5]],
  );
  const fromRex = item({ state: "returned", returned: "Read it.", returned_by: "rex" });
  assert.equal(itemText(fromRex), "came back with its split from rex: “Read it.”");
  assert.equal(itemText(item({ state: "done", is_quiz: true })), "entry quiz, done");
  assert.equal(itemText(item({ state: "skipped", skip_reason: "not_understood" })), "skipped: I do not understand it");
  assert.equal(itemText(item()), "to do");
});

test("what was found wrong itself stands before what came back with it, and has a sign of its own", () => {
  const back = (position, isWrong) =>
    item({ position, state: "returned", returned: "Read it.", returned_by: "rex", found_wrong: isWrong });
  const items = [back(0, false), back(1, true), back(2, false), done(1, 9)];
  assert.deepEqual(
    returnedTogether(items).map((group) => group.map(({ position }) => position)),
    [[1], [0, 2]],
  );
  assert.equal(itemText(items[1]), "found wrong by rex: “Read it.”");
  assert.deepEqual(items.map(signOf), ["undo", "cross", "undo", "check"]);
  assert.equal(signOf({ ...items[1], flagged: true }), "flag");
  assert.equal(signOf({ ...items[1], state: "done" }), "check"); // submitted again
  const [, returned] = countsOf(items, 4);
  assert.deepEqual(returned, { state: "returned", text: "3 came back, 1 of them found wrong" });
});

test("what is not on the list yet is to do as well", () => {
  const items = [done(1, 9), item({ state: "skipped" }), item({ state: "returned" }), item({ flagged: true })];
  assert.deepEqual(countsOf(items, 40), [
    { state: "done", text: "1 done" },
    { state: "flagged", text: "1 flagged" },
    { state: "skipped", text: "1 skipped" },
    { state: "returned", text: "1 came back" },
    { state: "open", text: "38 to do, 36 of them not assigned yet" },
  ]);
  assert.deepEqual(countsOf(items.slice(0, 1), 1), [{ state: "done", text: "1 done" }]);
  assert.deepEqual(countsOf([], 0), []);
});
