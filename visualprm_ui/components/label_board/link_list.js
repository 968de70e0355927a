// A list of links by keyboard: J and K, or the arrows, go from one to the next; Enter opens it, as everywhere.

import { isTyping } from "./keys.js";

/** @type {Record<string, number>} */
const MOVES = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };

/**
 * Moves among the links inside `node` as long as it is on the page.
 * @param {HTMLElement} node
 */
export function moveAmongLinks(node) {
  let wasOnPage = false;
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    wasOnPage ||= node.isConnected;
    if (wasOnPage && !node.isConnected) return document.removeEventListener("keydown", onKey);
    const by = MOVES[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.defaultPrevented)
      return undefined;
    if (isTyping(/** @type {HTMLElement | null} */ (event.target))) return undefined;
    const links = [...node.querySelectorAll("a[href]")].filter((each) => each instanceof HTMLElement);
    if (links.length === 0) return undefined;
    event.preventDefault();
    const at = links.findIndex((link) => link.matches(":focus"));
    const to = at < 0 ? (by > 0 ? 0 : links.length - 1) : (at + by + links.length) % links.length;
    links[to].focus();
    return undefined;
  };
  document.addEventListener("keydown", onKey);
}
