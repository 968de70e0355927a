// Finding formulas in text: $ $$ \( \[, and which dollars are none. Pure.

/**
 * @typedef {object} Part a piece of a text
 * @property {"text" | "maths" | "tail"} kind "tail": a formula that is opened and not closed at the end of the text; at
 *   most one, the last
 * @property {string} text what to show or typeset
 * @property {string} source the exact input
 * @property {boolean} display a formula on a line of its own
 * @typedef {{ open: string, shut: string, display: boolean }} Delimiters
 */

/** The longest formula in characters; longer ones are shown as source. */
export const MAX_LENGTH = 2000;

const MAX_TAIL = 240; // an unfinished formula longer than this is no formula

/** @type {readonly Delimiters[]} */
const DELIMITERS = [
  { open: "$$", shut: "$$", display: true },
  { open: "\\[", shut: "\\]", display: true },
  { open: "\\(", shut: "\\)", display: false },
  { open: "$", shut: "$", display: false },
];

/**
 * Splits text into parts. A single $ opens before a non-space and closes after a non-space and not before a digit, so
 * "$5 and $6" stays text; "$ x = 5 $", with spaces on both sides, counts where it holds one of \\ ^ _ =.
 * @param {string} text
 * @returns {Part[]}
 */
export function split(text) {
  /** @type {Part[]} */
  const parts = [];
  let plain = "";
  let at = 0;
  const flush = () => {
    if (plain) parts.push({ kind: "text", text: plain, source: plain, display: false });
    plain = "";
  };
  while (at < text.length) {
    const next = text.slice(at).search(/[$\\]/);
    if (next < 0) {
      plain += text.slice(at);
      break;
    }
    plain += text.slice(at, at + next);
    at += next;
    if (text.startsWith("\\$", at)) {
      plain += "$";
      at += 2;
      continue;
    }
    const pair = DELIMITERS.find(({ open }) => text.startsWith(open, at));
    const end = pair ? close(text, at, pair) : -1;
    if (!pair || end === -2) {
      const opening = pair ? pair.open : text[at];
      plain += opening;
      at += opening.length;
    } else if (end === -1) {
      flush();
      parts.push({ kind: "tail", text: text.slice(at), source: text.slice(at), display: pair.display });
      return parts;
    } else {
      flush();
      parts.push({
        kind: "maths",
        text: text.slice(at + pair.open.length, end),
        source: text.slice(at, end + pair.shut.length),
        display: pair.display,
      });
      at = end + pair.shut.length;
    }
  }
  flush();
  return parts;
}

/**
 * Returns where the formula opened at `at` closes; -1: not yet, though it may; -2: this opens no formula.
 * @param {string} text
 * @param {number} at
 * @param {Delimiters} pair
 */
function close(text, at, { open, shut, display }) {
  const from = at + open.length;
  const dollar = open === "$";
  const spaced = dollar && /\s/.test(text[from] ?? " ");
  for (let i = from; i < text.length; i += 1) {
    if (text.startsWith(shut, i)) {
      if (i === from) return -2; // empty
      const inner = text.slice(from, i);
      if (!inner.trim()) return -2;
      if (!dollar) return i;
      if (spaced) return /\s$/.test(inner) && /[\\^_=]/.test(inner) ? i : -2;
      return /\s$/.test(inner) || /\d/.test(text[i + 1] ?? "") ? -2 : i;
    }
    if (text[i] === "\\")
      i += 1; // \$ inside a formula is a character; \) and \] were tested above
    else if (dollar && text[i] === "\n") return -2;
    if (i - from > MAX_LENGTH) return -2;
  }
  return spaced || (text.length - at > MAX_TAIL && !display) ? -2 : -1;
}

/**
 * Makes control characters visible, so that they cannot hide or reverse text: C0 as their pictures, overrides as
 * U+FFFD.
 * @param {string} text
 */
export function visible(text) {
  return text.replace(/(?![\t\n\r\u0080-\u009f])\p{Cc}|[\u202d\u202e]/gu, (char) => {
    const code = char.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return code === 0x7f ? "\u2421" : "\ufffd";
  });
}
