// Where a list of steps is scrolled to so that the current one is in sight.

/** @typedef {{ top: number, bottom: number }} Extent in pixels of the window */

const EDGE = 12; // pixels that stay free above and below
const BELOW = 0.25; // of the list's height: what comes next is in sight as well

/**
 * How far the list has to be scrolled, in pixels. A step that is higher than the list is shown from its beginning.
 * @param {Extent} step
 * @param {Extent | null} before the step before, where it should be in sight too as far as there is room
 * @param {Extent} list
 */
export function scrollNeeded(step, before, list) {
  const room = list.bottom - list.top - 2 * EDGE;
  const top = before !== null && step.bottom - before.top <= room ? Math.min(before.top, step.top) : step.top;
  const height = step.bottom - top;
  const first = list.top + EDGE;
  if (top < first || height > room) return top - first;
  const last = list.bottom - EDGE - Math.min(BELOW * (list.bottom - list.top), room - height);
  return Math.max(0, step.bottom - last);
}

/**
 * @param {HTMLElement} step
 * @param {HTMLElement | null} [before]
 */
export function bringIntoSight(step, before = null) {
  const list = step.closest(".vp-lb-list");
  const extent = before?.getBoundingClientRect() ?? null;
  if (list) list.scrollTop += scrollNeeded(step.getBoundingClientRect(), extent, list.getBoundingClientRect());
}
