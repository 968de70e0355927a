import assert from "node:assert/strict";
import { test } from "node:test";
import { dayTicks } from "../../../../visualprm_ui/components/admin_board/plot.js";

const DAY = 24 * 60 * 60 * 1000;
const NOW = 100 * DAY;
const days = (first, last, room) =>
  dayTicks(NOW, NOW + first * DAY, NOW + last * DAY, room).map((time) => (time - NOW) / DAY);

test("the axis has dates on whole days from now, as many as there is room for, now among them", () => {
  assert.deepEqual(days(-3, 2, 8), [-3, -2, -1, 0, 1, 2]);
  assert.deepEqual(days(-3, 2.4, 4), [-2, 0, 2]);
  assert.deepEqual(days(-30, 25, 8), [-28, -21, -14, -7, 0, 7, 14, 21]);
  assert.deepEqual(days(-1, 0, 9), [-1, 0]);
  assert.deepEqual(days(-4000, 0, 4), [-3640, -3276, -2912, -2548, -2184, -1820, -1456, -1092, -728, -364, 0]);
});
