// A figure with its interval as a small picture on an axis: in a table, a list, a headline. Filled and with a whisker:
// measured here. Hollow: from elsewhere. The numbers stand beside it, so screen readers are told nothing twice.

import { svg } from "../../assets/dom.js";
import { excludesZero } from "./figures.js";
import { linear } from "./scale.js";

/** @import { Estimate } from "../../assets/api.d.ts" */

const HEIGHT = 16;
const MIDDLE = HEIGHT / 2;
const EDGE = 5; // of both ends, so that a dot there is whole

/**
 * Returns the picture of a figure; without a dot where it is undefined.
 * @param {Pick<Estimate, "value" | "low" | "high">} figure
 * @param {readonly [number, number]} range of the axis
 * @param {{ floor?: number | null, width?: number }} [options] `floor` is marked by a tick
 */
export function intervalPicture(figure, range, { floor = null, width = 96 } = {}) {
  const x = linear(range, [EDGE, width - EDGE]);
  const shapes = [svg("line", { class: "rule", x1: 0, x2: width, y1: MIDDLE, y2: MIDDLE })];
  if (floor !== null) shapes.push(svg("line", { class: "floor", x1: x(floor), x2: x(floor), y1: 3, y2: 13 }));
  return picture(width, "interval", ...shapes, ...dotAndWhisker(figure, x, "dot"));
}

/**
 * Returns the picture of a difference on an axis around 0, filled only where its interval leaves 0 out.
 * @param {Estimate} difference
 * @param {readonly [number, number]} range
 * @param {number} [width]
 */
export function differencePicture(difference, range, width = 132) {
  const x = linear(range, [EDGE, width - EDGE]);
  const look = excludesZero(difference) ? "dot" : "hollow";
  const zero = svg("line", { class: "axis", x1: x(0), x2: x(0), y1: 0, y2: HEIGHT });
  return picture(width, "difference", zero, ...dotAndWhisker(difference, x, look));
}

/**
 * @param {Pick<Estimate, "value" | "low" | "high">} figure
 * @param {(value: number) => number} x
 * @param {string} look
 */
function dotAndWhisker({ value, low, high }, x, look) {
  const shapes = [];
  if (low !== null && high !== null)
    shapes.push(svg("line", { class: "whisker", x1: x(low), x2: x(high), y1: MIDDLE, y2: MIDDLE }));
  if (value !== null) shapes.push(svg("circle", { class: look, cx: x(value), cy: MIDDLE, r: 3.5 }));
  return shapes;
}

/**
 * @param {number} width
 * @param {string} kind
 * @param {...Node} shapes
 */
function picture(width, kind, ...shapes) {
  return svg(
    "svg",
    {
      class: `vp-ev-chart vp-ev-${kind}`,
      width,
      height: HEIGHT,
      viewBox: `0 0 ${width} ${HEIGHT}`,
      "aria-hidden": "true",
      focusable: "false",
    },
    ...shapes,
  );
}
