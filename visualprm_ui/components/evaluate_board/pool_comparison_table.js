// Figures of two Best-of-N evaluations in rows: A, B, the paired difference with its interval.

import { el } from "../../assets/dom.js";
import { watchWidth } from "../../assets/wide.js";
import { differenceRange, intervalText, points, signedPoints, undefinedText } from "./figures.js";
import { differencePicture } from "./intervals.js";

/** @import { ComparedWay } from "../../assets/api.d.ts" */

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {ComparedWay} figures
 * @property {boolean} isMain whether it is the one that is looked at
 */

/**
 * @param {string} title
 * @param {string} first heading of the names
 * @param {Row[]} rows
 */
export function differenceTable(title, first, rows) {
  const range = differenceRange(
    rows.flatMap(({ figures: { difference } }) => [difference.value, difference.low, difference.high]),
  );
  const edge = Math.round(100 * range[1]);
  const side = (/** @type {string} */ which) =>
    el(
      "th",
      { scope: "col", class: "vp-ev-r" },
      el("span", { class: "vp-ev-side", "data-side": which, text: which.toUpperCase() }),
    );
  const node = el(
    "section",
    { class: "vp-card vp-ev-table", "aria-label": title },
    el(
      "div",
      { class: "vp-ev-top" },
      el("h2", { text: title }),
      el("span", { class: "vp-ev-note", text: "right answers, per cent; filled where the interval excludes 0" }),
    ),
    el(
      "div",
      { class: "vp-ev-scroll" },
      el(
        "table",
        {},
        el("caption", { class: "vp-hidden", text: title }),
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            el("th", { scope: "col", text: first }),
            side("a"),
            side("b"),
            el("th", { scope: "col", class: "vp-ev-r", text: "B − A" }),
            el("th", { scope: "col", text: `−${edge} to +${edge}` }),
            el("th", { scope: "col", text: "95 %" }),
          ),
        ),
        el("tbody", {}, ...rows.map((row) => tableRow(row, range))),
      ),
    ),
  );
  const scrolling = node.querySelector(".vp-ev-scroll");
  if (scrolling instanceof HTMLElement) watchWidth(scrolling);
  return node;
}

/**
 * @param {Row} row
 * @param {[number, number]} range
 */
function tableRow({ name, figures: { a, b, difference }, isMain }, range) {
  const number = (/** @type {string} */ text) => el("td", { class: "vp-ev-r vp-num", text });
  return el(
    "tr",
    { "data-overall": isMain },
    el("th", { scope: "row" }, el("span", { text: name })),
    number(points(a.value)),
    number(points(b.value)),
    number(signedPoints(difference.value)),
    el(
      "td",
      { title: difference.value === null ? undefinedText(difference) : null },
      differencePicture(difference, range),
    ),
    el("td", { class: "vp-ev-note", text: intervalText(difference, signedPoints) || (difference.reason ?? "–") }),
  );
}
