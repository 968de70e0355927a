// Right answers by N: a line a way, its interval as a band, its name at its end; N on a logarithmic axis. Rules stand
// at the N of the table. Pointing at it or arrow keys move N.

import { el, setAttr, svg } from "../../assets/dom.js";
import { chart, line, word } from "./chart_frame.js";
import { points, rangeOf } from "./figures.js";
import { spokenFigure, spreadLabels, tablePoints } from "./pool_facts.js";
import { paperShapes, wayShapes } from "./pool_lines.js";
import { linear, ticks } from "./scale.js";

/** @import { CurvePoint, PoolCurve } from "../../assets/api.d.ts" */
/** @import { Way } from "./pool_facts.js" */

/**
 * @typedef {Pick<PoolCurve, "paper"> & { points: Pick<CurvePoint, "n" | "tokens" | "figures">[] }} Curves what is drawn
 */

const HEIGHT = 340;
const TOP = 22;
const BOTTOM = 40;
const LEFT = 32;
const LABEL = 15; // between two names

/**
 * @param {Curves} curve
 * @param {Way[]} ways
 * @param {number} n that is looked at
 * @param {(n: number) => void} moved
 */
export function curveChart(curve, ways, n, moved) {
  const { points: all } = curve;
  const hasTokens = all.some(({ tokens }) => tokens !== null);
  let at = n;
  /** @type {(value: number) => number} */
  let x = () => 0;
  const cursor = svg("line", { class: "cursor", y1: TOP - 6, y2: HEIGHT - BOTTOM });
  const place = () => {
    for (const name of ["x1", "x2"]) setAttr(cursor, name, x(at).toFixed(1));
  };
  const drawing = chart({
    title: "Right answers by N",
    note: "",
    figures: [
      ["N", ...ways.map(({ title }) => `${title}, % right`), ...(hasTokens ? ["Tokens per problem"] : [])],
      all.map((point) => [
        point.n,
        ...ways.map(({ way }) => spokenFigure(point.figures[way])),
        ...(hasTokens ? [point.tokens === null ? "not counted" : Math.round(point.tokens)] : []),
      ]),
    ],
    draw: (width) => {
      const right = width < 480 ? 100 : 146;
      const most = all.at(-1)?.n ?? 1;
      x = (value) => LEFT + (most === 1 ? 0.5 : Math.log2(value) / Math.log2(most)) * (width - LEFT - right);
      const range = rangeOf([
        ...valuesOf(all, ways),
        ...paperOf(curve, most).flatMap((each) => each.points.map((one) => one.value)),
      ]);
      const y = linear(range, [HEIGHT - BOTTOM, TOP]);
      place();
      const shapes = [
        ...axes(all, range, x, y, width - right),
        ...ways.toReversed().flatMap((way) => wayShapes(all, way, x, y)),
        ...paperOf(curve, most).flatMap((each) => paperShapes(each, x, y)),
        ...names(curve, ways, most, x, y, width),
        cursor,
      ];
      return { height: HEIGHT, shapes };
    },
  });
  const box = /** @type {HTMLElement} */ (drawing.node.firstElementChild);
  const slider = el("div", {
    class: "vp-ev-curve-slider",
    "data-focus": "curve",
    role: "slider",
    tabindex: "0",
    "aria-label": "N, solutions to choose from",
    "aria-valuemin": all[0]?.n ?? 1,
    "aria-valuemax": all.at(-1)?.n ?? 1,
  });
  box.append(slider);
  const say = () => {
    const point = all.find((each) => each.n === at);
    setAttr(slider, "aria-valuenow", at);
    const spoken = point ? `${ways[0].title} ${spokenFigure(point.figures[ways[0].way])} percent right` : "";
    setAttr(slider, "aria-valuetext", `N ${at}: ${spoken}`);
  };
  const move = (/** @type {number} */ wanted) => {
    if (wanted === at) return;
    at = wanted;
    place();
    say();
  };
  const go = (/** @type {number} */ wanted) => {
    if (wanted === at) return;
    move(wanted);
    moved(wanted);
  };
  slider.addEventListener("pointermove", (event) => go(nearest(all, x, event.offsetX)));
  slider.addEventListener("pointerdown", (event) => go(nearest(all, x, event.offsetX)));
  slider.addEventListener("keydown", (event) => {
    const index = all.findIndex((each) => each.n === at);
    /** @type {Record<string, number>} */
    const steps = {
      ArrowLeft: index - 1,
      ArrowDown: index - 1,
      ArrowRight: index + 1,
      ArrowUp: index + 1,
      Home: 0,
      End: all.length - 1,
    };
    const next = all[steps[event.key] ?? -1];
    if (!(event.key in steps)) return;
    event.preventDefault();
    if (next) go(next.n);
  });
  say();
  return { node: drawing.node, save: drawing.save, move };
}

