// Text that people judge -> DOM: Markdown and LaTeX, as nodes, never as HTML. Nothing stored is hidden: what cannot be
// set is shown as its source and marked, characters that nobody sees are named.

import { bareAnswer } from "./bare_latex.js";
import { el } from "./dom.js";
import { parseBlocks, parseLine } from "./markdown.js";
import { cut, cutPlain, MOST_FORMULAS, sourceOf } from "./marks.js";
import { blockNodes, plainNodes } from "./text_blocks.js";
import { inlineNodes, markNodes } from "./text_line.js";

/** @import { Token } from "./markdown-it/markdown-it.min.js" */
/** @import { CutText } from "./marks.js" */

/**
 * @typedef {object} TextOptions
 * @property {boolean} [streaming] the text is still written: an unfinished formula at its end is held back
 * @property {number} [pictures] how many pictures "<image1>" may name
 * @property {(number: number) => void} [onPicture] told which of them was asked for, from 1
 * @property {(source: string) => string | null} [pictureAddress] where a picture of the text lies; null: it is not
 *   shown. Without it none is
 * @property {boolean} [isDocument] its headings are headings of the page
 * @typedef {{ key: string, tokens: Token[] }} Block at the top of a text
 * @typedef {{ text: string, streaming: boolean, pictures: number, keys: string[], nodes: ChildNode[][] }} Shown what a
 *   node shows
 */

const MOST_READ = 50_000; // characters of a text that are read as Markdown and formulas: some reach far in a browser
const TOO_LONG = `it is longer than ${MOST_READ.toLocaleString("en")} characters`;
const TOO_MANY = `it has more than ${MOST_FORMULAS.toLocaleString("en")} formulas`;
const WOULD_HIDE = "as Markdown a part of it would be missing";

/** @type {WeakMap<Element, Shown>} */
const shown = new WeakMap();
/** @type {WeakMap<Element, { text: string, pictures: number }>} */
const lines = new WeakMap();

/**
 * Shows a text inside `node`, a block. Paragraphs that a former call has drawn already are left alone.
 * @param {Element} node
 * @param {string | null} text
 * @param {TextOptions} [options]
 */
export function showText(node, text, options = {}) {
  const stored = text ?? "";
  const streaming = options.streaming === true;
  const pictures = options.pictures ?? 0;
  const last = shown.get(node);
  if (last && last.text === stored && last.streaming === streaming && last.pictures === pictures) return;
  const before = last?.pictures === pictures ? last : undefined;
  if (!before) node.replaceChildren();
  node.classList.add("vp-text");
  const { cutText, unread } = read(stored, stored, options);
  const blocks = unread ? [plainBlock(cutText)] : split(cutText);
  const keys = blocks.map(({ key }) => key);
  let same = 0;
  while (before && same < keys.length && before.keys[same] === keys[same]) same += 1;
  for (const nodes of before?.nodes.slice(same) ?? []) for (const old of nodes) old.remove();
  const fresh = blocks
    .slice(same)
    .map(({ tokens }) =>
      tokens.length ? blockNodes(tokens, cutText.marks, options) : plainNodes(cutText, unread ?? WOULD_HIDE, options),
    );
  node.append(...fresh.flat());
  const nodes = [...(before?.nodes.slice(0, same) ?? []), ...fresh];
  shown.set(node, { text: stored, streaming, pictures, keys, nodes });
}

/**
 * Shows a text inside `node` in one line, or in as many as its container breaks it into.
 * @param {Element} node
 * @param {string | null} text
 * @param {TextOptions} [options]
 */
export function showLine(node, text, options = {}) {
  const stored = text ?? "";
  const pictures = options.pictures ?? 0;
  const last = lines.get(node);
  if (last?.text === stored && last.pictures === pictures) return;
  lines.set(node, { text: stored, pictures });
  const { cutText, unread } = read(stored, stored.replace(/\s*\n\s*/g, " "), options);
  const tokens = unread ? null : parseLine(cutText.text);
  const inLine = { ...options, inline: true };
  node.replaceChildren(
    ...(tokens
      ? inlineNodes(tokens[0]?.children ?? [], cutText.marks, inLine)
      : markNodes(cutText.text, cutText.marks, inLine)),
  );
}

/**
 * Shows an answer inside `node`: one that is LaTeX as a whole is set as a formula.
 * @param {Element} node
 * @param {string | null} answer
 * @param {TextOptions} [options]
 */
export function showAnswer(node, answer, options = {}) {
  const bare = bareAnswer(answer ?? "");
  showLine(node, bare ? `${bare.choice}\\(${bare.formula}\\)` : answer, options);
}

/**
 * Returns a new element that shows a text in one line.
 * @param {"span" | "b"} tag
 * @param {string} text
 * @param {{ class?: string }} [attributes]
 * @param {TextOptions} [options]
 */
export function lineOf(tag, text, attributes = {}, options = {}) {
  const node = el(tag, { dir: "auto", ...attributes });
  showLine(node, text, options);
  return node;
}

/**
 * Returns a new element that shows an answer.
 * @param {string} answer
 */
export function answerOf(answer) {
  const node = el("span", { dir: "auto" });
  showAnswer(node, answer);
  return node;
}

/**
 * Cuts a text, written as `text` where it is read as Markdown and formulas; `unread`: why it is not.
 * @param {string} stored
 * @param {string} text
 * @param {TextOptions} options
 * @returns {{ cutText: CutText, unread: string | null }}
 */
function read(stored, text, options) {
  const isLong = stored.length > MOST_READ;
  const cutText = isLong ? null : cut(text, options);
  if (cutText) return { cutText, unread: null };
  return { cutText: cutPlain(stored), unread: isLong ? TOO_LONG : TOO_MANY };
}

/**
 * The blocks at the top of a text; one without tokens where Markdown would leave out a part of it.
 * @param {CutText} cutText
 * @returns {Block[]}
 */
function split({ text, marks }) {
  const tokens = parseBlocks(text);
  if (!tokens) return [plainBlock({ text, marks })];
  /** @type {Block[]} */
  const blocks = [];
  let first = 0;
  for (const [index, token] of tokens.entries()) {
    if (token.level !== 0 || token.nesting === 1) continue;
    const own = tokens.slice(first, index + 1);
    const parts = own.map(({ type, content, info, markup }) => `${type} ${sourceOf(content, marks)} ${info} ${markup}`);
    blocks.push({ key: parts.join("\n"), tokens: own });
    first = index + 1;
  }
  return blocks;
}

/**
 * @param {CutText} cutText
 * @returns {Block}
 */
function plainBlock({ text, marks }) {
  return { key: `plain ${sourceOf(text, marks)}`, tokens: [] };
}
