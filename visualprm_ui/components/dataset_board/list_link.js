// A link to the list of solutions as it would be with other filters, or to a solution opened from it.

import { el } from "../../assets/dom.js";
import { address } from "../../assets/rest.js";

/** @import { Attributes, Child } from "../../assets/dom.js" */

/**
 * @param {URLSearchParams} list filters and order
 * @param {Child} content
 * @param {Attributes} [attributes]
 * @param {...Child} more
 */
export function listLink(list, content, attributes = {}, ...more) {
  const text = list.toString();
  const href = address(`dataset?view=browse${text ? `&${text}` : ""}`);
  return el("a", { href, "data-view": "browse", ...attributes }, content, ...more);
}

/**
 * @param {string} id of the solution
 * @param {URLSearchParams} page of the list it stands on
 * @param {Child} content
 * @param {Attributes} [attributes]
 */
export function itemLink(id, page, content, attributes = {}) {
  const search = new URLSearchParams({ view: "solution", id, from: "browse" });
  for (const [name, value] of page) search.append(name, value);
  return el("a", { href: address(`dataset?${search}`), "data-view": "solution", ...attributes }, content);
}
