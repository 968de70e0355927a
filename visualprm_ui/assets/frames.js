// Work that can wait until what is on screen is painted.

const HIDDEN_MS = 100; // a page that is not seen draws no frames

/**
 * Calls back once, after the next frame.
 * @param {() => void} work
 */
export function afterFrame(work) {
  let isDone = false;
  const once = () => {
    if (!isDone) work();
    isDone = true;
  };
  requestAnimationFrame(() => setTimeout(once));
  setTimeout(once, HIDDEN_MS);
}
