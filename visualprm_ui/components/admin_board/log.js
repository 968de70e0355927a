// What was done to accounts and what was deleted, by whom: the newest first.

import { el } from "../../assets/dom.js";
import { address, call } from "../../assets/rest.js";
import { emptyState, formatTime, table } from "../dataset_board/list_controls.js";

/** @import { LogEntry, LogPage } from "../../assets/api.d.ts" */

/**
 * Returns the view's node; a page of the list has an address of its own.
 * @param {URLSearchParams} query
 */
export async function log(query) {
  const before = query.get("before");
  /** @type {LogPage} */
  const { entries, next } = await call(`api/log${before === null ? "" : `?before=${encodeURIComponent(before)}`}`);
  if (entries.length === 0) return emptyState("Nothing yet", "Changes to accounts and deletions are listed here.");
  const href = address(`admin?view=log&before=${next}`);
  const older = el("a", { class: "vp-btn", href, "data-view": "log", text: "Older" });
  return el(
    "div",
    { class: "vp-dataset-part" },
    table("Log", ["When", "Who", "What", ""], entries.map(row)),
    next === null ? "" : el("div", { class: "vp-button-row" }, older),
  );
}

/** @param {LogEntry} entry */
function row({ at, by, name, kind, detail }) {
  const what = kind.replaceAll("_", " ");
  return [formatTime(at), by, name === null ? what : `${what}: ${name}`, detail];
}
