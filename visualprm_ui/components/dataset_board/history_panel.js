// What happened to a solution, the oldest first. Nothing ever overwrites it.

import { el } from "../../assets/dom.js";
import { call } from "../../assets/rest.js";
import { lineOf } from "../../assets/rich_text.js";
import { formatTime } from "./list_controls.js";

/** @import { HistoryEvent, HistoryPage } from "../../assets/api.d.ts" */

const PAGE_SIZE = 200; // events; the server sends no more at once

/**
 * Returns everything that happened to a solution, the oldest first, page by page.
 * @param {string} path of the solution
 * @param {(path: string) => Promise<HistoryPage>} [ask]
 */
export async function wholeHistory(path, ask = call) {
  /** @type {HistoryEvent[]} */
  const found = [];
  /** @type {number | null} */
  let after = 0;
  while (after !== null) {
    /** @type {HistoryPage} */
    const { events, next } = await ask(`${path}/history?after=${after}&limit=${PAGE_SIZE}`);
    found.push(...events);
    after = next;
  }
  return found;
}

/** @param {HistoryEvent[]} events */
export function historyPanel(events) {
  return el(
    "section",
    { class: "vp-card vp-sv-history", "aria-label": "History" },
    el("h2", { text: "History" }),
    events.length === 0
      ? el("p", { class: "vp-status-line", text: "Nothing has happened here yet." })
      : el(
          "ol",
          {},
          ...events.map(({ at, who, text }) =>
            el(
              "li",
              {},
              el("time", { datetime: at, text: formatTime(at) }),
              el("b", { text: who }),
              lineOf("span", text),
            ),
          ),
        ),
  );
}
