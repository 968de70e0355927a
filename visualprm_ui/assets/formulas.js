// Finding formulas in text: $ $$ \( \[, environments, bare commands. Code is left alone. Pure.

import { bareCommandEnd, groupEnd, isSpacedNumber } from "./bare_latex.js";
import { codeEnd } from "./code_spans.js";
import { isDollarFormula } from "./dollars.js";

/**
 * @typedef {object} Part a piece of a text
 * @property {"text" | "maths" | "tail"} kind "tail": in a text that is still written, a formula that is opened and not
 *   closed yet; at most one, the last
 * @property {string} text what to show or typeset
 * @property {string} source the exact input
 * @property {boolean} display a formula on a line of its own
 * @typedef {{ end: number, text: string, display: boolean }} Formula `end`: where it ends in the text
 */

const MAX_ABSENT = 64; // different closers that a text lacks; beyond them nothing more is looked for
const MAX_TAIL = 240; // characters: a longer unfinished formula within a line is none

/** What text documents are made of, and no formula. */
const DOCUMENT =
  "center description document enumerate figure flushleft flushright itemize quotation quote table tabular verbatim";
const TEXT_ENVIRONMENTS = new Set(DOCUMENT.split(" "));
const SHUT = { $$: "$$", "\\[": "\\]", "\\(": "\\)" };

/**
 * Splits text into parts. A formula that never closes is text; in a text that is still written (`streaming`) it is the
 * tail, as far as it may yet become a formula.
 * @param {string} text
 * @param {{ streaming?: boolean }} [options]
 * @returns {Part[]}
 */
