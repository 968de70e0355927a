// The sample in one line: a square an item, with its verdict, and how it stands.

import { el } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { plural } from "../../assets/plural.js";
import { counts, limitText } from "./judgement.js";

/** @import { SampledItem, SplitSample, Verdict } from "../../assets/api.d.ts" */

/** @type {Record<Verdict, string>} */
const NAMES = { right: "right", wrong: "not right" };

/**
 * @param {SplitSample["items"]} items
 * @param {number | null} at
 * @param {((at: number) => void) | null} open null: they are only shown
 */
export function squares(items, at, open) {
  const square = (/** @type {SampledItem} */ { verdict, own }, /** @type {number} */ index) => {
    const sign = verdict === null ? "" : icon(verdict === "right" ? "check" : "cross", 12);
    const attributes = { class: "vp-rv-square", "data-verdict": verdict ?? "none" };
    if (open === null) return el("span", attributes, sign);
    const name = `Item ${index + 1}, ${verdict === null ? (own ? "your own" : "to judge") : NAMES[verdict]}`;
    return el(
      "button",
      {
        ...attributes,
        type: "button",
        "aria-label": name,
        title: name,
        "aria-current": index === at ? "true" : null,
        onclick: () => open(index),
      },
      sign,
    );
  };
  const attributes = open ? { role: "group", "aria-label": "Items of the sample" } : { "aria-hidden": "true" };
  return el("div", { class: "vp-rv-squares", ...attributes }, ...items.map(square));
}

/**
 * Returns what stands in the strip.
 * @param {SplitSample} sample
 * @param {number | null} at
 * @param {(at: number) => void} open
 */
export function stripContent({ items, total, limit }, at, open) {
  const { right, wrong, left, own } = counts(items);
  const toJudge = own > 0 ? `${left - own} to judge, ${own} your own` : `${left} to judge`;
  return [
    squares(items, at, open),
    el("span", { class: "vp-rv-counts", text: `${right} right · ${wrong} not right · ${toJudge}` }),
    el("span", {
      class: "vp-rv-drawn",
      text: `${items.length} of ${plural(total, "solution")}, drawn at random · ${limitText(limit)}`,
    }),
  ];
}
