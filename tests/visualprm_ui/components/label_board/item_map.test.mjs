import assert from "node:assert/strict";
import { test } from "node:test";
import { countsText, itemText, paceOf, paceText } from "../../../../visualprm_ui/components/label_board/item_map.js";

const NOW = new Date(2026, 10, 29, 15);
const item = (more = {}) => ({
  position: 0,
  state: "open",
  flagged: false,
  is_quiz: false,
  skip_reason: null,
  note: "",
  returned: null,
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
  assert.equal(itemText(item({ state: "done", is_quiz: true })), "entry quiz, done");
  assert.equal(itemText(item()), "to do");
});

test("what is not on the list yet is to do as well", () => {
  const items = [done(1, 9), item({ state: "skipped" }), item({ state: "returned" }), item({ flagged: true })];
  const counts = "1 done · 1 flagged · 1 skipped · 1 came back · 38 to do, 36 of them not handed out yet";
  assert.equal(countsText(items, 40), counts);
  assert.equal(countsText(items.slice(0, 1), 1).includes("handed out"), false);
  assert.equal(countsText([], 0), "0 items");
});
