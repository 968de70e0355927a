// Formulas -> DOM, by the KaTeX that lies beside this file (75 KB over the wire, loaded with the first formula). Until
// then, and wherever a formula cannot be set, its whole source is shown, the latter marked. Text from models and people
// is untrusted: KaTeX runs with trust:false and tight limits, and sets nothing that hides a part of a formula.

import { afterFrame } from "./frames.js";
import { unseenPattern } from "./invisible.js";
import { sourceNodes } from "./source_text.js";
import { watchWidth } from "./wide.js";

/** @import { Part } from "./formulas.js" */

const OPTIONS = {
  trust: false,
  throwOnError: true,
  strict: "ignore",
  maxSize: 3,
  maxExpand: 1000,
  output: "htmlAndMathml",
};
/** The longest formula in characters that is set. */
const MAX_LENGTH = 4000;
/** How deep elements may stand in each other: a browser ends the page's process some hundred levels further down. */
const MOST_LEVELS = 200;
const MOST_ELEMENTS = 6000;
const UNBROKEN = 40; // characters: shorter formulas stay on one line with the punctuation after them
const MAX_CACHED = 800; // typeset formulas
const SLICE = 12; // milliseconds of a task in which formulas are set
/** What defines, hides, colours or overprints. */
const REFUSED = [
  "[vh]?phantom|(?:text)?color|f?colorbox|mathchoice|smash|raisebox|(?:math)?[lrc]lap",
  "[gex]?def|global|let|futurelet|(?:re|provide)?newcommand|renewcommand|expandafter|noexpand|char|@[a-z]+",
  "html[A-Za-z]*|href|url|includegraphics",
].join("|");
const HIDING = new RegExp(`\\\\(?:${REFUSED})(?![a-zA-Z])`);
const RAISED = /\\rule\s*\[/; // by any length
const BACKWARDS = /\\[hm]?(?:space|kern|skip)\*?\s*\{?\s*-/;

/** @type {Map<string, ChildNode[] | null>} */
const cache = new Map(); // what the first formula of a source shows, to be copied for others; null: cannot be set
/** @type {typeof globalThis.katex} */
let katex;
/** @type {Promise<void> | null} */
let loading = null;
let startedAt = 0; // when this task set its first formula; 0: it has set none
let isDue = false;
/** @type {Map<WeakRef<HTMLElement>, Part>} */
const waiting = new Map(); // formulas that are not set yet

/**
 * Returns the node of a formula.
 * @param {Part} part
 * @param {{ inline?: boolean }} [options] `inline`: in the line, even if it is written to stand alone
 */
export function formulaNode(part, { inline = false } = {}) {
  const span = document.createElement("span");
  const shown = inline ? { ...part, display: false } : part;
  span.className = shown.display ? "vp-maths vp-maths-display" : isShort(shown) ? "vp-maths" : "vp-maths vp-maths-long";
  typeset(span, shown);
  return span;
}

/**
 * Whether a formula stays on one line with the punctuation after it.
 * @param {Part} part
 */
export function isShort({ text, display }) {
  return !display && text.length <= UNBROKEN;
}

/**
 * Sets a formula, or shows its source and has it set soon: a page full of formulas is drawn before the last of them is
 * set.
 * @param {HTMLElement} span
 * @param {Part} part
 */
function typeset(span, part) {
  const key = (part.display ? "d" : "i") + part.text;
  const known = cache.get(key);
  let made = known?.map((node) => /** @type {ChildNode} */ (node.cloneNode(true))) ?? known;
  if (made === undefined) {
    if (!katex || !hasTime()) {
      const plain = part.display ? null : arithmetic(part.text);
      if (plain !== null) span.textContent = plain;
      else span.replaceChildren(...sourceNodes(part.source));
      waiting.set(new WeakRef(span), part);
      if (katex) setSoon();
      else if (plain === null) load(); // a page of sums alone needs no KaTeX, which weighs more than all else of ours
      return;
    }
    made = render(katex, part);
    if (cache.size > MAX_CACHED) cache.clear();
    cache.set(key, made);
  }
  if (made) span.replaceChildren(...made);
  else {
    span.replaceChildren(...sourceNodes(part.source));
    span.classList.add("vp-source");
    span.title = "This formula cannot be typeset. Its source is shown.";
  }
  if (part.display || !isShort(part)) watchWidth(span);
}

/**
 * Returns a formula of nothing but numbers, signs and brackets as text, as KaTeX would space it; null for any other.
 * @param {string} text
 */
export function arithmetic(text) {
  if (!/^(?:[\d\s.,+\-=<>()]|\\(?:cdot|times)(?![a-zA-Z]))+$/.test(text)) return null;
  const signs = text
    .replace(/\\cdot/g, "⋅")
    .replace(/\\times/g, "×")
    .replace(/-/g, "−")
    .replace(/\s+/g, "");
  return signs.replace(/(?<=[\d)])[+−=<>⋅×]|[=<>]/g, " $& ").trim();
}

/** Whether formulas may still be set in this task of the page. */
function hasTime() {
  if (!startedAt) {
    startedAt = performance.now();
    queueMicrotask(() => {
      startedAt = 0;
    });
  }
  return performance.now() - startedAt < SLICE;
}

/** Sets the formulas that wait, in slices of time, each after a frame. */
function setSoon() {
  if (isDue) return;
  isDue = true;
  afterFrame(() => {
    isDue = false;
    const due = [...waiting];
    waiting.clear();
    for (const [ref, part] of due) {
      const span = ref.deref();
      if (span) typeset(span, part);
    }
  });
}

/**
 * Returns a formula as KaTeX sets it; null where it does not, or where what it sets would not show all of it.
 * @param {NonNullable<typeof globalThis.katex>} setter
 * @param {Part} part
 */
function render(setter, { text, display }) {
  if (
    text.length > MAX_LENGTH ||
    HIDING.test(text) ||
    RAISED.test(text) ||
    BACKWARDS.test(text) ||
    unseenPattern().test(text)
  )
    return null;
  const source = readable(text);
  for (const attempt of display && /&|\\\\/.test(source)
    ? [source, `\\begin{aligned}${source}\\end{aligned}`]
    : [source]) {
    const made = document.createElement("span");
    try {
      setter.render(attempt, made, { ...OPTIONS, displayMode: display, macros: {} });
      if (!isTooLarge(made) && !isBlank(made)) return [...made.childNodes];
    } catch {
      // too deep, unknown or wrong: the next attempt, then the source
    }
  }
  return null;
}

/**
 * A bare "%" or "#" is a sign: no comment, no argument of a macro.
 * @param {string} text
 */
export function readable(text) {
  return text.replace(/\\.|[%#]/gs, (found) => (found === "%" || found === "#" ? `\\${found}` : found));
}

/**
 * Whether a formula has more elements, or deeper in each other, than a browser draws at once. Looks at one level after
 * the other.
 * @param {HTMLElement} made
 */
function isTooLarge(made) {
  /** @type {Element[]} */
  let level = [made];
  let count = 0;
  for (let depth = 0; level.length; depth += 1) {
    count += level.length;
    if (depth > MOST_LEVELS || count > MOST_ELEMENTS) return true;
    level = level.flatMap(({ children }) => [...children]);
  }
  return false;
}

/** @param {HTMLElement} made */
function isBlank(made) {
  const shown = made.querySelector(".katex-html");
  if (!shown) return false;
  const text = (shown.textContent ?? "").replace(/\u200b/g, "");
  return !/\S/.test(text) && !shown.querySelector("svg, [class*=rule], [class*=line]");
}

/**
 * Loads KaTeX and its style sheet once, then typesets what has been waiting. Safe to call early to save time later.
 * @returns {Promise<void>}
 */
export function load() {
  loading ??= Promise.all([styles(), import(new URL("./katex/katex.min.js", import.meta.url).href)])
    .then(() => {
      katex = globalThis.katex;
      setSoon();
    })
    .catch((error) => {
      console.error("KaTeX could not be loaded, formulas are shown as text", error);
    });
  return loading;
}

/** @returns {Promise<void>} */
function styles() {
  return new Promise((resolve, reject) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL("./katex/katex.min.css", import.meta.url).href;
    link.addEventListener("load", () => resolve());
    link.addEventListener("error", () => reject(new Error(`no answer for ${link.href}`)));
    document.head.append(link);
  });
}
