// The paired differences of two reward models: by source as a table, by the place of the step as a chart. A dot is
// filled where its interval leaves 0 out.

import { el } from "../../assets/dom.js";
import { watchWidth } from "../../assets/wide.js";
import { chartCard, dot, line, word } from "./chart_frame.js";
import {
  countText,
  differenceRange,
  excludesZero,
  intervalText,
  points,
  signedPoints,
  undefinedText,
} from "./figures.js";
import { differencePicture } from "./intervals.js";
import { linear, ticks } from "./scale.js";

/** @import { ComparedRow, Comparison } from "../../assets/api.d.ts" */

/** @param {Comparison} found */
export function comparedTable({ sources, pooled, f1_correct: correct, f1_wrong: wrong }) {
  /** @type {[string, ComparedRow, boolean][]} */
  const rows = [
    ...sources.map((row) => /** @type {[string, ComparedRow, boolean]} */ ([row.name || "not named", row, false])),
    ["Pooled", pooled, true],
    ["F1 correct", correct, true],
    ["F1 wrong", wrong, true],
  ];
  const range = differenceRange(
    rows.flatMap(([, { difference }]) => [difference.value, difference.low, difference.high]),
  );
  const edge = Math.round(100 * range[1]);
  const sides = ["a", "b"].map((which) =>
    el(
      "th",
      { scope: "col", class: "vp-ev-r" },
      el("span", { class: "vp-ev-side", "data-side": which, text: which.toUpperCase() }),
    ),
  );
  const node = el(
    "section",
    { class: "vp-card vp-ev-table", "aria-label": "By source" },
    el(
      "div",
      { class: "vp-ev-top" },
      el("h2", { text: "By source" }),
      el("span", {
        class: "vp-ev-note",
        text: "macro-F1; filled where the interval excludes 0; differences are of unrounded figures",
      }),
    ),
    el(
      "div",
      { class: "vp-ev-scroll" },
      el(
        "table",
        {},
        el("caption", { class: "vp-hidden", text: "Differences by source" }),
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            el("th", { scope: "col", text: "Source" }),
            el("th", { scope: "col", class: "vp-ev-r vp-ev-wide", text: "Steps" }),
            ...sides,
            el("th", { scope: "col", class: "vp-ev-r", text: "B − A" }),
            el("th", { scope: "col", text: `−${edge} to +${edge}` }),
            el("th", { scope: "col", class: "vp-ev-wide", text: "95 %" }),
          ),
        ),
        el("tbody", {}, ...rows.map(([name, row, isOverall]) => comparedRow(name, row, isOverall, range))),
      ),
    ),
  );
  const scrolling = node.querySelector(".vp-ev-scroll");
  if (scrolling instanceof HTMLElement) watchWidth(scrolling);
  return node;
}

/**
 * @param {string} name
 * @param {ComparedRow} row
 * @param {boolean} isOverall
 * @param {[number, number]} range
 */
function comparedRow(name, { steps, a, b, difference }, isOverall, range) {
  const number = (/** @type {string} */ text, more = "") => el("td", { class: `vp-ev-r vp-num ${more}`, text });
  return el(
    "tr",
    { "data-overall": isOverall },
    el("th", { scope: "row", dir: "auto" }, name),
    number(countText(steps), "vp-ev-wide"),
    number(a.value === null ? "undefined" : points(a.value)),
    number(b.value === null ? "undefined" : points(b.value)),
    number(difference.value === null ? "undefined" : signedPoints(difference.value)),
    el(
      "td",
      { title: difference.value === null ? undefinedText(difference) : null },
      differencePicture(difference, range),
    ),
    el("td", { class: "vp-ev-note vp-ev-wide", text: intervalText(difference, signedPoints) }),
  );
}

/** @param {Comparison} found */
export function comparedPlaces({ places }) {
  const range = differenceRange(
    places.flatMap(({ difference }) => [difference.value, difference.low, difference.high]),
  );
  return chartCard({
    title: "By step position",
    note: "B − A, points of macro-F1",
    figures: [
      ["Place", "Steps", "B − A", "95 % interval"],
      places.map(({ name, steps, difference }) => [
        name ?? "–",
        countText(steps),
        difference.value === null ? undefinedText(difference) : signedPoints(difference.value),
        intervalText(difference, signedPoints),
      ]),
    ],
    draw: (width) => {
      const y = linear(range, [126, 10]);
      const size = (width - 44) / Math.max(1, places.length);
      const x = (/** @type {number} */ index) => 36 + (index + 0.5) * size;
      const grid = ticks(range, 4).flatMap((tick) => [
        line(tick === 0 ? "axis" : "rule", 36, y(tick), width - 8, y(tick)),
        word(30, y(tick) + 4, tick === 0 ? "0" : signedPoints(tick).replace(/\.0$/, ""), "num two small", "end"),
      ]);
      const drawn = places.flatMap(({ name, difference }, index) => [
        ...(difference.low === null || difference.high === null
          ? []
          : [line("whisker", x(index), y(difference.low), x(index), y(difference.high))]),
        ...(difference.value === null
          ? [word(x(index), y(0) - 6, "–", "num two small", "middle")]
          : [dot(excludesZero(difference) ? "dot" : "hollow", x(index), y(difference.value))]),
        word(x(index), 146, name ?? "–", "num two small", "middle"),
      ]);
      return { height: 152, shapes: [...grid, ...drawn] };
    },
  });
}

/**
 * The range that holds some differences and 0, in whole points.
 * @param {(number | null)[]} values
 * @returns {[number, number]}
 */
export function spanOf(values) {
  const known = values.filter((value) => value !== null);
  const low = Math.floor(100 * Math.min(0, ...known) - 1e-9) / 100;
  const high = Math.ceil(100 * Math.max(0, ...known) + 1e-9) / 100;
  return [low, high];
}