/**
 * @param {Curves["points"]} all
 * @param {(value: number) => number} x
 * @param {number} pixel
 */
function nearest(all, x, pixel) {
  return all.reduce((best, each) => (Math.abs(x(each.n) - pixel) < Math.abs(x(best.n) - pixel) ? each : best), all[0])
    .n;
}

/**
 * @param {Curves["points"]} all
 * @param {Way[]} ways
 */
function valuesOf(all, ways) {
  return all.flatMap((point) =>
    ways.flatMap(({ way }) => {
      const figure = point.figures[way];
      return figure ? [figure.value, figure.low, figure.high] : [];
    }),
  );
}

/**
 * The paper's curve of its own reward model, as far as the pools go.
 * @param {Curves} curve
 * @param {number} most
 */
function paperOf({ paper }, most) {
  const shown = paper.slice(0, 1).map((each) => ({ ...each, points: each.points.filter((point) => point.n <= most) }));
  return shown.filter((each) => each.points.length > 1);
}

/**
 * @param {Curves["points"]} all
 * @param {[number, number]} range
 * @param {(value: number) => number} x
 * @param {(value: number) => number} y
 * @param {number} end
 */
function axes(all, range, x, y, end) {
  const rows = ticks(range, 8).flatMap((tick) => [
    line("rule", LEFT, y(tick), end, y(tick)),
    word(LEFT - 7, y(tick) + 4, String(Math.round(100 * tick)), "num two small", "end"),
  ]);
  const columns = all.flatMap(({ n }) => [word(x(n), HEIGHT - BOTTOM + 17, String(n), "num two small", "middle")]);
  const marks = tablePoints(all).map(({ n }) => line("mark", x(n), TOP - 6, x(n), HEIGHT - BOTTOM));
  const title = word((LEFT + end) / 2, HEIGHT - 5, "N, solutions to choose from", "sans two small", "middle");
  return [...rows, ...columns, ...marks, word(0, 10, "% right", "sans two small"), title];
}

/**
 * @param {Curves} curve
 * @param {Way[]} ways
 * @param {number} most
 * @param {(value: number) => number} x
 * @param {(value: number) => number} y
 * @param {number} width
 */
function names(curve, ways, most, x, y, width) {
  const last = curve.points.at(-1);
  const isNarrow = width < 480;
  const short = /** @type {Record<string, string>} */ ({ "Majority vote": "Vote" });
  const measured = ways.flatMap(({ way, title, look }) => {
    const value = last?.figures[way]?.value;
    if (typeof value !== "number") return [];
    return [
      {
        name: isNarrow ? (short[title] ?? title) : title,
        value,
        look: ["main", "side"].includes(look) ? "bold ink" : "two",
      },
    ];
  });
  const printed = paperOf(curve, most).map((each) => ({
    name: isNarrow ? "paper" : "paper, other problems",
    value: each.points.at(-1)?.value ?? 0,
    look: "two small",
  }));
  const all = [...measured, ...printed];
  const places = spreadLabels(
    all.map(({ value }) => y(value)),
    LABEL,
    HEIGHT - BOTTOM,
  );
  return all.flatMap(({ name, value, look }, index) => [
    svg(
      "text",
      { class: `sans ${look}`, x: (x(most) + 9).toFixed(1), y: (places[index] + 4).toFixed(1) },
      `${name} `,
      svg("tspan", { class: `num ${look}`, text: points(value) }),
    ),
  ]);
}
