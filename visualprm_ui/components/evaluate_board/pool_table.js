// The curve at two N in figures: each way with its interval, and the paired difference of the one that is looked at.

import { el } from "../../assets/dom.js";
import { differenceRange, intervalText, points, signedPoints, undefinedText } from "./figures.js";
import { differencePicture } from "./intervals.js";
import { differenceOf, ORACLE, tablePoints } from "./pool_facts.js";

/** @import { CurvePoint, PoolCurve } from "../../assets/api.d.ts" */
/** @import { Way } from "./pool_facts.js" */

/**
 * @param {PoolCurve} curve
 * @param {Way[]} ways the first is compared with the others
 * @param {Node} note below the table
 */
export function curveTable(curve, ways, note) {
  const at = tablePoints(curve.points);
  const ordered = [...ways.filter(({ way }) => way !== ORACLE), ...ways.filter(({ way }) => way === ORACLE)];
  const [first] = ways;
  const compared = at.flatMap((point) => ordered.map(({ way }) => differenceOf(point, first.way, way)));
  const range = differenceRange(compared.flatMap((each) => (each ? [each.low, each.high, each.value] : [])));
  return el(
    "section",
    { class: "vp-card vp-ev-curve-table", "aria-label": "Figures of the curve" },
    el("div", { class: "vp-ev-curve-tables" }, ...at.map((point) => tableAt(point, ordered, first, range))),
    note,
  );
}

/**
 * @param {CurvePoint} point
 * @param {Way[]} ways
 * @param {Way} first
 * @param {[number, number]} range
 */
function tableAt(point, ways, first, range) {
  return el(
    "table",
    {},
    el("caption", { class: "vp-hidden", text: `At N = ${point.n}` }),
    el(
      "thead",
      {},
      el(
        "tr",
        {},
        el("th", { scope: "col" }, el("b", { text: `N = ${point.n}` })),
        el("th", { scope: "col", text: "right, 95 %" }),
        el("th", { scope: "col", text: `${first.title} minus it, paired` }),
      ),
    ),
    el("tbody", {}, ...ways.map((way) => row(point, way, first, range))),
  );
}

/**
 * @param {CurvePoint} point
 * @param {Way} way
 * @param {Way} first
 * @param {[number, number]} range
 */
function row(point, { way, title, look }, first, range) {
  const figure = point.figures[way];
  const isFirst = way === first.way;
  return el(
    "tr",
    { "data-first": isFirst },
    el("th", { scope: "row", text: title }),
    el(
      "td",
      {},
      el("b", { class: "vp-num", text: points(figure?.value) }),
      el("span", {
        class: "vp-ev-quiet",
        text: figure ? (figure.value === null ? undefinedText(figure) : intervalText(figure)) : "not measured",
      }),
    ),
    isFirst || look === "oracle" ? el("td", { text: "–" }) : differenceCell(differenceOf(point, first.way, way), range),
  );
}

/**
 * @param {ReturnType<typeof differenceOf>} difference
 * @param {[number, number]} range
 */
function differenceCell(difference, range) {
  if (!difference || difference.value === null) return el("td", { text: "–" });
  return el(
    "td",
    {},
    el(
      "span",
      { class: "vp-ev-curve-difference" },
      el("b", { class: "vp-num", text: signedPoints(difference.value) }),
      differencePicture(difference, range, 110),
      el("span", { class: "vp-ev-quiet", text: intervalText(difference, signedPoints) }),
    ),
  );
}
