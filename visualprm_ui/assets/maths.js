// Text with formulas -> DOM. Splits $ $$ \( \[ itself, plain parts become text nodes, formulas go through the KaTeX that lies beside this file.
// KaTeX (75 KB over the wire) is loaded when the first formula appears; until then, and if it cannot be loaded, the source is shown.
// Text from models and people is untrusted: no HTML is ever parsed from it, KaTeX runs with trust:false and tight limits.

const OPTIONS = {
  trust: false,
  throwOnError: false,
  strict: "ignore",
  errorColor: "currentcolor",
  maxSize: 3,
  maxExpand: 200,
  output: "htmlAndMathml",
};
const LONGEST = 2000; // characters of one formula; longer ones are shown as source
const LONGEST_TAIL = 240; // an unfinished formula longer than this is no formula
const GLUED = 40; // shorter formulas are kept on one line with the punctuation after them
const PAIRS = [
  ["$$", "$$", true],
  ["\\[", "\\]", true],
  ["\\(", "\\)", false],
  ["$", "$", false],
];

/**
 * Splits text into parts {kind: "text"|"maths"|"tail", text, source, display}: `text` is what to show or typeset, `source` the exact input.
 * A single $ opens before a non-space and closes after a non-space and not before a digit, so "$5 and $6" stays text;
 * "$ x = 5 $", with spaces on both sides, counts where it holds one of \\ ^ _ =.
 * "tail" is an opening without its close at the end of the text (text still being written); at most one, the last part.
 */
export function split(text) {
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
    const pair = PAIRS.find(([open]) => text.startsWith(open, at));
    const end = pair ? close(text, at, pair) : -1;
    if (!pair || end === -2) {
      const opening = pair ? pair[0] : text[at];
      plain += opening;
      at += opening.length;
    } else if (end === -1) {
      flush();
      parts.push({ kind: "tail", text: text.slice(at), source: text.slice(at), display: pair[2] });
      return parts;
    } else {
      flush();
      parts.push({
        kind: "maths",
        text: text.slice(at + pair[0].length, end),
        source: text.slice(at, end + pair[1].length),
        display: pair[2],
      });
      at = end + pair[1].length;
    }
  }
  flush();
  return parts;
}

/** Where the formula opened at `at` closes; -1: not yet, though it may; -2: this opens no formula. */
function close(text, at, [open, shut, display]) {
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
    if (i - from > LONGEST) return -2;
  }
  return spaced || (text.length - at > LONGEST_TAIL && !display) ? -2 : -1;
}

/** Control characters made visible, so that they cannot hide or reverse text: C0 as their pictures, overrides as U+FFFD. */
export function visible(text) {
  return text.replace(/(?![\t\n\r\u0080-\u009f])\p{Cc}|[\u202d\u202e]/gu, (char) => {
    const code = char.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return code === 0x7f ? "\u2421" : "\ufffd";
  });
}

/**
 * Shows text with typeset formulas inside `node`, touching only the parts that changed since the last call on this node.
 * With `streaming` an unfinished formula at the end is held back until it closes; without it, it is shown as it stands.
 */
export function setMaths(node, text, { streaming = false } = {}) {
  const state = drawn.get(node);
  if (state && state.text === text && state.streaming === streaming) return;
  const parts = split(visible(text ?? "")).filter((part) => !(streaming && part.kind === "tail"));
  const before = state?.parts ?? [];
  if (!state) node.replaceChildren();
  let same = 0;
  while (same < before.length && same < parts.length && equal(before[same], parts[same])) same += 1;
  redraw(node, text, streaming, parts, before, Math.max(0, same - 1));
}

const drawn = new WeakMap();
const cache = new Map();
let katex = null;
let loading = null;
const waiting = new Set();
const wide = new Set();

function redraw(node, text, streaming, parts, before, from) {
  for (let i = from; i < before.length; i += 1) for (const old of before[i].nodes ?? []) old.remove();
  for (let i = 0; i < parts.length; i += 1) {
    if (i < from) parts[i].nodes = before[i].nodes;
    else {
      parts[i].nodes = build(parts, i, node);
      node.append(...parts[i].nodes);
    }
  }
  drawn.set(node, { text, streaming, parts });
}

function equal(a, b) {
  return a.kind === b.kind && a.source === b.source;
}

/** The punctuation at the start of a text part that is drawn with the short formula before it, on one line. */
function leading(parts, at) {
  const before = parts[at - 1];
  if (before?.kind !== "maths" || before.display || before.text.length > GLUED) return "";
  return /^[.,;:!?)\]%]{0,3}/.exec(parts[at].text)[0];
}

function build(parts, at, node) {
  const part = parts[at];
  if (part.kind !== "maths") return [document.createTextNode(part.text.slice(leading(parts, at).length))];
  const span = document.createElement("span");
  span.className = part.display
    ? "vp-maths vp-maths-display"
    : part.text.length > GLUED
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

function typeset(span, part, node) {
  if (part.text.length > LONGEST) {
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
    if (cache.size > 800) cache.clear();
    cache.set(key, made);
  }
  span.replaceChildren(...made.cloneNode(true).childNodes);
  if (part.display || part.text.length > GLUED) checkWidth(span);
}

/** Makes formulas that are wider than their place reachable by keyboard, so that they can be scrolled. Measured together, later. */
function checkWidth(span) {
  if (!wide.size) {
    setTimeout(() => {
      for (const node of wide) {
        if (node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).overflowX === "auto") node.tabIndex = 0;
      }
      wide.clear();
    }, 300);
  }
  wide.add(span);
}

function isBlank(made) {
  const shown = made.querySelector(".katex-html");
  return (
    Boolean(shown) &&
    !/\S/.test(shown.textContent.replace(/\u200b/g, "")) &&
    !shown.querySelector("svg, [class*=rule], [class*=line]")
  );
}

/** Loads KaTeX and its style sheet once, then typesets what has been waiting. Safe to call early to save time later. */
export function load() {
  loading ??= Promise.all([styles(), import("./katex/katex.min.js")])
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

function styles() {
  return new Promise((resolve, reject) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL("./katex/katex.min.css", import.meta.url).href;
    link.addEventListener("load", resolve);
    link.addEventListener("error", () => reject(new Error(`no answer for ${link.href}`)));
    document.head.append(link);
  });
}
