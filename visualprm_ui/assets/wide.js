// What is wider than its container scrolls sideways, and gets a tab stop, so that the keyboard can scroll it.

/** @type {Set<HTMLElement>} */
const unmeasured = new Set();

/**
 * Gives `node` a tab stop if it has more to show than fits. Nodes are measured together, later.
 * @param {HTMLElement} node
 */
export function watchWidth(node) {
  if (!unmeasured.size) {
    setTimeout(() => {
      const wide = [...unmeasured].filter(
        (each) => each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).overflowX === "auto",
      );
      unmeasured.clear();
      for (const each of wide) each.tabIndex = 0;
    }, 300);
  }
  unmeasured.add(node);
}
