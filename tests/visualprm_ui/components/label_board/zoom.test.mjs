import assert from "node:assert/strict";
import { test } from "node:test";
import {
  barMargins,
  clampView,
  FIT_VIEW,
  fitSize,
  zoomView,
} from "../../../../visualprm_ui/components/label_board/zoom.js";

test("zooming keeps the point under the pointer in place", () => {
  const view = zoomView(FIT_VIEW, 2, 50, -20);
  // picture point under the pointer before: (50, -20) at scale 1; after: x + 2 * 50
  assert.deepEqual(view, { scale: 2, x: -50, y: 20 });
  assert.deepEqual(zoomView(view, 0.5, 50, -20), { scale: 1, x: 0, y: 0 });
});

test("zoom stays between fitted and 16 times", () => {
  assert.equal(zoomView(FIT_VIEW, 0.1).scale, 1);
  assert.equal(zoomView(FIT_VIEW, 1000).scale, 16);
});

test("the picture cannot be dragged out of its frame", () => {
  const frame = { width: 100, height: 100 };
  assert.deepEqual(clampView({ scale: 1, x: 30, y: 30 }, { width: 100, height: 50 }, frame), { scale: 1, x: 0, y: 0 });
  assert.deepEqual(clampView({ scale: 2, x: 500, y: -500 }, { width: 100, height: 50 }, frame), {
    scale: 2,
    x: 50,
    y: 0,
  });
});

test("fitting keeps proportions and does not blow up tiny pictures without end", () => {
  assert.deepEqual(fitSize({ width: 200, height: 100 }, { width: 100, height: 100 }), { width: 100, height: 50 });
  assert.deepEqual(fitSize({ width: 10, height: 10 }, { width: 1000, height: 1000 }), { width: 40, height: 40 });
  assert.deepEqual(fitSize({ width: 0, height: 0 }, { width: 100, height: 100 }), { width: 0, height: 0 });
});

test("a fitted picture is never under the buttons, and as large as it can be", () => {
  const bar = { width: 130, height: 34 };
  const none = { right: 0, bottom: 0 };
  assert.deepEqual(barMargins({ width: 1200, height: 400 }, { width: 560, height: 640 }, bar), none);
  assert.deepEqual(barMargins({ width: 200, height: 600 }, { width: 560, height: 640 }, bar), none);
  assert.deepEqual(barMargins({ width: 560, height: 640 }, { width: 560, height: 640 }, bar), { right: 0, bottom: 44 });
  assert.deepEqual(barMargins({ width: 300, height: 300 }, { width: 330, height: 205 }, bar), {
    right: 140,
    bottom: 0,
  });
  assert.deepEqual(barMargins({ width: 560, height: 640 }, { width: 560, height: 640 }, { width: 0, height: 0 }), none);
});
