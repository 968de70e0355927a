// The frame of the dialogs of imports and exports: a native <dialog>, so that the focus stays inside and Esc closes it.

import { el, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { loadStyleSheet } from "../../assets/stylesheet.js";

/** Loads the styles of the dialogs and of the dock. */
export function loadStyles() {
  return loadStyleSheet(new URL("./style.css", import.meta.url));
}

/**
 * Opens a dialog and returns its parts.
 * @param {object} options
 * @param {string} options.title
 * @param {string} options.hint beside the title
 * @param {Node[]} options.body
 * @param {Node[]} options.foot
 */
export function openModal({ title, hint, body, foot }) {
  const close = el("button", { type: "button", class: "vp-btn vp-btn-quiet", "aria-label": "Close" }, icon("cross"));
  const heading = el("h2", { id: "vp-transfer-title", text: title });
  const node = el(
    "dialog",
    { class: "vp-host vp-transfer vp-fields", "aria-labelledby": "vp-transfer-title" },
    el("header", {}, heading, el("span", { text: hint }), close),
    el("div", { class: "vp-transfer-body" }, ...body),
    el("footer", {}, ...foot),
  );
  close.addEventListener("click", () => node.close());
  node.addEventListener("close", () => node.remove());
  document.body.append(node);
  node.showModal();
  return node;
}

/** A sentence of what went wrong, hidden while it is empty. */
export function errorLine() {
  const line = el("p", { class: "vp-transfer-error", role: "alert", hidden: true });
  return {
    line,
    say: (/** @type {string} */ text) => {
      line.textContent = text;
      show(line, text !== "");
    },
  };
}

/**
 * A part of a dialog with a heading.
 * @param {string} title
 * @param {...(Node | string | null)} children
 */
export function part(title, ...children) {
  return el("section", { class: "vp-transfer-part" }, el("h3", { text: title }), ...children);
}

/**
 * A field with its name before it; the field is named by itself for screen readers.
 * @param {string} text
 * @param {HTMLElement} control
 */
export function row(text, control) {
  return el("div", { class: "vp-transfer-row" }, el("span", { "aria-hidden": "true", text }), control);
}

/**
 * Options of a select, as [value, text].
 * @param {string} id
 * @param {string} label
 * @param {[string, string][]} options
 * @param {string} chosen
 * @param {(value: string) => void} change
 */
export function choice(id, label, options, chosen, change) {
  const select = el(
    "select",
    { id, "aria-label": label },
    ...options.map(([value, text]) => el("option", { value, text, selected: value === chosen })),
  );
  select.addEventListener("change", () => change(select.value));
  return select;
}
