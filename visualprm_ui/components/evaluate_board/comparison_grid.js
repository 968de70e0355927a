// Every step by both scores: how many lie in each cell, lines at the threshold. A rectangle that is drawn over it lists
// its steps; by keyboard the four fields do it. The four counts are links.

import { el, setAttr, svg } from "../../assets/dom.js";
import { changed } from "./address.js";
import { pageLink } from "./board.js";
import { chart, line, rectangle, word } from "./chart_frame.js";
import { counted, countText, thresholdText } from "./figures.js";
import { linear } from "./scale.js";

/** @import { Comparison } from "../../assets/api.d.ts" */

const CELLS = 20;
const LEFT = 54;
const TOP = 8;
const BELOW = 42;
const RIGHT = 8;
const LARGEST = 420;

/** @typedef {{ a: [number, number], b: [number, number] }} Box cells, 0 to 20 */

/**
 * @param {Comparison} found
 * @param {URLSearchParams} pair
 * @param {(filters: Record<string, string | null>) => void} list
 */
export function scoreGrid(found, pair, list) {
  const { grid, steps, threshold_a: thresholdA, threshold_b: thresholdB } = found;
  const most = Math.max(1, ...grid.map((cell) => cell.steps));
  const brush = rectangle("brush", 0, 0, 0, 0);
  let side = 300;
  const at = thresholdText(thresholdB);
  const made = chart({
    title: "Step by step",
    note: "",
    figures: [
      ["", `B above ${at}`, `B not above ${at}`],
      quadrants(found).map(([name, above, below]) => [name, countText(above), countText(below)]),
    ],
    draw: (width) => {
      side = Math.min(LARGEST, width - LEFT - RIGHT);
      const x = linear([0, 1], [LEFT, LEFT + side]);
      const y = linear([0, 1], [TOP + side, TOP]);
      const size = side / CELLS;
      const cells = grid.map((cell) => {
        const node = rectangle("cell", x(cell.a / CELLS) + 0.5, y((cell.b + 1) / CELLS) + 0.5, size - 1, size - 1);
        node.setAttribute("opacity", strength(cell.steps, most).toFixed(3));
        node.append(svg("title", { text: cellText(cell) }));
        return node;
      });
      return {
        height: TOP + side + BELOW,
        shapes: [
          rectangle("frame", LEFT, TOP, side, side),
          ...cells,
          line("cursor", x(thresholdA), TOP, x(thresholdA), TOP + side),
          line("cursor", LEFT, y(thresholdB), LEFT + side, y(thresholdB)),
          ...[0, 0.5, 1].flatMap((tick) => [
            word(x(tick), TOP + side + 16, String(tick), "num two small", "middle"),
            word(LEFT - 8, y(tick) + 4, String(tick), "num two small", "end"),
          ]),
          svg("circle", { class: "dot", cx: x(0.5) - 48, cy: TOP + side + 33, r: 4 }),
          word(x(0.5) - 40, TOP + side + 37, "score by A", "sans two small"),
          svg("path", { class: "focus", d: `M8 ${y(0.5) + 42}l4.5 4.5-4.5 4.5-4.5-4.5z` }),
          upright(12, y(0.5) + 36, "score by B"),
          brush,
        ],
      };
    },
  });
  brushing(
    made.plot,
    brush,
    () => side,
    (box) => list(boxFilters(box)),
  );
  const counts = /** @type {[string, string, number][]} */ ([
    ["both_right", "Both right", found.both_right],
    ["only_a_right", "Only A right", found.only_a_right],
    ["only_b_right", "Only B right", found.only_b_right],
    ["both_mistaken", "Both wrong", found.both_mistaken],
  ]);
  return el(
    "section",
    { class: "vp-card vp-ev-pad", "aria-label": "Step by step" },
    el(
      "div",
      { class: "vp-ev-top" },
      el("h2", { text: "Step by step" }),
      el("span", { class: "vp-ev-note", text: `${counted(steps, "step")}, darker: more` }),
      el("span", { class: "vp-ev-end" }, made.save),
    ),
    made.node,
    el(
      "dl",
      { class: "vp-ev-quadrants" },
      ...counts.map(([which, text, count]) =>
        el(
          "div",
          {},
          el("dt", {}, pageLink(changed(pair, { which }), { class: "vp-ev-link" }, text)),
          el("dd", { class: "vp-num", text: countText(count) }),
        ),
      ),
    ),
    el("p", {
      class: "vp-ev-note",
      text:
        `Right: on the label’s side of the threshold (${sideText(found)}). ` +
        "Draw a rectangle to list the steps in it, or type its bounds:",
    }),
    fields(list),
  );
}

