// A page of several views, each asking REST for what it shows. The address names the view and what it looks at: a
// reload and the browser's back button show the same. Knows no view.

import { el, rootOf, setAttr, targetOf } from "./dom.js";
import { keepFocus } from "./focus.js";
import { address, errorText } from "./rest.js";

/**
 * @typedef {() => Promise<void>} Reload shows the view anew
 * @typedef {object} View
 * @property {string} [title] of its tab; a view without one is reached by links
 * @property {(query: URLSearchParams, reload: Reload) => Promise<Node>} show
 */

/**
 * Fills a component with a heading, tabs and the view that the address names. An answer that comes after another view
 * was asked for is dropped.
 * @param {HTMLElement} element
 * @param {object} options
 * @param {string} options.page its path
 * @param {string} options.title
 * @param {Record<string, View>} options.views by name; the first one is shown where the address names none
 * @param {string} [options.style] a further class
 * @param {Node[]} [options.actions] beside the heading
 * @returns {Reload}
 */
export function openViews(element, { page, title, views, style = "", actions = [] }) {
  const names = Object.keys(views);
  const tabs = viewTabs(page, title, views);
  const content = el("div", {}, el("p", { class: "vp-dataset-loading", role: "status", text: "Loading…" }));
  const root = rootOf(element);
  const heading = el("h1", { text: title });
  const head = actions.length ? el("div", { class: "vp-dataset-head" }, heading, ...actions) : heading;
  root.replaceChildren(el("div", { class: `vp-dataset ${style}` }, head, tabs, content));
  const replaceContent = keepFocus(content, heading);
  let latest = 0;
  const open = async () => {
    latest += 1;
    const id = latest;
    const query = new URLSearchParams(location.search);
    const wanted = query.get("view") ?? "";
    const name = names.includes(wanted) ? wanted : names[0];
    markCurrent(tabs, name);
    setAttr(content, "aria-busy", "true");
    const node = await views[name].show(query, open).catch(failureNote);
    if (id !== latest) return;
    replaceContent(node);
    setAttr(content, "aria-busy", null);
  };
  followLinks(root, open);
  window.addEventListener("popstate", () => {
    if (element.isConnected) open();
  });
  open();
  return open;
}

/**
 * @param {string} page
 * @param {string} title
 * @param {Record<string, View>} views
 */
function viewTabs(page, title, views) {
  const titled = Object.entries(views).filter(([, view]) => view.title);
  const link = (/** @type {[string, View]} */ [name, view]) =>
    el("a", { href: address(`${page}?view=${name}`), "data-view": name, text: view.title });
  return el("nav", { class: "vp-dataset-tabs", "aria-label": title }, ...(titled.length > 1 ? titled.map(link) : []));
}

/**
 * @param {Element} tabs
 * @param {string} name
 */
function markCurrent(tabs, name) {
  for (const link of tabs.children) {
    const isCurrent = link.getAttribute("data-view") === name;
    setAttr(link, "aria-current", isCurrent ? "page" : null);
    if (isCurrent) link.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}

/** @param {unknown} error */
function failureNote(error) {
  return el("p", { class: "vp-banner vp-banner-bad", role: "alert", text: errorText(error) });
}

/**
 * Lets links inside the page change the view without loading the page anew.
 * @param {HTMLElement} root
 * @param {Reload} open
 */
function followLinks(root, open) {
  root.addEventListener("click", async (event) => {
    const link = targetOf(event)?.closest("a[data-view]");
    if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.pathname !== location.pathname) return; // another page's view
    event.preventDefault();
    history.pushState(null, "", link.href);
    await open();
    window.scrollTo(0, 0);
  });
  // After a verdict the focus is on a button of the next solution: a held Enter must not judge one after the other.
  root.addEventListener("keydown", (event) => {
    if (event.repeat && event.key === "Enter" && targetOf(event)?.closest("button")) event.preventDefault();
  });
}
