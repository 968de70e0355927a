// What stands within a line -> DOM: emphasis, code, links and pictures, formulas with the punctuation after them.

import { el } from "./dom.js";
import { addressOf } from "./markdown.js";
import { pieces, sourceOf } from "./marks.js";
import { formulaNode, isShort } from "./maths.js";
import { breakableNodes, sourceNodes, unseenNode } from "./source_text.js";

/** @import { Token } from "./markdown-it/markdown-it.min.js" */
/** @import { Mark } from "./marks.js" */
/** @import { TextOptions } from "./rich_text.js" */

/** @typedef {TextOptions & { inline?: boolean }} LineOptions `inline`: all in one line */

const TAGS = /** @type {const} */ ({ em_open: "em", strong_open: "strong", s_open: "s" });

/**
 * Returns the nodes of the tokens within a line.
 * @param {Token[]} tokens
 * @param {Mark[]} marks
 * @param {LineOptions} options
 * @returns {ChildNode[]}
 */
export function inlineNodes(tokens, marks, options) {
  const top = document.createDocumentFragment();
  /** @type {(Element | DocumentFragment)[]} */
  const open = [top];
  /** @type {Token | undefined} */
  let link; // the one that is open: none stands in another
  for (const token of tokens) {
    const parent = open[open.length - 1];
    if (token.nesting === 1) {
      if (token.type === "link_open") link = token;
      const tag = TAGS[/** @type {keyof typeof TAGS} */ (token.type)];
      const node = tag ? el(tag) : el("span", { class: "vp-text-link" });
      parent.append(node);
      open.push(node);
    } else if (token.nesting === -1) {
      open.pop();
      if (token.type === "link_close") appendAddress(parent, addressOf(link), marks);
    } else parent.append(...leafNodes(token, marks, options));
  }
  dropBreaksAroundDisplay(top);
  return [...top.childNodes];
}

/**
 * Shows where a link leads. Nothing is followed from a text that a model wrote.
 * @param {Element | DocumentFragment} link
 * @param {string} address
 * @param {Mark[]} marks
 */
function appendAddress(link, address, marks) {
  const whole = sourceOf(address, marks);
  if (link.textContent === whole) return;
  link.append(" ", el("span", { class: "vp-text-address" }, "(", ...markNodes(address, marks, { inline: true }), ")"));
}

/**
 * @param {Token} token
 * @param {Mark[]} marks
 * @param {LineOptions} options
 * @returns {(ChildNode | string)[]}
 */
function leafNodes(token, marks, options) {
  switch (token.type) {
    case "softbreak":
    case "hardbreak":
      return [options.inline ? " " : "\n"];
    case "code_inline":
      return [el("code", {}, ...codeNodes(token.content, marks, options))];
    case "picture":
      return [pictureNode(token, marks, options)];
    default:
      return markNodes(token.content, marks, options);
  }
}

/**
 * Returns the nodes of code: formulas are none there.
 * @param {string} text
 * @param {Mark[]} marks
 * @param {LineOptions} options
 */
export function codeNodes(text, marks, options) {
  return pieces(text, marks).flatMap((piece) => {
    if (typeof piece === "string") return breakableNodes(piece);
    return piece.kind === "maths" ? sourceNodes(piece.source) : markNode(piece, options);
  });
}

/**
 * @param {Token} token
 * @param {Mark[]} marks
 * @param {LineOptions} options
 */
function pictureNode(token, marks, options) {
  const source = token.attrGet("src") ?? "";
  const address = options.pictureAddress?.(source) ?? null;
  if (address !== null) return el("img", { src: address, alt: token.attrGet("alt") ?? "" });
  const title = "Pictures inside texts are not shown. This is its source.";
  return el("span", { class: "vp-source", title }, ...codeNodes(token.content, marks, options));
}

/**
 * Returns the nodes of plain text with marks. A short formula stays on one line with the punctuation after it.
 * @param {string} text
 * @param {Mark[]} marks
 * @param {LineOptions} options
 * @returns {(ChildNode | string)[]}
 */
export function markNodes(text, marks, options) {
  /** @type {(ChildNode | string)[]} */
  const nodes = [];
  let short = null; // the short formula just before
  for (const piece of pieces(text, marks)) {
    if (typeof piece === "string") {
      const after = short ? (/^[.,;:!?)\]%]{0,3}/.exec(piece)?.[0] ?? "") : "";
      if (short && after) nodes.splice(-1, 1, el("span", { class: "vp-nowrap" }, short, after));
      nodes.push(...breakableNodes(piece.slice(after.length)));
      short = null;
      continue;
    }
    const node = markNode(piece, options);
    short =
      piece.kind === "maths" && isShort({ ...piece.part, display: piece.part.display && !options.inline })
        ? node
        : null;
    nodes.push(node);
  }
  return nodes.filter((node) => node !== "");
}

/**
 * @param {Mark} mark
 * @param {LineOptions} options
 * @returns {ChildNode}
 */
function markNode(mark, { inline, onPicture }) {
  switch (mark.kind) {
    case "maths":
      return formulaNode(mark.part, { inline });
    case "unseen":
      return unseenNode(mark.source);
    case "picture":
      return el("button", {
        type: "button",
        class: "vp-text-picture",
        text: mark.source,
        "aria-label": `Show image ${mark.number}`,
        onclick: () => onPicture?.(mark.number),
      });
    default:
      return document.createTextNode(mark.source);
  }
}

/**
 * A formula that stands alone has its own lines: those that the text has around it are not shown again.
 * @param {DocumentFragment} top
 */
function dropBreaksAroundDisplay(top) {
  const display = [...top.childNodes].filter(
    (node) => node instanceof Element && node.classList.contains("vp-maths-display"),
  );
  for (const { previousSibling: before, nextSibling: after } of display) {
    if (before instanceof Text) before.data = before.data.trimEnd();
    if (after instanceof Text) after.data = after.data.trimStart();
    for (const beside of [before, after]) if (beside instanceof Text && !beside.data) beside.remove();
  }
}
