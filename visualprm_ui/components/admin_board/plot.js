// The lines of a project's progress: labels with their forecast, agreement with its interval. Plain SVG, drawn anew for
// the width that it has; the same figures stand beside it as a table for screen readers.

import { el, svg } from "../../assets/dom.js";
import { figureTable } from "../../assets/figure_table.js";
import { linear } from "../evaluate_board/scale.js";
import { dayAfter, dayName, rangeText } from "./progress_words.js";

/** @import { ProjectProgress } from "../../assets/api.d.ts" */

/**
 * @typedef {[x: number, y: number]} Point
 * @typedef {(width: number) => Node[]} Draw
 */

const DAY = 24 * 60 * 60 * 1000; // milliseconds
const FIRST_WIDTH = 360;
const [LEFT, RIGHT, TOP, BOTTOM, HEIGHT] = [44, 30, 34, 30, 204]; // CSS pixels
const BASE = HEIGHT - BOTTOM;
const DATE_WIDTH = 72; // CSS pixels that a date takes with the room around it
const ROOM = 12; // CSS pixels between the dots of two days: closer, a line alone is clearer

/**
 * @param {string} title
 * @param {Draw} draw
 * @param {[head: string[], rows: (string | number)[][]]} figures
 */
function plot(title, draw, figures) {
  const node = svg("svg", { class: "vp-pp-plot", height: HEIGHT, "aria-hidden": "true", focusable: "false" });
  const box = el("div", { class: "vp-pp-plot-box" }, node, figureTable(title, ...figures));
  let width = 0;
  const redraw = (/** @type {number} */ wanted) => {
    if (wanted < 120 || Math.abs(wanted - width) < 2) return;
    width = Math.round(wanted);
    node.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    node.setAttribute("width", String(width));
    node.replaceChildren(...draw(width));
  };
  redraw(FIRST_WIDTH);
  new ResizeObserver(([entry]) => redraw(entry.contentRect.width)).observe(box);
  return box;
}

/**
 * Returns the labels so far, and where they lead to at the pace of the last days.
 * @param {ProjectProgress} progress
 */
export function labelPlot({ at, days, labels, forecast }) {
  const now = new Date(at).getTime();
  const { days_left: left, soonest, latest } = forecast;
  const end = left ? now + left * DAY : now;
  const late = latest === null ? end + (end - now) : now + latest * DAY; // an open end runs off the picture
  const first = days.length ? new Date(days[0].at).getTime() : now - DAY;
  const furthest = Math.min(soonest === null ? end : late, now + 3 * (end - now));
  const last = left ? Math.max(furthest, now + DAY) : now;
  const draw = (/** @type {number} */ width) => {
    const x = linear([first, last], [LEFT, width - RIGHT]);
    const y = linear([0, Math.max(labels.wanted, 1)], [BASE, TOP]);
    const done = days.map((day) => /** @type {Point} */ ([x(new Date(day.at).getTime()), y(day.labels)]));
    const here = /** @type {Point} */ ([x(now), y(labels.done)]);
    const top = y(labels.wanted);
    const half = labels.wanted % 2 === 0 ? [labels.wanted / 2] : [];
    /** @type {SVGElement[]} */
    const shapes = [...axes("Labels", [0, ...half, labels.wanted], y, width), ...dates(now, first, last, x)];
    if (left && soonest !== null)
      shapes.push(
        area("vp-pp-band", [here, [x(now + soonest * DAY), top], [x(last), latest === null ? y(labels.done) : top]]),
      );
    if (left) shapes.push(path("vp-pp-ahead", [here, [x(Math.min(end, last)), top]]));
    const isRoomy = done.every(([place], index) => index === 0 || place - done[index - 1][0] >= ROOM);
    shapes.push(path("vp-pp-line", done), ...(isRoomy ? done.map(dot) : [dot(here)]));
    if (left && labels.done > 0)
      shapes.push(word("vp-pp-strong", here[0] + 9, Math.min(here[1] + 15, BASE - 6), "start", String(labels.done)));
    if (left && soonest !== null) {
      const range = rangeText(dayAfter(new Date(at), soonest), latest === null ? null : dayAfter(new Date(at), latest));
      const middle = Math.min(x(Math.min(end, last)), width - RIGHT - 40);
      shapes.push(word("vp-pp-strong", Math.max(middle, LEFT + 90), TOP - 9, "middle", range));
    }
    return shapes;
  };
  const rows = days.map((day) => [dayName(new Date(day.at)), day.labels]);
  return plot("Labels by day", draw, [["Day", "Labels"], rows]);
}

/**
 * Returns the agreement over time with its interval.
 * @param {ProjectProgress} progress
 */
