// Blocks of a text -> DOM: paragraphs, lists with the marks they are stored with, code, tables.

import { el } from "./dom.js";
import { pieces } from "./marks.js";
import { codeNodes, inlineNodes, markNodes } from "./text_line.js";
import { watchWidth } from "./wide.js";

/** @import { Token } from "./markdown-it/markdown-it.min.js" */
/** @import { CutText, Mark } from "./marks.js" */
/** @import { TextOptions } from "./rich_text.js" */

/** @typedef {{ marks: Mark[], options: TextOptions, signs: boolean[] }} Context `signs`: of the lists that are open */

const TAGS = /** @type {Record<string, keyof HTMLElementTagNameMap>} */ ({
  paragraph_open: "p",
  blockquote_open: "blockquote",
  thead_open: "thead",
  tbody_open: "tbody",
  tr_open: "tr",
  th_open: "th",
  td_open: "td",
});

/** The start of an item whose bullet may be a minus or plus. */
const ARITHMETIC = /^(?:$|[\d.(=+−√π-]|[a-zA-Z] ?[=+*/^<>−×÷\d(-])/;

/**
 * Returns the nodes of some blocks.
 * @param {Token[]} tokens
 * @param {Mark[]} marks
 * @param {TextOptions} options
 * @returns {ChildNode[]}
 */
export function blockNodes(tokens, marks, options) {
  const top = document.createDocumentFragment();
  /** @type {(Element | DocumentFragment)[]} */
  const open = [top];
  /** @type {Context} */
  const context = { marks, options, signs: [] };
  for (const [index, token] of tokens.entries()) {
    const parent = open[open.length - 1];
    if (token.nesting === 1) {
      const { node, inside } = openedNode(tokens, index, context);
      parent.append(node);
      open.push(inside);
    } else if (token.nesting === -1) {
      open.pop();
      if (token.type.endsWith("list_close")) context.signs.pop();
    } else parent.append(...leafNodes(token, context));
  }
  return [...top.childNodes];
}

/**
 * Returns the nodes of a text that is not read as Markdown: its lines as they are stored, marked.
 * @param {CutText} cutText
 * @param {string} why it is not
 * @param {TextOptions} options
 */
export function plainNodes({ text, marks }, why, options) {
  const title = `This text is shown as it is stored: ${why}.`;
  return [el("p", { class: "vp-source", title }, ...markNodes(text, marks, options))];
}

/**
 * Returns the element that a token opens, and where its content goes.
 * @param {Token[]} tokens of the text
 * @param {number} index of the token
 * @param {Context} context
 * @returns {{ node: Element, inside: Element }}
 */
function openedNode(tokens, index, context) {
  const token = tokens[index];
  switch (token.type) {
    case "bullet_list_open":
    case "ordered_list_open":
      context.signs.push(token.type === "bullet_list_open" && hasSigns(tokens, index, context.marks));
      return same(
        el(token.type === "bullet_list_open" ? "ul" : "ol", {
          role: "list",
          class: "vp-text-list",
          "data-tight": isTight(tokens, index),
        }),
      );
    case "list_item_open": {
      const inside = el("div");
      return {
        node: el("li", {}, el("span", { class: "vp-text-mark", text: listMark(token, context) }), " ", inside),
        inside,
      };
    }
    case "heading_open":
      return same(
        context.options.isDocument
          ? el(/** @type {"h2"} */ (token.tag))
          : el("p", { class: "vp-text-heading", "data-level": token.markup.length }),
      );
    case "table_open": {
      const inside = el("table");
      const node = el("div", { class: "vp-text-scroll" }, inside);
      watchWidth(node);
      return { node, inside };
    }
    default: {
      const node = el(TAGS[token.type] ?? "div");
      const align = /text-align:(\w+)/.exec(token.attrGet("style") ?? "")?.[1];
      if (align) node.dataset.align = align;
      return same(node);
    }
  }
}

/** @param {Element} node */
function same(node) {
  return { node, inside: node };
}

/**
 * @param {Token} token
 * @param {Context} context
 * @returns {(ChildNode | string)[]}
 */
function leafNodes(token, { marks, options }) {
  switch (token.type) {
    case "inline":
      return inlineNodes(token.children ?? [], marks, options);
    case "hr":
      return [el("hr")];
    case "fence": {
      const code = el(
        "pre",
        { class: "vp-text-scroll" },
        el("code", {}, ...codeNodes(token.content.replace(/\n$/, ""), marks, options)),
      );
      watchWidth(code);
      const name = token.info.trim();
      return name ? [el("p", { class: "vp-text-code-name" }, ...codeNodes(name, marks, options)), code] : [code];
    }
    default:
      return markNodes(token.content, marks, options);
  }
}

/**
 * The mark of a list item as it is stored, so that a list that counts wrongly is seen to. A bullet is drawn as one, but
 * where it may be the sign of a number: then it is that sign.
 * @param {Token} item
 * @param {Context} context
 */
function listMark({ info, markup }, { signs }) {
  if (info) return info + markup;
  return signs.at(-1) ? markup : "•";
}

/**
 * Whether a list's bullets may be signs of arithmetic: an item begins like a number or a formula, "- 5 + 3 = -2".
 * @param {Token[]} tokens of the text
 * @param {number} list where it opens
 * @param {Mark[]} marks
 */
function hasSigns(tokens, list, marks) {
  for (let index = list + 1; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (token.type === "bullet_list_close" && token.level === tokens[list].level) return false;
    if (token.type !== "list_item_open" || token.level !== tokens[list].level + 1) continue;
    const inline = tokens[index + 2];
    const content = inline?.type === "inline" ? inline.content : "";
    const [first = ""] = pieces(content, marks);
    if (typeof first === "string" ? ARITHMETIC.test(first) : first.kind === "maths") return true;
  }
  return false;
}

/**
 * @param {Token[]} tokens of the text
 * @param {number} list where it opens
 */
function isTight(tokens, list) {
  for (let index = list + 1; index < tokens.length; index += 1)
    if (tokens[index].type === "paragraph_open") return tokens[index].hidden;
  return false;
}
