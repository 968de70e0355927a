// Addresses of a project's pages, and of what lies behind them on other pages.

import { el } from "../../assets/dom.js";
import { address } from "../../assets/rest.js";

/** @import { Attributes, Child } from "../../assets/dom.js" */

/** @typedef {"progress" | "fill" | "people" | "setup"} PartName */

/**
 * Returns the path of a part of a project.
 * @param {string} project
 * @param {PartName} part
 * @param {Record<string, string>} [more]
 */
export function partPath(project, part, more = {}) {
  return `admin?${new URLSearchParams({ project, part, ...more })}`;
}

/**
 * Returns a link inside the admin page; it is followed without loading the page anew.
 * @param {string} path
 * @param {Attributes} attributes
 * @param {...Child} content
 */
export function adminLink(path, attributes, ...content) {
  return el("a", { href: address(path), "data-view": "projects", ...attributes }, ...content);
}

/**
 * Returns a link to wherever the path leads.
 * @param {string} path
 * @param {Attributes} attributes
 * @param {...Child} content
 */
export function pathLink(path, attributes, ...content) {
  return path.startsWith("admin?")
    ? adminLink(path, attributes, ...content)
    : el("a", { href: address(path), ...attributes }, ...content);
}

/**
 * Returns the path that opens the export: of a project, or of everything.
 * @param {string} [project]
 */
export function exportPath(project = "") {
  return `dataset?${new URLSearchParams({ open: "export", ...(project && { project }) })}`;
}

/**
 * Returns the path of a view of the dataset page.
 * @param {string} view
 * @param {Record<string, string>} query
 */
export function datasetPath(view, query) {
  return `dataset?${new URLSearchParams({ view, ...query })}`;
}
