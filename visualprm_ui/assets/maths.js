// Text with formulas -> DOM. Plain parts become text nodes, formulas go through the KaTeX that lies beside this file.
// KaTeX (75 KB over the wire) is loaded when the first formula appears; until then, and if it cannot be loaded, the
// source is shown. Text from models and people is untrusted: no HTML is ever parsed from it, KaTeX runs with
// trust:false and tight limits.

import { MAX_LENGTH, split, visible } from "./formulas.js";

/** @import { Part } from "./formulas.js" */

/**
 * @typedef {Part & { nodes?: ChildNode[] }} DrawnPart a part with the nodes that show it
 * @typedef {{ text: string, streaming: boolean, parts: DrawnPart[] }} Drawn what a node shows
 */

const OPTIONS = {
  trust: false,
  throwOnError: false,
  strict: "ignore",
  errorColor: "currentcolor",
  maxSize: 3,
  maxExpand: 200,
  output: "htmlAndMathml",
};
const UNBROKEN = 40; // characters: shorter formulas are kept on one line with the punctuation after them
const MAX_CACHED = 800; // typeset formulas

/** @type {WeakMap<Element, Drawn>} */
const drawn = new WeakMap();
/** @type {Map<string, HTMLElement>} */
const cache = new Map();
/** @type {typeof globalThis.katex} */
let katex;
/** @type {Promise<void> | null} */
let loading = null;
/** @type {Set<WeakRef<Element>>} */
const waiting = new Set(); // nodes with formulas that are not typeset yet
/** @type {Set<HTMLElement>} */
const unmeasured = new Set();

/**
 * Shows text with typeset formulas inside `node`, touching only the parts that changed since the last call on this
 * node. With `streaming` an unfinished formula at the end is held back until it closes; without it, it is shown as it
 * stands.
 * @param {Element} node
 * @param {string | null} text
 * @param {{ streaming?: boolean }} [options]
 */
export function setMaths(node, text, { streaming = false } = {}) {
  const state = drawn.get(node);
  if (state && state.text === text && state.streaming === streaming) return;
  /** @type {DrawnPart[]} */
  const parts = split(visible(text ?? "")).filter((part) => !(streaming && part.kind === "tail"));
  const before = state?.parts ?? [];
  if (!state) node.replaceChildren();
  let same = 0;
  while (same < before.length && same < parts.length && equal(before[same], parts[same])) same += 1;
  redraw(node, { text: text ?? "", streaming, parts }, before, Math.max(0, same - 1));
}

/**
 * @param {Element} node
 * @param {Drawn} state what it shows from now on
 * @param {DrawnPart[]} before
 * @param {number} from the first part that differs
 */
function redraw(node, state, before, from) {
  const { parts } = state;
  for (let i = from; i < before.length; i += 1) for (const old of before[i].nodes ?? []) old.remove();
  for (let i = 0; i < parts.length; i += 1) {
    if (i < from) parts[i].nodes = before[i].nodes;
    else {
      const nodes = build(parts, i, node);
      parts[i].nodes = nodes;
      node.append(...nodes);
    }
  }
  drawn.set(node, state);
}

/**
 * @param {Part} a
 * @param {Part} b
 */
function equal(a, b) {
  return a.kind === b.kind && a.source === b.source;
}

/**
 * The punctuation at the start of a text part that is drawn with the short formula before it, on one line.
 * @param {Part[]} parts
 * @param {number} at
 * @returns {string}
 */
function leading(parts, at) {
  const before = parts[at - 1];
  if (before?.kind !== "maths" || before.display || before.text.length > UNBROKEN) return "";
  return /^[.,;:!?)\]%]{0,3}/.exec(parts[at].text)?.[0] ?? "";
}

/**
 * @param {Part[]} parts
 * @param {number} at
 * @param {Element} node
 * @returns {ChildNode[]}
 */
function build(parts, at, node) {
  const part = parts[at];
  if (part.kind !== "maths") return [document.createTextNode(part.text.slice(leading(parts, at).length))];
  const span = document.createElement("span");
  span.className = part.display
    ? "vp-maths vp-maths-display"
    : part.text.length > UNBROKEN
      ? "vp-maths vp-maths-long"
      : "vp-maths";
  typeset(span, part, node);
  const after = parts[at + 1]?.kind === "text" ? leading(parts, at + 1) : "";
  if (!after) return [span];
  const line = document.createElement("span");
  line.className = "vp-nowrap";
  line.append(span, after);
  return [line];
}

/**
 * @param {HTMLElement} span
 * @param {Part} part
 * @param {Element} node
 */
function typeset(span, part, node) {
  if (part.text.length > MAX_LENGTH) {
    span.textContent = part.source;
    return;
  }
  if (!katex) {
    span.textContent = part.source;
    waiting.add(new WeakRef(node));
    load();
    return;
  }
  const key = (part.display ? "d" : "i") + part.text;
  let made = cache.get(key);
  if (!made) {
    made = document.createElement("span");
    try {
      katex.render(part.text, made, { ...OPTIONS, displayMode: part.display, macros: {} });
      if (isBlank(made)) made.textContent = part.source; // "${{}}$" would show nothing at all
    } catch {
      made.textContent = part.source; // too deep or otherwise beyond KaTeX: the source is better than nothing
    }
    if (cache.size > MAX_CACHED) cache.clear();
    cache.set(key, made);
  }
  span.replaceChildren(...made.cloneNode(true).childNodes);
  if (part.display || part.text.length > UNBROKEN) checkWidth(span);
}

/**
 * Makes formulas that are wider than their container reachable by keyboard, so that they can be scrolled. Measured
 * together, later.
 * @param {HTMLElement} span
 */
function checkWidth(span) {
  if (!unmeasured.size) {
    setTimeout(() => {
      for (const node of unmeasured) {
        if (node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).overflowX === "auto") node.tabIndex = 0;
      }
      unmeasured.clear();
    }, 300);
  }
  unmeasured.add(span);
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
      for (const ref of waiting) {
        const node = ref.deref();
        const state = node && drawn.get(node);
        if (!state) continue;
        drawn.delete(node);
        setMaths(node, state.text, { streaming: state.streaming });
      }
      waiting.clear();
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
