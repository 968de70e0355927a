// The frame of the Review and the Adjudicate page: who may, what the address names, links and Back without loading the
// page anew, keys. Knows no view.

import { el, rootOf, targetOf } from "../../assets/dom.js";
import { address, call, errorText } from "../../assets/rest.js";
import { fillWindow } from "../label_board/fill_window.js";
import { failureScreen, loadingScreen } from "../label_board/placeholder_screens.js";

/** @import { Status } from "../../assets/api.d.ts" */

/**
 * @typedef {object} Shown
 * @property {Node} node
 * @property {() => unknown} [start] once it is on the page
 * @property {(event: KeyboardEvent) => void} [key]
 * @property {() => unknown} [close] when something else is shown, or the page goes
 * @typedef {object} PageContext
 * @property {Status} status
 * @property {(query: URLSearchParams, said?: string) => void} navigate opens an address of this page
 * @property {string} said what is to be told where it led to
 * @typedef {(query: URLSearchParams, context: PageContext) => Promise<Shown>} Show
 */

/** @type {AbortController | null} */
let mounted = null;

/**
 * @param {HTMLElement} element
 * @param {string} page its path
 * @param {Show} show
 */
export async function openReviewerPage(element, page, show) {
  mounted?.abort();
  const leaving = new AbortController();
  mounted = leaving;
  const { signal } = leaving;
  const root = rootOf(element);
  fillWindow(root, signal);
  root.replaceChildren(loadingScreen());
  /** @type {Status | null} */
  const status = await call("api/status").catch(() => null);
  if (status !== null && status.role !== "admin" && status.role !== "reviewer")
    return root.replaceChildren(notForYou(page));
  /** @type {Shown | null} */
  let current = null;
  let latest = 0;
  const open = async (said = "") => {
    latest += 1;
    const id = latest;
    current?.close?.();
    current = null;
    try {
      /** @type {Status} */
      const known = status ?? (await call("api/status"));
      const shown = await show(new URLSearchParams(location.search), { status: known, navigate, said });
      if (id !== latest || signal.aborted) return;
      current = shown;
      root.replaceChildren(shown.node);
      await shown.start?.();
    } catch (error) {
      if (id === latest) root.replaceChildren(failureScreen({ message: errorText(error) }, () => open(said)));
    }
  };
  const navigate = (/** @type {URLSearchParams} */ query, said = "") => {
    const text = query.toString();
    history.pushState(null, "", address(`${page}${text ? `?${text}` : ""}`));
    open(said);
  };
  root.addEventListener("click", (event) => followLink(event, open), { signal });
  document.addEventListener("keydown", (event) => current?.key?.(event), { signal });
  window.addEventListener("popstate", () => open(), { signal });
  window.addEventListener("pagehide", () => current?.close?.(), { signal });
  return open();
}

/**
 * Links of the page itself change what is shown without loading it anew.
 * @param {MouseEvent} event
 * @param {() => void} open
 */
function followLink(event, open) {
  const link = targetOf(event)?.closest("a[data-view]");
  if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  history.pushState(null, "", link.href);
  open();
}

/** @param {string} page */
function notForYou(page) {
  const title = page === "review" ? "Review" : "Adjudicate";
  return el(
    "div",
    { class: "vp-lb-screen" },
    el(
      "div",
      { class: "vp-lb-screen-body" },
      el("h1", { class: "vp-lb-screen-title", text: title }),
      el("p", { class: "vp-banner", text: "This page is for reviewers and admins. Ask an admin for that role." }),
    ),
  );
}
