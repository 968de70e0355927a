// Markdown as tokens, by markdown-it. What models and people write is shown, not believed: no HTML, no entities,
// nothing that would leave text out. Signs of arithmetic stay signs: "2*3*4" is no emphasis. Pure.

import markdownIt from "./markdown-it/markdown-it.min.js";

/** @import { StateInline, Token } from "./markdown-it/markdown-it.min.js" */

const STAR = 0x2a;
const UNDERSCORE = 0x5f;
const ESCAPABLE = "`*_#$%&~|<>{}!+-.\"'";
/** Characters that an operator may stand between, unlike those of scripts that put no spaces between words. */
const OPERAND_BEFORE = /[\p{sc=Latin}\p{sc=Greek}\p{N}\p{Co}°%)\]}]$/u;
const OPERAND_AFTER = /^[\p{sc=Latin}\p{sc=Greek}\p{N}\p{Co}√(\\[{]|^\.\d/u;
const ADDRESS = /^(?:[a-z][a-z0-9+.-]*:|\/|\.|#|www\.|[\w-]+(?:\.[\w-]+)+(?:\/|$))/i;
const PICTURE = /^!\[([^[\]]{0,500})\]\(\s*([^\s()]{0,2000})(?:\s+"[^"]{0,500}")?\s*\)/;
const WORD = /[\p{L}\p{N}\p{Co}]+/gu;

const parser = markdownIt("default", { html: false, linkify: false, typographer: false });
// Without `code`: a step is often the continuation of a list item, deeply indented. `reference` would leave lines out.
parser.disable([
  "code",
  "image",
  "html_block",
  "html_inline",
  "lheading",
  "reference",
  "entity",
  "autolink",
  "linkify",
]);
parser.normalizeLink = (address) => address;
parser.normalizeLinkText = (address) => address;
parser.validateLink = (address) => ADDRESS.test(address); // a link is never followed; f[1](2) is none
parser.inline.ruler.at("emphasis", emphasis);
parser.inline.ruler.at("escape", escaped);
parser.inline.ruler.before("link", "picture", picture);

/**
 * Parses a text; null where a word of it would not be shown.
 * @param {string} text
 * @returns {Token[] | null}
 */
export function parseBlocks(text) {
  const tokens = parser.parse(dedented(text), {});
  return shownWords(tokens) === words(text) ? tokens : null;
}

/**
 * Parses the marks within a line; null where a word of it would not be shown.
 * @param {string} text
 * @returns {Token[] | null}
 */
export function parseLine(text) {
  const tokens = parser.parseInline(text, {});
  return shownWords(tokens) === words(text) ? tokens : null;
}

/**
 * Returns the text without the indentation that its lines share; that of the first line counts alone, as steps are cut
 * out of lists.
 * @param {string} text
 */
function dedented(text) {
  const lines = text.replace(/^\s*\n/, "").split("\n");
  const indents = lines.filter((line) => line.trim()).map((line) => /^ */.exec(line)?.[0].length ?? 0);
  const [first = 0, ...rest] = indents;
  const shared = Math.min(...rest.slice(0, 500), rest.length ? Number.POSITIVE_INFINITY : 0);
  const common = Number.isFinite(shared) ? Math.min(first, shared) : first;
  return lines.map((line) => line.slice(Math.min(common, line.length - line.trimStart().length))).join("\n");
}

/** @param {string} text */
function words(text) {
  return (text.match(WORD) ?? []).join("");
}

/**
 * The words of all that the tokens show, in their order.
 * @param {Token[]} tokens
 * @returns {string}
 */
function shownWords(tokens) {
  let found = "";
  /** @type {Token | undefined} */
  let link; // the one that is open: none stands in another
  for (const token of tokens) {
    if (token.type === "list_item_open" || token.type === "fence") found += words(token.info);
    if (token.type === "link_open") link = token;
    if (token.type === "link_close") found += words(addressOf(link));
    found += token.children && token.type === "inline" ? shownWords(token.children) : words(token.content);
  }
  return found;
}

/**
 * Returns what is shown behind a link's text: its address, and its title.
 * @param {Token | undefined} open
 */
export function addressOf(open) {
  const title = open?.attrGet("title");
  return `${open?.attrGet("href") ?? ""}${title ? ` "${title}"` : ""}`;
}

/**
 * Emphasis that leaves operators alone, and closes behind punctuation before a letter, as in "**答案：**3".
 * @param {StateInline} state
 * @param {boolean} silent
 */
function emphasis(state, silent) {
  const marker = state.src.charCodeAt(state.pos);
  if (silent || (marker !== STAR && marker !== UNDERSCORE)) return false;
  let end = state.pos;
  while (end < state.posMax && state.src.charCodeAt(end) === marker) end += 1;
  const length = end - state.pos;
  const before = state.src.slice(Math.max(0, state.pos - 12), state.pos);
  const after = state.src.slice(end, end + 2);
  const { open, close } = flanks(before, after, marker === UNDERSCORE || length === 1);
  for (let index = 0; index < length; index += 1) {
    state.push("text", "", 0).content = String.fromCharCode(marker);
    state.delimiters.push({ marker, length, token: state.tokens.length - 1, end: -1, open, close });
  }
  state.pos = end;
  return true;
}

/**
 * Returns whether emphasis may open or close between two pieces of text.
 * @param {string} before
 * @param {string} after
 * @param {boolean} isSingle a lone sign, which is read more carefully
 */
function flanks(before, after, isSingle) {
  const touchesBefore = /\S$/u.test(before);
  const touchesAfter = /^\S/u.test(after);
  const isOperator = OPERAND_BEFORE.test(before) && OPERAND_AFTER.test(after);
  const isFactor = isSingle && OPERAND_BEFORE.test(before.trimEnd()) && /^[\d(]/.test(after); // "2 *3 + 4* 5"
  return {
    open: touchesAfter && !isOperator && !isFactor && !(isSingle && touchesBefore && /^[\p{P}\p{S}]/u.test(after)),
    close: touchesBefore && !isOperator,
  };
}

/**
 * A backslash before a sign of Markdown; that of LaTeX stays.
 * @param {StateInline} state
 * @param {boolean} silent
 */
function escaped(state, silent) {
  if (state.src[state.pos] !== "\\" || !ESCAPABLE.includes(state.src[state.pos + 1] || " ")) return false;
  if (!silent) state.push("text", "", 0).content = state.src[state.pos + 1];
  state.pos += 2;
  return true;
}

/**
 * A picture: a token with its whole source, its text and its address.
 * @param {StateInline} state
 * @param {boolean} silent
 */
function picture(state, silent) {
  if (!state.src.startsWith("![", state.pos)) return false;
  const found = PICTURE.exec(state.src.slice(state.pos, state.posMax));
  if (!found) return false;
  if (!silent) {
    const token = state.push("picture", "img", 0);
    token.content = found[0];
    token.attrs = [
      ["alt", found[1]],
      ["src", found[2]],
    ];
  }
  state.pos += found[0].length;
  return true;
}
