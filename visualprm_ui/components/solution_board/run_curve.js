// A run's own Best-of-n curve: the chance that a choice of n out of its solutions is right, by the scores, by the
// vote, at random, and of a perfect choice. Exact, of this one question. Inline SVG, with the same figures as a
// table.

import { el, setAttr, svg } from "../../assets/dom.js";
import { figureTable } from "../../assets/figure_table.js";

/** @import { Aggregation, RunCurve } from "../../assets/api.d.ts" */

const HEIGHT = 132;
const BOX = { left: 30, right: 62, top: 10, bottom: 20 };
const LABEL = 13; // between two names

/** @typedef {{ name: string, look: string, values: number[] }} CurveLine */

/**
 * Returns the lines of a curve, the pick by the scores last: on top.
 * @param {RunCurve} curve
 * @param {Aggregation} aggregation
 * @returns {CurveLine[]}
 */
export function curveLines(curve, aggregation) {
  return [
    { name: "oracle", look: "oracle", values: curve.oracle },
    { name: "one draw", look: "random", values: curve.random },
    { name: "vote", look: "vote", values: curve.vote },
    { name: "PRM", look: "best", values: curve.picks[aggregation] },
  ];
}

/**
 * Says the end of a curve in words.
 * @param {RunCurve} curve
 * @param {Aggregation} aggregation
 */
export function curveText(curve, aggregation) {
  const last = curve.n.length - 1;
  const percent = (/** @type {number[]} */ values) => `${Math.round(100 * values[last])} %`;
  return (
    `Best of ${curve.n[last]}: right in ${percent(curve.picks[aggregation])} of the choices by the ${aggregation}, ` +
    `${percent(curve.vote)} by the vote, ${percent(curve.random)} at random.`
  );
}

/**
 * Returns where names stand beside the ends of lines, from the top: none covers another; of equal ends the last is on
 * top.
 * @param {number[]} wanted
 */
export function namePlaces(wanted) {
  const order = wanted.map((_, index) => index).sort((one, other) => wanted[one] - wanted[other] || other - one);
  /** @type {number[]} */
  const places = [];
  let least = BOX.top - 2;
  for (const index of order) {
    places[index] = Math.max(wanted[index], least);
    least = places[index] + LABEL;
  }
  const over = Math.max(0, least - LABEL - (HEIGHT - BOX.bottom + 2));
  return places.map((place) => place - over);
}

/** Builds the chart; `draw` updates it. */
export function buildRunCurve() {
  const plot = svg("svg", { class: "vp-chart vp-run-curve", role: "img", height: HEIGHT });
  const table = el("div", {});
  const node = el("div", {}, plot, table);
  let width = 340;
  /** @type {[RunCurve, Aggregation] | null} */
  let last = null;

  /**
   * @param {RunCurve} curve
   * @param {Aggregation} aggregation
   */
  const draw = (curve, aggregation) => {
    last = [curve, aggregation];
    const most = curve.n.at(-1) ?? 1;
    const x = (/** @type {number} */ n) => BOX.left + (Math.log2(n) / Math.log2(most)) * (width - BOX.left - BOX.right);
    const y = (/** @type {number} */ chance) => BOX.top + (1 - chance) * (HEIGHT - BOX.top - BOX.bottom);
    const lines = curveLines(curve, aggregation);
    const places = namePlaces(lines.map(({ values }) => y(values.at(-1) ?? 0)));
    setAttr(plot, "viewBox", `0 0 ${width} ${HEIGHT}`);
    setAttr(plot, "aria-label", curveText(curve, aggregation));
    const rows = [0, 0.5, 1].flatMap((chance) => [
      svg("line", { x1: BOX.left, x2: width - BOX.right, y1: y(chance), y2: y(chance) }),
      svg("text", { x: BOX.left - 6, y: y(chance) + 3.5, "text-anchor": "end", text: `${100 * chance}` }),
    ]);
    const columns = curve.n.map((n) =>
      svg("text", { x: x(n), y: HEIGHT - 5, "text-anchor": "middle", text: String(n) }),
    );
    const drawn = lines.map(({ name, look, values }, index) => {
      const points = values.map((value, at) => `${x(curve.n[at]).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
      const label = svg("text", { x: width - BOX.right + 6, y: (places[index] + 4).toFixed(1), text: name });
      return svg("g", { class: `vp-run-curve-${look}` }, svg("polyline", { points }), label);
    });
    plot.replaceChildren(svg("g", { class: "vp-chart-grid" }, ...rows, ...columns), ...drawn);
    table.replaceChildren(
      figureTable(
        "Right answers by the number of solutions, in per cent",
        ["Solutions", ...lines.map(({ name }) => name)],
        curve.n.map((n, at) => [n, ...lines.map(({ values }) => Math.round(1000 * values[at]) / 10)]),
      ),
    );
  };
  /** @param {number} wanted pixels */
  const resize = (wanted) => {
    if (wanted < 60 || Math.abs(wanted - width) < 2) return;
    width = Math.round(wanted);
    if (last) draw(...last);
  };
  return { node, draw, resize };
}
