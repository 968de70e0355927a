// The bar above a solution that was opened from the list: back to it, where in it the solution stands, the next one.

import { el, targetOf } from "../../assets/dom.js";
import { call } from "../../assets/rest.js";
import { listQuery, pageQuery } from "./browse_query.js";
import { itemLink, listLink } from "./list_link.js";

/** @import { SolutionPage } from "../../assets/api.d.ts" */

/**
 * Returns the bar for a solution's address; "" where it was not opened from a list.
 * @param {URLSearchParams} query
 * @returns {Promise<Node | string>}
 */
export async function breadcrumbs(query) {
  return query.get("from") === "browse" ? browseBreadcrumbs(query) : "";
}

/**
 * The way through the page of the list that it was opened from, and on to the next page: J and K go there too.
 * @param {URLSearchParams} query
 */
async function browseBreadcrumbs(query) {
  const list = listQuery(query);
  const page = new URLSearchParams(list);
  if (query.get("after")) page.set("after", query.get("after") ?? "");
  /** @type {SolutionPage} */
  const { solutions, next } = await call(`api/solutions?${pageQuery(query)}`);
  const ids = solutions.map(({ solution }) => solution);
  const at = ids.indexOf(query.get("id") ?? "");
  const before =
    at > 0 ? itemLink(ids[at - 1], page, "Previous", { class: "vp-btn", rel: "prev", "data-key": "k" }) : "";
  const position = at < 0 ? "Not on this page of the list any more." : `${at + 1} of the ${ids.length} on this page`;
  return breadcrumbBar(
    listLink(page, "Back to the list", { class: "vp-btn", "data-key": "Escape" }),
    el("span", { text: position }),
    before,
    await following(ids, at, page, next),
  );
}

/**
 * The link to the one after; on the last of a page to the first of the next page.
 * @param {string[]} ids of the page
 * @param {number} at where the solution is; -1 where it is not
 * @param {URLSearchParams} page
 * @param {string | null} next the cursor of the next page
 */
async function following(ids, at, page, next) {
  const attributes = { class: "vp-btn", rel: "next", "data-key": "j" };
  if (at < ids.length - 1) return itemLink(ids[at + 1], page, "Next", attributes);
  if (next === null) return "";
  const further = new URLSearchParams(page);
  further.set("after", next);
  /** @type {SolutionPage} */
  const { solutions } = await call(`api/solutions?${pageQuery(further)}`);
  return solutions.length ? itemLink(solutions[0].solution, further, "Next", attributes) : "";
}

/**
 * Lets J, K and Escape follow the links of the bar as long as `node` is on the page.
 * @param {Element} node
 */
export function followLinkKeys(node) {
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    if (!node.isConnected) return document.removeEventListener("keydown", onKey);
    const isTyping = targetOf(event)?.closest("input, textarea, select, dialog");
    if (isTyping || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return undefined;
    const key = event.key === "Escape" ? event.key : event.key.toLowerCase();
    const links = [...node.querySelectorAll("a[data-key]")];
    const link = links.find((each) => each.getAttribute("data-key") === key);
    if (link instanceof HTMLElement) link.click();
    return undefined;
  };
  document.addEventListener("keydown", onKey);
}

/** @param {...(Node | string)} content */
function breadcrumbBar(...content) {
  return el("nav", { class: "vp-breadcrumbs", "aria-label": "Previous and next in the list" }, ...content);
}
