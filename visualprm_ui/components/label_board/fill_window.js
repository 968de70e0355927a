// A board fills the window below the app bar, whose height differs on a phone; the page itself never scrolls.

/**
 * @param {HTMLElement} root gets the classes of a board that fills the window
 * @param {AbortSignal} [signal] ends the watching
 */
export function fillWindow(root, signal) {
  const bar = document.querySelector(".vp-host-app-bar");
  root.classList.add("vp-lb");
  root.parentElement?.classList.add("vp-board");
  if (!bar) return;
  const measure = () => {
    const top = Math.max(0, bar.getBoundingClientRect().bottom + window.scrollY);
    root.style.setProperty("--vp-lb-top", `${top}px`);
  };
  const watcher = new ResizeObserver(measure);
  watcher.observe(bar);
  measure();
  signal?.addEventListener("abort", () => watcher.disconnect());
}
