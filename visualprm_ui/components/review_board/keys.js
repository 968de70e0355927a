// Which key does what at a reviewer's and an adjudicator's board. Pure.

import { digit, isTyping } from "../label_board/keys.js";

/** @import { KeyTarget } from "../label_board/keys.js" */

/**
 * @typedef {"right" | "wrong" | "note" | "next" | "previousItem" | "nextItem" | "down" | "up" | "question" |
 *   "guideline" | "help" | "reference" | "nextImage" | "zoomIn" | "zoomOut" | "fit" | "accept" | "sendBack"} Named
 * @typedef {{ name: Named } | { digit: number }} Pressed
 */

/** @type {Record<string, Named>} */
const BY_KEY = {
  r: "right",
  w: "wrong",
  n: "note",
  Enter: "next",
  "[": "previousItem",
  "]": "nextItem",
  j: "down",
  ArrowDown: "down",
  k: "up",
  ArrowUp: "up",
  x: "question",
  g: "guideline",
  "?": "help",
  a: "reference",
  i: "nextImage",
  "+": "zoomIn",
  "=": "zoomIn",
  "-": "zoomOut",
  0: "fit",
  b: "sendBack",
};

/**
 * The same by the place on the keyboard, for layouts that write something else there.
 * @type {Record<string, Named>}
 */
const BY_CODE = {
  KeyR: "right",
  KeyW: "wrong",
  KeyN: "note",
  NumpadEnter: "next",
  BracketLeft: "previousItem",
  BracketRight: "nextItem",
  KeyJ: "down",
  KeyK: "up",
  KeyX: "question",
  KeyG: "guideline",
  KeyA: "reference",
  KeyI: "nextImage",
  KeyB: "sendBack",
};
const REPEATS = new Set(["down", "up", "zoomIn", "zoomOut"]);

/**
 * Returns what a key means, or null where it is not the board's. Enter on a control stays that control's own.
 * @param {KeyboardEvent} event
 * @returns {Pressed | null}
 */
export function pressed(event) {
  const target = /** @type {Element & KeyTarget | null} */ (event.target);
  if (event.isComposing || event.defaultPrevented || isTyping(target)) return null;
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (/^Numpad(?:\d|Decimal)$/.test(event.code) && !/^\d$/.test(event.key)) return null; // NumLock is off
  const number = digit(event);
  if (number !== null && number !== "0") return event.repeat ? null : { digit: Number(number) };
  const isLetter = /^\p{L}$/u.test(event.key);
  if (event.shiftKey && isLetter) return null;
  const name = BY_KEY[isLetter ? event.key.toLowerCase() : event.key] ?? (event.shiftKey ? null : BY_CODE[event.code]);
  if (!name || (event.repeat && !REPEATS.has(name))) return null;
  if (name === "next" && ownsEnter(target)) return null;
  return { name };
}

/** @param {Element | null} target */
function ownsEnter(target) {
  const control = target?.closest?.("button, a[href], summary, select");
  return control ? control.getAttribute("role") !== "radio" : false;
}