export function agreementPlot({ agreement_days: days }) {
  const values = days.map(({ at, alpha }) => ({
    time: new Date(at).getTime(),
    value: alpha.value ?? 0, // only days with one are sent
    low: alpha.interval?.[0] ?? alpha.value ?? 0,
    high: alpha.interval?.[1] ?? alpha.value ?? 0,
  }));
  const floor = Math.min(0, ...values.map(({ low }) => Math.floor(10 * low) / 10));
  const draw = (/** @type {number} */ width) => {
    const x = linear([values[0].time, values[values.length - 1].time], [LEFT, width - RIGHT]);
    const y = linear([floor, 1], [BASE, TOP]);
    const line = values.map(({ time, value }) => /** @type {Point} */ ([x(time), y(value)]));
    const upper = values.map(({ time, high }) => /** @type {Point} */ ([x(time), y(high)]));
    const lower = values.map(({ time, low }) => /** @type {Point} */ ([x(time), y(low)])).reverse();
    const [first, last] = [values[0].time, values[values.length - 1].time];
    return [
      area("vp-pp-interval", [...upper, ...lower]),
      ...axes("α, with its 95 % interval", [floor, 0.67, 1], y, width),
      ...dates(last, first, last, x),
      path("vp-pp-line", line),
      dot(line[line.length - 1]),
    ];
  };
  const rows = values.map(({ time, value, low, high }) => [
    dayName(new Date(time)),
    ...[value, low, high].map((each) => each.toFixed(2)),
  ]);
  return plot("Agreement by day", draw, [["Day", "Alpha", "From", "To"], rows]);
}

/**
 * Returns the times of the axis that get a date, in whole days from now: as many as there is room for.
 * @param {number} now milliseconds
 * @param {number} first
 * @param {number} last
 * @param {number} room how many dates fit side by side
 */
export function dayTicks(now, first, last, room) {
  const days = (last - first) / DAY;
  const step = [1, 2, 4, 7, 14, 28, 91, 182].find((each) => days / each < room) ?? 364;
  const from = Math.ceil((first - now) / DAY / step - 1e-6);
  const to = Math.floor((last - now) / DAY / step + 1e-6);
  return Array.from({ length: to - from + 1 }, (_, index) => now + (from + index) * step * DAY);
}

/**
 * The axis of time: a tick and a date on some of its days, the present one marked.
 * @param {number} now
 * @param {number} first
 * @param {number} last
 * @param {(time: number) => number} x
 */
function dates(now, first, last, x) {
  const room = Math.max(1, Math.floor((x(last) - x(first)) / DATE_WIDTH));
  return dayTicks(now, first, last, room).flatMap((time) => [
    svg("line", { class: "vp-pp-axis", x1: x(time), x2: x(time), y1: BASE, y2: BASE + 5 }),
    word("", x(time), HEIGHT - 8, "middle", time === now ? "now" : dayName(new Date(time))),
  ]);
}

/**
 * The two axes, with a line at each of these values.
 * @param {string} name of what is drawn upwards
 * @param {number[]} values
 * @param {(value: number) => number} y
 * @param {number} width
 */
function axes(name, values, y, width) {
  const text = (/** @type {number} */ value) => String(Number(value.toFixed(value < 2 ? 2 : 0)));
  return [
    word("vp-pp-axis-name", 0, 12, "start", name),
    ...[...new Set(values)].flatMap((value) => [
      svg("line", { class: "vp-pp-grid", x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value) }),
      word("", LEFT - 8, y(value) + 4, "end", text(value)),
    ]),
    svg("line", { class: "vp-pp-axis", x1: LEFT, x2: width - RIGHT, y1: BASE, y2: BASE }),
    svg("line", { class: "vp-pp-axis", x1: LEFT, x2: LEFT, y1: TOP, y2: BASE }),
  ];
}

/**
 * @param {string} look
 * @param {number} x
 * @param {number} y
 * @param {"start" | "middle" | "end"} anchor
 * @param {string} text
 */
function word(look, x, y, anchor, text) {
  return svg("text", { class: look || null, x: x.toFixed(1), y, "text-anchor": anchor, text });
}

/**
 * @param {string} look
 * @param {Point[]} points
 */
function path(look, points) {
  return svg("polyline", { class: look, points: written(points) });
}

/**
 * @param {string} look
 * @param {Point[]} points
 */
function area(look, points) {
  return svg("polygon", { class: look, points: written(points) });
}

/** @param {Point} point */
function dot([x, y]) {
  return svg("circle", { class: "vp-pp-dot", cx: x.toFixed(1), cy: y.toFixed(1), r: 3.5 });
}

/** @param {Point[]} points */
function written(points) {
  return points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
}
