// A paired difference in large, with its interval, where it lies, and what it means in a sentence.

import { el } from "../../assets/dom.js";
import { differenceRange, intervalText, signedPoints, undefinedText } from "./figures.js";
import { differencePicture } from "./intervals.js";

/** @import { Estimate } from "../../assets/api.d.ts" */

/**
 * @param {string} title
 * @param {Estimate} figure
 * @param {string} sentence
 */
export function differenceFigure(title, figure, sentence) {
  const heading = el("h3", { text: title });
  if (figure.value === null)
    return el("div", {}, heading, el("p", { class: "vp-ev-note", text: undefinedText(figure) }));
  const range = differenceRange([figure.value, figure.low, figure.high]);
  const edge = Math.round(100 * range[1]);
  const interval = intervalText(figure, signedPoints);
  return el(
    "div",
    {},
    heading,
    el(
      "div",
      { class: "vp-ev-difference-row" },
      el("p", { class: "vp-ev-big", text: signedPoints(figure.value) }),
      el(
        "div",
        {},
        el("p", { class: "vp-ev-interval", text: interval ? `${interval}, 95 %` : (figure.reason ?? "no interval") }),
        differencePicture(figure, range, 200),
        el("p", { class: "vp-ev-note", text: `−${edge} to +${edge}, rule at 0` }),
      ),
    ),
    el("p", { class: "vp-ev-note vp-ev-sentence", text: sentence }),
  );
}
