// What happens to the page around the board: keys, leaving and coming back, the connection.

import { targetOf } from "../../assets/dom.js";
import { dialogIsOpen } from "./dialogs.js";

/**
 * @typedef {object} PageListener
 * @property {(event: KeyboardEvent) => void} key
 * @property {() => void} leave the page is hidden or goes away
 * @property {() => void} comeBack
 * @property {() => void} online
 * @property {() => boolean} mayClose whether the page can be closed without a loss
 */

/**
 * @param {HTMLElement} node the board
 * @param {AbortSignal} signal ends the listening
 * @param {PageListener} on
 */
export function listenToPage(node, signal, on) {
  const whenVisible = () => (document.hidden ? on.leave() : on.comeBack());
  const whenShown = (/** @type {PageTransitionEvent} */ event) => {
    if (event.persisted) on.comeBack();
  };
  const beforeUnload = (/** @type {BeforeUnloadEvent} */ event) => {
    if (!on.mayClose()) event.preventDefault();
  };
  document.addEventListener("keydown", on.key, { signal });
  document.addEventListener("visibilitychange", whenVisible, { signal });
  window.addEventListener("pageshow", whenShown, { signal });
  window.addEventListener("pagehide", on.leave, { signal });
  window.addEventListener("online", on.online, { signal });
  window.addEventListener("vp-online", on.online, { signal });
  window.addEventListener("beforeunload", beforeUnload, { signal });
  node.addEventListener("click", leaveNoFocus);
}

/**
 * A mouse click leaves no focus on a button: the next Enter submits and does not press the button again.
 * @param {MouseEvent} event
 */
export function leaveNoFocus(event) {
  const button = targetOf(event)?.closest("button, summary");
  const isFocused = button instanceof HTMLElement && document.activeElement === button;
  if (event.detail > 0 && isFocused && !dialogIsOpen()) button.blur();
}
