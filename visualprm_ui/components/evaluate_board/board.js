// The frame of the Evaluate page: shows what the address names, follows links and the browser's Back without loading
// anything twice. Each page is a module of its own, loaded when it is opened. Knows no figure.

import { el, rootOf, setAttr, targetOf } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { address, call, errorText } from "../../assets/rest.js";
import { pageOf } from "./address.js";
import { KINDS, kindOf } from "./kinds.js";

/** @import { Evaluation, Status } from "../../assets/api.d.ts" */
/** @import { Attributes, Child } from "../../assets/dom.js" */

/**
 * @typedef {object} PageContext
 * @property {URLSearchParams} query
 * @property {boolean} isAdmin who may start, cancel and remove
 * @property {Status | null} status
 * @property {AbortSignal} signal ends when another page is shown
 * @property {() => Promise<void>} reload shows the page anew
 * @property {(query: URLSearchParams) => void} navigate opens an address of this page
 * @property {(query: URLSearchParams) => void} remember writes into the address, without a step for Back
 *
 * @typedef {object} Shown
 * @property {Node} node
 * @property {(query: URLSearchParams) => void} [update] follows an address of the same thing with other filters
 */

/**
 * Returns a link to an address of this page.
 * @param {URLSearchParams} query
 * @param {Attributes} attributes
 * @param {...Child} content
 */
export function pageLink(query, attributes, ...content) {
  const text = query.toString();
  return el("a", { href: address(`evaluate${text ? `?${text}` : ""}`), "data-view": "", ...attributes }, ...content);
}

/**
 * Fills the component and follows the address.
 * @param {HTMLElement} element
 * @param {Status | null} status
 */
export function openBoard(element, status) {
  const content = el("div", { class: "vp-ev" }, skeleton());
  rootOf(element).replaceChildren(content);
  const isAdmin = status?.role === "admin";
  /** @type {{ key: string, shown: Shown, end: AbortController } | null} */
  let current = null;
  let latest = 0;

  /** @param {boolean} isFresh whether what is shown is asked for again */
  const open = async (isFresh) => {
    const query = new URLSearchParams(location.search);
    const { page, key } = pageOf(query);
    latest += 1; // whatever is still being loaded is not wanted any more
    const id = latest;
    if (!isFresh && current?.key === key && current.shown.update) {
      setAttr(content, "aria-busy", null);
      return current.shown.update(query);
    }
    const end = new AbortController();
    setAttr(content, "aria-busy", "true");
    /** @type {PageContext} */
    const context = { query, isAdmin, status, signal: end.signal, reload: () => open(true), navigate, remember };
    const shown = await pages[page](context).catch((error) => failure(error, () => open(true)));
    if (id !== latest) return end.abort();
    const isOther = current !== null && current.key !== key;
    current?.end.abort();
    current = { key, shown, end };
    setAttr(content, "aria-busy", null);
    content.replaceChildren(shown.node);
    if (isOther) focusHeading(content);
    return undefined;
  };
  /** @param {URLSearchParams} query */
  const navigate = (query) => {
    const text = query.toString();
    history.pushState(null, "", address(`evaluate${text ? `?${text}` : ""}`));
    open(false);
  };
  followLinks(content, () => open(false));
  window.addEventListener("popstate", () => {
    if (element.isConnected) open(false);
  });
  open(true);
}

/** @param {URLSearchParams} query */
function remember(query) {
  history.replaceState(null, "", address(`evaluate?${query}`));
}

/** @type {Record<"list" | "evaluation" | "comparison" | "monteCarlo", (context: PageContext) => Promise<Shown>>} */
const pages = {
  list: async (context) => (await import("./list.js")).show(context),
  evaluation: showEvaluation,
  comparison: showComparison,
  monteCarlo: async (context) => (await import("./monte_carlo_page.js")).show(context),
};

/**
 * @param {string | null} id
 * @returns {Promise<Evaluation>}
 */
function evaluationOf(id) {
  return call(`api/evaluations/${encodeURIComponent(id ?? "")}`);
}

/** @param {PageContext} context */
async function showComparison(context) {
  const { kind } = await evaluationOf(context.query.get("a"));
  return (await (kindOf(kind) ?? KINDS[0]).comparison()).show(context);
}

/** @param {PageContext} context */
async function showEvaluation(context) {
  const evaluation = await evaluationOf(context.query.get("id"));
  const kind = kindOf(evaluation.kind);
  if (kind && (evaluation.state === "done" || kind.showsUnfinished))
    return (await kind.page()).show(evaluation, context);
  return (await import("./running_page.js")).show(evaluation, context);
}

/**
 * @param {unknown} error
 * @param {() => void} again
 * @returns {Shown}
 */
function failure(error, again) {
  return {
    node: el(
      "div",
      { class: "vp-ev-failed" },
      el("h1", { tabindex: "-1", text: "Evaluate" }),
      el(
        "div",
        { class: "vp-banner vp-banner-bad", role: "alert" },
        icon("warning"),
        el("span", { class: "vp-ev-grow", text: errorText(error) }),
        el("button", { type: "button", class: "vp-btn", text: "Try again", onclick: again }),
        pageLink(new URLSearchParams(), { class: "vp-btn" }, "All evaluations"),
      ),
    ),
  };
}

/** What is shown until the first answer is there: rows of the height that they will have. */
function skeleton() {
  const rows = Array.from({ length: 5 }, () => el("div", { class: "vp-ev-skeleton-row" }));
  return el(
    "div",
    { class: "vp-ev-page" },
    el("h1", { text: "Evaluate" }),
    el("p", { class: "vp-hidden", role: "status", text: "Loading…" }),
    el("div", { class: "vp-card vp-ev-skeleton", "aria-hidden": "true" }, ...rows),
  );
}

/** @param {HTMLElement} content */
function focusHeading(content) {
  window.scrollTo(0, 0);
  const heading = content.querySelector("h1");
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

/**
 * Lets links inside the page, those with `data-view`, change what is shown without loading the page anew.
 * @param {HTMLElement} root
 * @param {() => void} open
 */
function followLinks(root, open) {
  root.addEventListener("click", (event) => {
    const link = targetOf(event)?.closest("a[data-view]");
    if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const [here, there] = [location.search, new URL(link.href).search].map((text) => new URLSearchParams(text));
    const threshold = here.get("threshold");
    // it moves without a link being drawn anew
    const isSame = pageOf(here).key === pageOf(there).key;
    if (isSame && threshold !== null) there.set("threshold", threshold);
    history.pushState(null, "", there.size ? `${link.pathname}?${there}` : link.pathname);
    open();
  });
}
