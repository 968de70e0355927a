// What is larger than its container scrolls, and gets a tab stop, so that the keyboard can scroll it.

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

/**
 * Gives `node` a tab stop while it is higher than what is seen of it, and its style sheet that height as --vp-content.
 * @param {HTMLElement} node
 */
export function watchHeight(node) {
  const measure = () => {
    node.style.setProperty("--vp-content", `${node.scrollHeight}px`);
    if (node.scrollHeight > node.clientHeight + 1) node.tabIndex = 0;
    else node.removeAttribute("tabindex");
  };
  new ResizeObserver(measure).observe(node);
}
