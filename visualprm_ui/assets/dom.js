// Building and patching DOM nodes. Knows nothing of Gradio and nothing of our data.
// Untrusted text enters the page as text nodes only: nothing here (or in any caller) uses innerHTML.

/**
 * @typedef {string | number | boolean | null | undefined} AttributeValue true: present and empty; false, null and
 *   undefined: left out
 * @typedef {Record<string, AttributeValue | ((event: Event) => unknown)>} Attributes `text` is the node's text, `on*`
 *   listens
 * @typedef {Node | string | null | undefined} Child null and undefined are left out
 */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Returns a new HTML element.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, attributes = {}, ...children) {
  return withContent(document.createElement(tag), attributes, children);
}

/**
 * Returns a new SVG element.
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function svg(tag, attributes = {}, ...children) {
  return withContent(document.createElementNS(SVG, tag), attributes, children);
}

/**
 * @template {Element} T
 * @param {T} node
 * @param {Attributes} attributes
 * @param {Child[]} children
 * @returns {T}
 */
function withContent(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (name === "text") node.textContent = String(value ?? "");
    else setAttr(node, name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/**
 * Returns the node that a mounted component fills. Throws where the template has none.
 * @param {Element} element what the component's `mount` is given
 * @returns {HTMLElement}
 */
export function rootOf(element) {
  const root = element.querySelector(".vp-root");
  if (!(root instanceof HTMLElement))
    throw new Error("The component's template has no element with the class vp-root.");
  return root;
}

/**
 * Returns a link that opens this page in a tab of its own: inside another page, browsers may keep cookies out.
 * @param {string} text
 * @param {Attributes} [attributes]
 */
export function ownTabLink(text, attributes = {}) {
  return el("a", { href: location.href, target: "_blank", rel: "noopener", text, ...attributes });
}

/**
 * Sets an attribute only where it differs; null, undefined and false remove it, true makes it empty.
 * @param {Element} node
 * @param {string} name
 * @param {AttributeValue} value
 */
export function setAttr(node, name, value) {
  if (value === null || value === undefined || value === false) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
    return;
  }
  const text = value === true ? "" : String(value);
  if (node.getAttribute(name) !== text) node.setAttribute(name, text);
}

/**
 * Sets the text only where it differs, so that selections and screen readers are left alone.
 * @param {Node | null} node null: there is nothing to set
 * @param {string} text
 */
export function setText(node, text) {
  if (node && node.textContent !== text) node.textContent = text;
}

/**
 * Shows or hides a node by its `hidden` attribute; SVG elements have no such property, hence not `node.hidden`.
 * @param {Element} node
 * @param {boolean} visible
 */
export function show(node, visible) {
  if (node.hasAttribute("hidden") === visible) node.toggleAttribute("hidden", !visible);
}

/**
 * Gives `node` exactly these children, moving only nodes that are in the wrong place.
 * @param {Node} node
 * @param {Node[]} children
 */
export function setChildren(node, children) {
  let at = node.firstChild;
  for (const child of children) {
    if (child === at) at = at.nextSibling;
    else node.insertBefore(child, at);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

/**
 * Returns a field whose whole text is selected when it gets the focus, to be copied.
 * @param {string} value
 * @param {Attributes} [attributes]
 */
export function selectedField(value, attributes = {}) {
  const input = el("input", { type: "text", readonly: true, value, ...attributes });
  input.addEventListener("focus", () => input.select());
  return input;
}

/**
 * Returns the element that an event happened at; null where it is a text node, the document or the window.
 * @param {Event} event
 * @returns {Element | null}
 */
export function targetOf(event) {
  return event.target instanceof Element ? event.target : null;
}
