// The lines of the curves: each way with its interval as a band. Ways differ by shape, not by colour.

import { svg } from "../../assets/dom.js";
import { rectangle } from "./chart_frame.js";

/** @import { CurvePoint, PaperCurve } from "../../assets/api.d.ts" */
/** @import { Way } from "./pool_facts.js" */

/**
 * @param {Pick<CurvePoint, "n" | "figures">[]} all
 * @param {Way} way
 * @param {(value: number) => number} x
 * @param {(value: number) => number} y
 */
export function wayShapes(all, { way, look }, x, y) {
  const known = all.flatMap((point) => {
    const figure = point.figures[way];
    return figure && figure.value !== null ? [{ n: point.n, ...figure, value: figure.value }] : [];
  });
  const banded = known.filter((each) => each.low !== null && each.high !== null);
  const at = (/** @type {number} */ n, /** @type {number | null} */ value) =>
    `${x(n).toFixed(1)},${y(value ?? 0).toFixed(1)}`;
  const edge = [
    ...banded.map((each) => at(each.n, each.high)),
    ...banded.toReversed().map((each) => at(each.n, each.low)),
  ];
  const band = svg("polygon", { class: `band band-${look}`, points: edge.join(" ") });
  const path = svg("polyline", {
    class: `way way-${look}`,
    points: known.map((each) => at(each.n, each.value)).join(" "),
  });
  const dots = known.map((each) => dotOf(look, x(each.n), y(each.value)));
  return [band, path, ...dots];
}

/**
 * @param {Way["look"]} look
 * @param {number} cx
 * @param {number} cy
 */
function dotOf(look, cx, cy) {
  if (look === "main") return svg("circle", { class: "dot", cx: cx.toFixed(1), cy: cy.toFixed(1), r: 3.5 });
  if (look === "model") return svg("circle", { class: "hollow", cx: cx.toFixed(1), cy: cy.toFixed(1), r: 3.2 });
  if (look === "side") {
    const at = `M${cx.toFixed(1)} ${(cy - 4.5).toFixed(1)}`;
    return svg("path", { class: "focus", d: `${at}l4.5 4.5-4.5 4.5-4.5-4.5z` });
  }
  if (look === "vote") return rectangle("hollow", cx - 3, cy - 3, 6, 6);
  return svg("g");
}

/**
 * @param {PaperCurve} paper
 * @param {(value: number) => number} x
 * @param {(value: number) => number} y
 */
export function paperShapes(paper, x, y) {
  const path = paper.points.map(({ n, value }) => `${x(n).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  return [svg("polyline", { class: "way way-paper", points: path })];
}
