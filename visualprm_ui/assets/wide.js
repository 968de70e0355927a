// What is larger than its container scrolls, and gets a tab stop, so that the keyboard can scroll it.

/** @type {ResizeObserver | undefined} */
let widths;

/** @param {ResizeObserverEntry[]} entries */
function giveTabStops(entries) {
  // observers run when a frame is laid out, so that measuring forces no layout of its own
  const scrolling = new Set(entries.map(({ target }) => target.closest("[data-scrolls]")));
  for (const node of scrolling) {
    if (!(node instanceof HTMLElement)) continue; // a part that was replaced meanwhile
    const isWide = node.scrollWidth > node.clientWidth && getComputedStyle(node).overflowX === "auto";
    if (isWide) node.tabIndex = 0;
    else node.removeAttribute("tabindex");
  }
}

/**
 * Gives `node` a tab stop while it has more to show than fits, whenever its own or its content's size changes.
 * @param {HTMLElement} node
 */
export function watchWidth(node) {
  widths ??= new ResizeObserver(giveTabStops);
  node.dataset.scrolls = "";
  widths.observe(node);
  if (node.firstElementChild) widths.observe(node.firstElementChild);
}

/**
 * Gives `node` a tab stop while it is higher than what is seen of it, and its style sheet that height as --vp-content.
 * @param {HTMLElement} node
 */
export function watchHeight(node) {
  const measure = () => {
    node.style.removeProperty("--vp-content"); // scrollHeight is never less than the height that it asks for
    node.style.setProperty("--vp-content", `${node.scrollHeight}px`);
    if (node.scrollHeight > node.clientHeight + 1) node.tabIndex = 0;
    else node.removeAttribute("tabindex");
  };
  new ResizeObserver(measure).observe(node);
}