/** @param {Pick<Comparison, "threshold_a" | "threshold_b">} found */
function sideText({ threshold_a: a, threshold_b: b }) {
  return a === b ? thresholdText(a) : `A ${thresholdText(a)}, B ${thresholdText(b)}`;
}

/**
 * How dark a cell is: by the root of its count, so that few are seen beside many; never nothing.
 * @param {number} steps
 * @param {number} most
 */
export function strength(steps, most) {
  return steps === 0 ? 0 : 0.08 + 0.92 * Math.sqrt(steps / most);
}

/** @param {{ a: number, b: number, steps: number }} cell */
function cellText({ a, b, steps }) {
  const range = (/** @type {number} */ cell) =>
    `${thresholdText(cell / CELLS)} to ${thresholdText((cell + 1) / CELLS)}`;
  return `A ${range(a)}, B ${range(b)}: ${counted(steps, "step")}`;
}

/**
 * Steps on each side of the threshold by each model, as rows.
 * @param {Pick<Comparison, "called" | "threshold_a">} found
 * @returns {[string, number, number][]}
 */
export function quadrants({ called, threshold_a: threshold }) {
  const at = thresholdText(threshold);
  return [
    [`A above ${at}`, called.by_both, called.by_a],
    [`A not above ${at}`, called.by_b, called.by_none],
  ];
}

/**
 * @param {Box} box
 * @returns {Record<string, string | null>}
 */
export function boxFilters({ a, b }) {
  const text = (/** @type {number} */ cell) => String(Number((cell / CELLS).toFixed(2)));
  return { which: null, a_from: text(a[0]), a_to: text(a[1]), b_from: text(b[0]), b_to: text(b[1]) };
}

/**
 * Lets a rectangle be drawn with a pointer.
 * @param {SVGSVGElement} plot
 * @param {SVGRectElement} brush
 * @param {() => number} sideOf pixels of the square
 * @param {(box: Box) => void} chosen
 */
function brushing(plot, brush, sideOf, chosen) {
  /** @type {[number, number] | null} */
  let start = null;
  const place = (/** @type {PointerEvent} */ event) => {
    const { left, top } = plot.getBoundingClientRect();
    const cell = (/** @type {number} */ part) => Math.min(CELLS, Math.max(0, part * CELLS));
    return /** @type {[number, number]} */ ([
      cell((event.clientX - left - LEFT) / sideOf()),
      cell(1 - (event.clientY - top - TOP) / sideOf()),
    ]);
  };
  const boxTo = (/** @type {[number, number]} */ end) => {
    const range = (/** @type {0 | 1} */ axis) => {
      const [low, high] = [start?.[axis] ?? 0, end[axis]].sort((one, other) => one - other);
      return /** @type {[number, number]} */ ([
        Math.floor(low),
        Math.min(CELLS, Math.max(Math.ceil(high), Math.floor(low) + 1)),
      ]);
    };
    return { a: range(0), b: range(1) };
  };
  const draw = (/** @type {Box | null} */ box) => {
    const size = sideOf() / CELLS;
    const [a, b] = [box?.a ?? [0, 0], box?.b ?? [0, 0]];
    for (const [name, value] of Object.entries({
      x: LEFT + a[0] * size,
      y: TOP + sideOf() - b[1] * size,
      width: (a[1] - a[0]) * size,
      height: (b[1] - b[0]) * size,
    }))
      brush.setAttribute(name, value.toFixed(1));
  };
  setAttr(plot, "data-brush", "");
  plot.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    start = place(event);
    plot.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  plot.addEventListener("pointermove", (event) => start && draw(boxTo(place(event))));
  plot.addEventListener("pointerup", (event) => {
    if (!start) return;
    const box = boxTo(place(event));
    draw(box);
    start = null;
    chosen(box);
  });
  plot.addEventListener("pointercancel", () => {
    start = null;
    draw(null);
  });
}

/**
 * The same rectangle by keyboard.
 * @param {(filters: Record<string, string | null>) => void} list
 */
function fields(list) {
  const [aFrom, aTo, bFrom, bTo] = ["Score by A from", "Score by A to", "Score by B from", "Score by B to"].map(
    (name, at) =>
      el("input", { type: "number", min: 0, max: 1, step: 0.05, value: at % 2, required: true, "aria-label": name }),
  );
  const form = el(
    "form",
    { class: "vp-ev-box-fields" },
    el("span", {}, "A", aFrom, "to", aTo),
    el("span", {}, "B", bFrom, "to", bTo),
    el("button", { type: "submit", class: "vp-btn", text: "List" }),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    list({ which: null, a_from: aFrom.value, a_to: aTo.value, b_from: bFrom.value, b_to: bTo.value });
  });
  return form;
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} text
 */
function upright(x, y, text) {
  const node = word(x, y, text, "sans two small");
  node.setAttribute("transform", `rotate(-90 ${x} ${y})`);
  return node;
}
