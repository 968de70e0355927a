import assert from "node:assert/strict";
import { test } from "node:test";
import { scrollNeeded } from "../../../../visualprm_ui/components/label_board/step_in_sight.js";

const list = { top: 100, bottom: 500 };
const step = (top, height) => ({ top, bottom: top + height });

test("a step in the upper part stays where it is, one below comes up, one above comes down", () => {
  assert.equal(scrollNeeded(step(112, 80), null, list), 0);
  assert.equal(scrollNeeded(step(300, 80), null, list), 0);
  assert.equal(scrollNeeded(step(400, 80), null, list), 92); // a quarter of the list stays free below it
  assert.equal(scrollNeeded(step(700, 80), null, list), 392);
  assert.equal(scrollNeeded(step(60, 80), null, list), -52);
});

test("a step that nearly fills the list is whole, and a higher one is shown from its beginning", () => {
  assert.equal(scrollNeeded(step(300, 370), null, list), 188);
  assert.equal(scrollNeeded(step(300, 376), null, list), 188);
  assert.equal(scrollNeeded(step(300, 900), null, list), 188);
});

test("the step before stays in sight where both have room", () => {
  assert.equal(scrollNeeded(step(210, 100), step(90, 110), list), -22);
  assert.equal(scrollNeeded(step(410, 100), step(200, 200), list), 88);
  assert.equal(scrollNeeded(step(410, 100), step(60, 340), list), 122); // not enough room: the current one counts
});
