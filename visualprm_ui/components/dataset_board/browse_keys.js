// The keyboard in the list of solutions: J and K move, Enter opens, X selects, Shift+X selects up to here, / searches.

import { targetOf } from "../../assets/dom.js";

const FIELDS = "input:not([type='checkbox']), textarea, select, [contenteditable], dialog";

/**
 * Returns what a key means in the list; null where it is the page's or the browser's.
 * @param {Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">} event
 */
export function commandOf({ key, ctrlKey, metaKey, altKey, shiftKey }) {
  if (ctrlKey || metaKey || altKey) return null;
  if (key === "/") return "search";
  const name = key.toLowerCase();
  if (name === "x") return shiftKey ? "select-to" : "select";
  if (name === "j") return "down";
  return name === "k" ? "up" : null;
}

/**
 * Follows the keyboard as long as `list` is on the page.
 * @param {HTMLElement} list holds the rows
 * @param {HTMLInputElement} search
 * @param {() => void} onEnd J was pressed on the last row
 */
export function followKeys(list, search, onEnd) {
  const rows = () => [...list.querySelectorAll(".vp-br-row")];
  const linkOf = (/** @type {Element | undefined} */ row) => row?.querySelector("a.vp-br-open");
  let anchor = 0;
  const current = () => rows().findIndex((row) => row.contains(document.activeElement));
  const focus = (/** @type {number} */ at) => {
    const link = linkOf(rows()[at]);
    if (link instanceof HTMLElement) link.focus();
  };
  const select = (/** @type {number} */ at) => {
    const box = rows()[at]?.querySelector("input[type='checkbox']");
    if (box instanceof HTMLInputElement) box.click();
    anchor = at;
  };
  const selectTo = (/** @type {number} */ at) => {
    const [from, to] = [Math.min(anchor, at), Math.max(anchor, at)];
    for (const row of rows().slice(from, to + 1)) {
      const box = row.querySelector("input[type='checkbox']");
      if (box instanceof HTMLInputElement && !box.checked) box.click();
    }
  };
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    if (!list.isConnected) return document.removeEventListener("keydown", onKey);
    if (event.key === "Escape" && event.target === search) return search.blur();
    if (targetOf(event)?.closest(FIELDS)) return undefined;
    const command = commandOf(event);
    if (command === null) return undefined;
    const at = current();
    if (command === "search") search.focus();
    else if (command === "down" && at === rows().length - 1) onEnd();
    else if (command === "down") focus(at + 1);
    else if (command === "up") focus(Math.max(0, at - 1));
    else if (at < 0) return undefined;
    else if (command === "select") select(at);
    else selectTo(at);
    event.preventDefault();
    return undefined;
  };
  document.addEventListener("keydown", onKey);
}
