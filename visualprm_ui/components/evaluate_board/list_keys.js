// The keyboard on the list: J and K move, Enter opens, X marks, C compares, N begins a new one, / searches.

import { targetOf } from "../../assets/dom.js";

const FIELDS = "input:not([type='checkbox']), textarea, select, [contenteditable], dialog";
/** @type {Record<string, string>} */
const COMMANDS = { j: "down", k: "up", x: "mark", c: "compare", n: "new", "/": "search" };

/**
 * Returns what a key means; null where it is the page's or the browser's.
 * @param {Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">} event
 */
export function commandOf({ key, ctrlKey, metaKey, altKey }) {
  if (ctrlKey || metaKey || altKey) return null;
  return COMMANDS[key.toLowerCase()] ?? null;
}

/**
 * @param {(command: string) => void} act
 * @param {AbortSignal} signal
 */
export function followListKeys(act, signal) {
  document.addEventListener(
    "keydown",
    (event) => {
      const target = targetOf(event);
      if (event.key === "Escape" && target?.matches(".vp-ev-search input")) act("leave-search");
      if (target?.closest(FIELDS) || document.querySelector("dialog[open]")) return;
      const command = commandOf(event);
      if (command === null) return;
      event.preventDefault();
      act(command);
    },
    { signal },
  );
}