export function split(text, { streaming = false } = {}) {
  /** @type {Part[]} */
  const parts = [];
  const finder = new Finder(text);
  let from = 0; // of the text that is not in a part yet
  let at = 0;
  const flush = (/** @type {number} */ end) => {
    const plain = text.slice(from, end);
    if (plain) parts.push({ kind: "text", text: plain, source: plain, display: false });
  };
  while (at < text.length) {
    const next = text.slice(at).search(/[$\\`~^_]/);
    if (next < 0) break;
    at += next;
    const after = codeEnd(text, at) ?? escapeEnd(text, at);
    if (after !== null) {
      at = after;
      continue;
    }
    const found = finder.formulaAt(at, from);
    if (found) {
      flush(found.start);
      const { text: inner, display } = found;
      parts.push({ kind: "maths", text: inner, source: text.slice(found.start, found.end), display });
      at = found.end;
      from = at;
    } else if (streaming && mayBecomeFormula(text, at)) {
      flush(at);
      const rest = text.slice(at);
      parts.push({ kind: "tail", text: rest, source: rest, display: false });
      return parts;
    } else at += openerLength(text, at);
  }
  flush(text.length);
  return parts;
}

/**
 * Returns where a backslash that opens nothing ends; null where there is none.
 * @param {string} text
 * @param {number} at
 */
function escapeEnd(text, at) {
  if (text[at] !== "\\" || isSpacedNumber(text, at)) return null;
  return /[a-zA-Z()[]/.test(text[at + 1] ?? "") ? null : at + 2;
}

/**
 * @param {string} text
 * @param {number} at
 */
function openerLength(text, at) {
  if (text.startsWith("$$", at)) return 2;
  return text[at] === "\\" ? Math.max(1, /^\\(?:[a-zA-Z]+|.)/s.exec(text.slice(at, at + 40))?.[0].length ?? 1) : 1;
}

/**
 * Returns whether what stands at `at` may be the start of a formula of which the rest is still to come.
 * @param {string} text
 * @param {number} at
 */
function mayBecomeFormula(text, at) {
  const rest = text.slice(at);
  if (/^(?:\\\[|\$\$|\\begin\{)/.test(rest)) return !isTextEnvironment(rest);
  if (rest.length > MAX_TAIL) return false;
  if (/^\\(?:\(|[a-zA-Z]+\s*(?:\{.*)?$)/s.test(rest)) return true;
  return rest[0] === "$" && !rest.includes("$", 1) && isDollarFormula(rest.slice(1).trimEnd(), "");
}

/** @param {string} text that begins with \begin{...} */
function isTextEnvironment(text) {
  return TEXT_ENVIRONMENTS.has(/^\\begin\{([a-zA-Z]+)\*?\}/.exec(text)?.[1] ?? "");
}

/** Finds formulas in one text; remembers what it looked for in vain, so that hostile text costs no quadratic time. */
class Finder {
  #text;
  /** @type {Set<string>} */
  #absent = new Set(); // closers that do not come any more

  /** @param {string} text */
  constructor(text) {
    this.#text = text;
  }

  /**
   * Returns the formula that opens at `at`, or null. One that needs what stands before it starts earlier, but not
   * before `from`.
   * @param {number} at
   * @param {number} from
   * @returns {(Formula & { start: number }) | null}
   */
  formulaAt(at, from) {
    const text = this.#text;
    if (text.startsWith("$$", at)) return this.#delimited(at, "$$", true);
    if (text.startsWith("\\[", at)) return this.#delimited(at, "\\[", true);
    if (text.startsWith("\\(", at)) return this.#delimited(at, "\\(", false);
    if (text[at] === "$") return this.#dollar(at);
    if (text.startsWith("\\begin{", at)) return this.#environment(at);
    const bare = bareCommandEnd(text, at, from);
    return bare && { ...bare, text: text.slice(bare.start, bare.end), display: false };
  }

  /**
   * @param {number} at
   * @param {keyof typeof SHUT} open
   * @param {boolean} display
   */
  #delimited(at, open, display) {
    const text = this.#text;
    const shut = SHUT[open];
    const from = at + open.length;
    const end = this.#find(shut, from);
    if (end < 0) return null;
    const inner = text.slice(from, end);
    if (!inner.trim() || (open !== "$$" && nests(inner, open))) return null;
    return { start: at, end: end + shut.length, text: inner, display };
  }

  /** @param {number} at */
  #dollar(at) {
    const text = this.#text;
    const end = this.#find("$", at + 1);
    if (end < 0) return null;
    const inner = text.slice(at + 1, end);
    return isDollarFormula(inner, text[end + 1] ?? "")
      ? { start: at, end: end + 1, text: inner, display: false }
      : null;
  }

  /** @param {number} at */
  #environment(at) {
    const text = this.#text;
    const nameEnd = groupEnd(text, at + "\\begin".length);
    if (nameEnd < 0 || isTextEnvironment(text.slice(at, nameEnd))) return null;
    const name = text.slice(at + "\\begin".length, nameEnd);
    const shut = `\\end${name}`;
    const end = this.#find(shut, nameEnd);
    if (end < 0) return null;
    const whole = text.slice(at, end + shut.length);
    return nests(whole.slice(1), `\\begin${name}`)
      ? null
      : { start: at, end: at + whole.length, text: whole, display: true };
  }

  /**
   * Returns where an unescaped closer stands, from `from` on; -1 where there is none.
   * @param {string} shut
   * @param {number} from
   */
  #find(shut, from) {
    if (this.#absent.has(shut) || this.#absent.size > MAX_ABSENT) return -1;
    const text = this.#text;
    for (let at = text.indexOf(shut, from); at >= 0; at = text.indexOf(shut, at + 1)) {
      let slashes = 0;
      while (text[at - slashes - 1] === "\\" && at - slashes > from) slashes += 1;
      if (slashes % 2 === 0) return at;
    }
    this.#absent.add(shut);
    return -1;
  }
}

/**
 * Returns whether the opener stands in a formula once more, unescaped: then the first one opened nothing.
 * @param {string} inner
 * @param {string} open
 */
function nests(inner, open) {
  for (let at = inner.indexOf(open); at >= 0; at = inner.indexOf(open, at + 1)) if (inner[at - 1] !== "\\") return true;
  return false;
}
