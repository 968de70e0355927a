// Keeps the keyboard's place in a part of the page that is replaced: the control that takes the place of the focused
// one gets the focus. Without it the focus would fall back to the top of the page at every press of a button. Knows no
// view.

/**
 * @typedef {{ row: string, name: string, index: number }} ControlKey a control's row and name, and its index among
 *   those alike
 */

const CONTROLS = "a[href], button, input, select, textarea, summary";
const ROWS = "tr, li, [data-project]";

/**
 * Follows the focus inside `container`.
 * @param {HTMLElement} container
 * @param {HTMLElement} heading gets the focus of a control that has no successor
 * @returns {(node: Node) => void} fills the container with a node
 */
export function keepFocus(container, heading) {
  heading.tabIndex = -1;
  /** @type {Element | null} */
  let lastFocused = null;
  container.addEventListener("focusin", ({ target }) => {
    lastFocused = target instanceof Element ? target : null;
  });
  container.addEventListener("focusout", ({ target }) => {
    // a button at work is disabled, which takes the focus from it: the keyboard is still there
    const isDisabled = target instanceof Element && target.matches(":disabled");
    if (!isDisabled) lastFocused = null;
  });
  return (node) => {
    const active = document.activeElement;
    const focused = container.contains(active) ? active : active === document.body ? lastFocused : null;
    const key = focused && keyOf(focused, container);
    lastFocused = null;
    container.replaceChildren(node);
    if (key) successors(key, container, heading).some(takesFocus);
  };
}

/**
 * @param {Element} control
 * @param {Element} container
 * @returns {ControlKey}
 */
function keyOf(control, container) {
  const [row, name] = [rowName(control), nameOf(control)];
  return { row, name, index: alike(container, row, name).indexOf(control) };
}

/**
 * Returns who may take the focus, the best first: the same control, the summary it is folded behind, its row, the
 * heading.
 * @param {ControlKey} key
 * @param {Element} container
 * @param {HTMLElement} heading
 */
function successors({ row, name, index }, container, heading) {
  const same = alike(container, row, name)[index];
  const ofRow = row === "" ? [] : controlsOf(container).filter((control) => rowName(control) === row);
  return [same, same?.closest("details")?.querySelector("summary"), ...ofRow, heading];
}

/**
 * @param {Element} container
 * @param {string} row
 * @param {string} name
 * @returns {Element[]}
 */
function alike(container, row, name) {
  return controlsOf(container).filter((control) => nameOf(control) === name && rowName(control) === row);
}

/** @param {Element} container */
function controlsOf(container) {
  return [...container.querySelectorAll(CONTROLS)];
}

/** @param {Element} control */
function rowName(control) {
  const row = control.closest(ROWS);
  const project = row instanceof HTMLElement ? row.dataset.project : undefined;
  return project ?? row?.firstElementChild?.textContent ?? "";
}

/** @param {Element} control */
function nameOf(control) {
  const label = control instanceof HTMLInputElement ? control.labels?.[0]?.textContent : null;
  return control.getAttribute("aria-label") || control.getAttribute("name") || label || control.textContent || "";
}

/** @param {Element | null | undefined} node */
function takesFocus(node) {
  if (!(node instanceof HTMLElement)) return false;
  node.focus(); // nothing happens where it is disabled or hidden
  return document.activeElement === node;
}
