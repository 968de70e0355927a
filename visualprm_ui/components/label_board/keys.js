// Which key does what. Pure: turns a keydown into a command's name, or null where the key is not ours.

/** @import { TaskOptions } from "../../assets/api.d.ts" */

/**
 * @typedef {"next" | "previous" | "correct" | "neutral" | "wrong" | "clear" | "submit" | "undo" | "skip" | "flag" |
 *   "note"} StepCommand
 * @typedef {"stepNote" | "correction" | "firstError" | "error1" | "error2" | "error3" | "error4" | "error5"}
 *   DetailCommand
 * @typedef {"scores" | "guideline" | "reference" | "nextImage" | "previousItem" | "nextItem" | "help" |
 *   "map" | "textSize"} ItemCommand
 * @typedef {"zoomIn" | "zoomOut" | "fit"} ZoomCommand
 * @typedef {StepCommand | DetailCommand | ItemCommand | ZoomCommand} Command
 * @typedef {{ isContentEditable?: boolean, tagName?: string, type?: string }} KeyTarget what is known of the element
 *   with the focus
 */

/** @type {Record<string, Command>} */
const BY_KEY = {
  j: "next",
  ArrowDown: "next",
  k: "previous",
  ArrowUp: "previous",
  1: "correct",
  2: "neutral",
  3: "wrong",
  Backspace: "clear",
  Delete: "clear",
  Enter: "submit",
  u: "undo",
  s: "skip",
  f: "flag",
  n: "note",
  b: "scores",
  g: "guideline",
  a: "reference",
  i: "nextImage",
  o: "map",
  t: "textSize",
  m: "stepNote",
  c: "correction",
  x: "firstError",
  4: "error1",
  5: "error2",
  6: "error3",
  7: "error4",
  8: "error5",
  "[": "previousItem",
  "]": "nextItem",
  "+": "zoomIn",
  "=": "zoomIn",
  "-": "zoomOut",
  _: "zoomOut",
  0: "fit",
  "?": "help",
};

/**
 * The command by the place on the keyboard, for layouts that write something else there (Cyrillic, Greek, German
 * brackets).
 * @type {Record<string, Command>}
 */
const BY_CODE = {
  KeyJ: "next",
  KeyK: "previous",
  NumpadEnter: "submit",
  NumpadAdd: "zoomIn",
  NumpadSubtract: "zoomOut",
  Digit0: "fit",
  KeyU: "undo",
  KeyS: "skip",
  KeyF: "flag",
  KeyN: "note",
  KeyB: "scores",
  KeyG: "guideline",
  KeyA: "reference",
  KeyI: "nextImage",
  KeyO: "map",
  KeyT: "textSize",
  KeyM: "stepNote",
  KeyC: "correction",
  KeyX: "firstError",
  BracketLeft: "previousItem",
  BracketRight: "nextItem",
};

// Held down, these repeat; a held "1" must not label the whole solution.
/** @type {Set<Command>} */
const REPEATS = new Set(["next", "previous", "undo", "zoomIn", "zoomOut"]);

const FIELDS = new Set(["INPUT", "TEXTAREA", "SELECT"]);
const SILENT_INPUTS = new Set(["checkbox", "radio", "button", "range", "submit"]);

/**
 * Whether letters are text there: the keys are then the field's.
 * @param {KeyTarget | null | undefined} target
 */
export function isTyping(target) {
  if (!target) return false;
  if (target.isContentEditable) return true;
  if (!FIELDS.has(target.tagName ?? "")) return false;
  return !(target.tagName === "INPUT" && SILENT_INPUTS.has(target.type ?? ""));
}

/**
 * The digit of a keydown as text, or null. In the row of digits the place counts: unshifted, Czech writes + on the 1,
 * AZERTY - on the 6, which are no zooming there.
 * @param {{ key: string, code?: string, shiftKey?: boolean }} event
 */
export function digit({ key, code, shiftKey }) {
  if (/^\d$/.test(key)) return key;
  return shiftKey ? null : (/^Digit([1-9])$/.exec(code ?? "")?.[1] ?? null);
}

/**
 * Returns the command of a keydown, or null. Enter on a button or link stays that button's own.
 * @param {KeyboardEvent} event
 * @returns {Command | null}
 */
export function command(event) {
  const target = /** @type {Element & KeyTarget | null} */ (event.target);
  if (event.isComposing || event.defaultPrevented || isTyping(target)) return null;
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "z")
    return "undo";
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (/^Numpad(?:\d|Decimal)$/.test(event.code) && !/^\d$/.test(event.key)) return null; // NumLock is off: PgDn is no 3
  const isLetter = /^\p{L}$/u.test(event.key);
  if (event.shiftKey && isLetter) return null;
  const key = digit(event) ?? (isLetter ? event.key.toLowerCase() : event.key);
  const name = BY_KEY[key] ?? (event.shiftKey ? null : BY_CODE[event.code]) ?? null;
  if (name === null || (event.repeat && !REPEATS.has(name))) return null;
  if (name === "submit" && ownsEnter(target)) return null;
  return name;
}

/** @param {Element | null} target */
function ownsEnter(target) {
  const control = target?.closest?.("button, a[href], summary, select");
  return control ? control.getAttribute("role") !== "radio" : false;
}

/**
 * Returns the rows of the help dialog for a project's options: keys and what they do.
 * @param {Partial<TaskOptions>} [options]
 * @returns {[keys: string[], text: string][]}
 */
export function help({ error_types: types = false, first_error: first = false, step_notes: notes = false } = {}) {
  /** @type {[keys: string[], text: string, isShown?: boolean][]} */
  const rows = [
    [["J", "K"], "next / previous step (also ↓ ↑)"],
    [["1", "2", "3"], "correct / neutral / wrong"],
    [["⌫"], "remove the label"],
    [
      ["4", "–", "8"],
      "type of error of the step just labelled wrong: perception, calculation, reasoning, knowledge, format",
      types,
    ],
    [["X"], "mark it as the first error", first],
    [["C", "M"], "what the step should say / remark on it", notes],
    [["Enter"], "submit and go to the next item"],
    [["U"], "undo, as often as you like (also Ctrl Z)"],
    [["S", "F", "N"], "skip / flag / note"],
    [["G"], "guideline"],
    [["[", "]"], "previous / next item"],
    [["O"], "all your items, and your pace"],
    [["T"], "text size"],
    [["B"], "show or hide the scores of a submitted item"],
    [["A", "I"], "reference answer / next image"],
    [["+", "−", "0"], "zoom in / out / fit"],
    [["?"], "show this list"],
  ];
  return rows.filter(([, , isShown = true]) => isShown).map(([keys, text]) => [keys, text]);
}
