// A part's own style sheet, fetched when the part is opened: no page needs it before.

/** @type {Map<string, Promise<void>>} */
const loading = new Map();

/**
 * Adds a style sheet to the page once, and returns when it is there; also where it cannot be loaded: plain, but it
 * works.
 * @param {URL} address
 * @returns {Promise<void>}
 */
export function loadStyleSheet({ href }) {
  const begun = loading.get(href);
  if (begun) return begun;
  /** @type {Promise<void>} */
  const done = new Promise((resolve) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = href;
    link.addEventListener("load", () => resolve());
    link.addEventListener("error", () => resolve());
    document.head.append(link);
  });
  loading.set(href, done);
  return done;
}
