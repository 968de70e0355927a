// A button that shows and hides its panel, and what closes a menu.

import { setAttr, show } from "../../assets/dom.js";

/**
 * Has a `details` close with Escape and at a press elsewhere.
 * @param {HTMLDetailsElement} menu
 */
export function closeElsewhere(menu) {
  const close = (/** @type {Event} */ { target }) => {
    if (target instanceof Node && !menu.contains(target)) menu.open = false;
  };
  menu.addEventListener("toggle", () => {
    if (menu.open) document.addEventListener("pointerdown", close);
    else document.removeEventListener("pointerdown", close);
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.stopPropagation();
    menu.open = false;
    menu.querySelector("summary")?.focus();
  });
}

/**
 * Connects the two. The panel closes with Escape, at a press elsewhere, and when the focus moves on to something else;
 * not when the focus is merely lost, as while a page loads.
 * @param {HTMLElement} button
 * @param {HTMLElement} panel
 */
export function disclosure(button, panel) {
  /** @type {AbortController | null} */
  let open = null; // ends the listeners that an open panel has
  const isInside = (/** @type {EventTarget | null} */ target) =>
    target instanceof Node && (button.contains(target) || panel.contains(target));
  const isHidden = () => panel.hasAttribute("hidden");
  const set = (/** @type {boolean} */ wanted) => {
    open?.abort();
    open = wanted ? new AbortController() : null;
    show(panel, wanted);
    setAttr(button, "aria-expanded", String(wanted));
    const closeElsewhere = (/** @type {Event} */ { target }) => {
      if (!isInside(target)) set(false);
    };
    if (open) document.addEventListener("pointerdown", closeElsewhere, { signal: open.signal });
  };
  button.addEventListener("click", () => set(isHidden()));
  for (const part of [button, panel]) {
    part.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget && !isInside(relatedTarget)) set(false);
    });
    part.addEventListener("keydown", ({ key }) => {
      if (key !== "Escape" || isHidden()) return;
      set(false);
      button.focus();
    });
  }
}
