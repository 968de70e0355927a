// How far two scores of one step lie apart: dot A, diamond B, a rule at each threshold. The numbers stand beside it.

import { svg } from "../../assets/dom.js";
import { isScore } from "../../assets/scores.js";
import { linear } from "./scale.js";

const WIDTH = 116;
const HEIGHT = 16;
const MIDDLE = HEIGHT / 2;

/**
 * @param {number | null} a
 * @param {number | null} b
 * @param {{ threshold_a: number, threshold_b: number }} thresholds
 */
export function gapPicture(a, b, { threshold_a: ofA, threshold_b: ofB }) {
  const x = linear([0, 1], [6, WIDTH - 6]);
  /** @type {SVGElement[]} */
  const shapes = [
    svg("line", { class: "rule", x1: 0, x2: WIDTH, y1: MIDDLE, y2: MIDDLE }),
    ...[...new Set([ofA, ofB])].map((at) => svg("line", { class: "mark", x1: x(at), x2: x(at), y1: 1, y2: 15 })),
  ];
  if (isScore(a) && isScore(b)) shapes.push(svg("line", { class: "gap", x1: x(a), x2: x(b), y1: MIDDLE, y2: MIDDLE }));
  if (isScore(a)) shapes.push(svg("circle", { class: "dot", cx: x(a), cy: MIDDLE, r: 4 }));
  if (isScore(b)) shapes.push(svg("path", { class: "focus", d: `M${x(b)} 3l5 5-5 5-5-5z` }));
  return svg(
    "svg",
    {
      class: "vp-ev-chart vp-ev-gap",
      width: WIDTH,
      height: HEIGHT,
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      "aria-hidden": "true",
      focusable: "false",
    },
    ...shapes,
  );
}
