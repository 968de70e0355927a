// The figures of a chart as a table, for screen readers.

import { el } from "./dom.js";

/**
 * Returns the table, out of sight.
 * @param {string} title
 * @param {string[]} head
 * @param {(string | number)[][]} rows the first cell of each is its heading
 */
export function figureTable(title, head, rows) {
  return el(
    "div",
    { class: "vp-hidden" },
    el(
      "table",
      {},
      el("caption", { text: title }),
      el("thead", {}, el("tr", {}, ...head.map((text) => el("th", { scope: "col", text })))),
      el(
        "tbody",
        {},
        ...rows.map(([first, ...cells]) =>
          el(
            "tr",
            {},
            el("th", { scope: "row", text: String(first) }),
            ...cells.map((text) => el("td", { text: String(text) })),
          ),
        ),
      ),
    ),
  );
}
