import assert from "node:assert/strict";
import { test } from "node:test";
import { VisibleClock } from "../../../../visualprm_ui/components/label_board/visible_clock.js";

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
