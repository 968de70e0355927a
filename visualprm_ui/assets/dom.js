// Building and patching DOM nodes. Knows nothing of Gradio and nothing of our data.
// Untrusted text enters the page as text nodes only: nothing here (or in any caller) uses innerHTML.

const SVG = "http://www.w3.org/2000/svg";

/** A new element. `attributes`: name -> string, number, boolean (true = present) or null (left out); `class`, `text` and `on*` as expected. */
export function el(tag, attributes = {}, ...children) {
  return withContent(document.createElement(tag), attributes, children);
}

/** The same for an SVG element. */
export function svg(tag, attributes = {}, ...children) {
  return withContent(document.createElementNS(SVG, tag), attributes, children);
}

function withContent(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") node.textContent = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else setAttr(node, name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** A link that opens this page in a tab of its own: inside another page, browsers may keep cookies out. */
export function ownTabLink(text, attributes = {}) {
  return el("a", { href: location.href, target: "_blank", rel: "noopener", text, ...attributes });
}

/** Sets an attribute only where it differs; null, undefined and false remove it, true makes it empty. */
export function setAttr(node, name, value) {
  if (value === null || value === undefined || value === false) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
    return;
  }
  const text = value === true ? "" : String(value);
  if (node.getAttribute(name) !== text) node.setAttribute(name, text);
}

/** Sets the text only where it differs, so that selections and screen readers are left alone. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Shows or hides a node by its `hidden` attribute; SVG elements have no such property, hence not `node.hidden`. */
export function show(node, visible) {
  if (node.hasAttribute("hidden") === visible) node.toggleAttribute("hidden", !visible);
}

/** Puts `children` into `node` in this order, moving only nodes that stand in the wrong place and removing the others. */
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
