// The frame of a chart: heading, plot, what can be pressed in it, the same figures as a table for screen readers, and
// the button that saves it. The plot is plain SVG, drawn anew for the width that it has.

import { el, svg } from "../../assets/dom.js";
import { figureTable } from "../../assets/figure_table.js";
import { icon } from "../../assets/icons.js";
import { errorText } from "../../assets/rest.js";
import { pageLink } from "./board.js";
import { popover } from "./popover.js";

/**
 * @typedef {object} Press a part of the plot that is a link
 * @property {number} x from the left, of the plot's width
 * @property {number} width
 * @property {URLSearchParams} query where it leads
 * @property {string} text its figures, and what pressing it does
 *
 * @typedef {object} Drawing
 * @property {number} height CSS pixels
 * @property {Node[]} shapes
 * @property {Press[]} [presses]
 *
 * @typedef {object} ChartOptions
 * @property {string} title
 * @property {string} note beside it
 * @property {(width: number) => Drawing} draw
 * @property {[head: string[], rows: (string | number)[][]]} figures
 * @property {Node | null} [below]
 */

const FIRST_WIDTH = 360;

/**
 * Returns a chart in a card.
 * @param {ChartOptions} options
 */
export function chartCard(options) {
  const { node, save } = chart(options);
  return el(
    "section",
    { class: "vp-card vp-ev-pad vp-ev-chart-card", "aria-label": options.title },
    el(
      "div",
      { class: "vp-ev-top" },
      el("h2", { text: options.title }),
      el("span", { class: "vp-ev-note", text: options.note }),
      el("span", { class: "vp-ev-end" }, save),
    ),
    node,
    options.below ?? null,
  );
}

/**
 * Returns a chart without a card, and the button that saves it.
 * @param {ChartOptions} options
 */
export function chart({ title, draw, figures }) {
  const plot = svg("svg", { class: "vp-ev-chart", "aria-hidden": "true", focusable: "false" });
  const links = el("div", { class: "vp-ev-presses" });
  const box = el("div", { class: "vp-ev-plot" }, plot, links);
  const node = el("div", {}, box, figureTable(title, ...figures));
  let width = 0;
  const redraw = (/** @type {number} */ wanted) => {
    if (wanted < 120 || Math.abs(wanted - width) < 2) return;
    width = Math.round(wanted);
    const { height, shapes, presses = [] } = draw(width);
    for (const [name, value] of Object.entries({ width, height, viewBox: `0 0 ${width} ${height}` }))
      plot.setAttribute(name, String(value));
    plot.replaceChildren(...shapes);
    links.replaceChildren(...presses.map((press) => pressLink(press, width)));
  };
  redraw(FIRST_WIDTH);
  new ResizeObserver(([entry]) => redraw(entry.contentRect.width)).observe(box);
  return { node, plot, save: saveButton(title, plot) };
}

/**
 * @param {Press} press
 * @param {number} all
 */
function pressLink({ x, width, query, text }, all) {
  const style = `left: ${((100 * x) / all).toFixed(3)}%; width: ${((100 * width) / all).toFixed(3)}%`;
  return pageLink(query, { class: "vp-ev-press", style, title: text, "aria-label": text });
}

/**
 * @param {string} title
 * @param {SVGSVGElement} plot
 */
function saveButton(title, plot) {
  const choices = /** @type {const} */ (["png", "svg"]).map((format) => {
    const button = el("button", { type: "button", text: format.toUpperCase() });
    button.addEventListener("click", async () => {
      try {
        await (await import("./save_chart.js")).saveChart(plot, title, format);
      } catch (error) {
        button.title = errorText(error);
      }
    });
    return button;
  });
  const look = { class: "vp-btn vp-btn-quiet vp-ev-icon", "aria-label": `Save the chart “${title}”` };
  return popover(look, [icon("download", 14)], choices);
}

/**
 * Words in a plot.
 * @param {number} x
 * @param {number} y
 * @param {string} text
 * @param {string} [look] classes: num (figures), two (quieter), bold
 * @param {"start" | "middle" | "end"} [anchor]
 */
export function word(x, y, text, look = "", anchor = "start") {
  return svg("text", { class: look, x: x.toFixed(1), y: y.toFixed(1), "text-anchor": anchor, text });
}

/**
 * @param {string} look
 * @param {number} x1
 * @param {number} y1
 * @param {number} x2
 * @param {number} y2
 */
export function line(look, x1, y1, x2, y2) {
  return svg("line", { class: look, x1: x1.toFixed(1), y1: y1.toFixed(1), x2: x2.toFixed(1), y2: y2.toFixed(1) });
}

/**
 * @param {string} look
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 */
export function rectangle(look, x, y, width, height) {
  const [left, top, across, down] = [x, y, Math.max(0, width), Math.max(0, height)].map((each) => each.toFixed(2));
  return svg("rect", { class: look, x: left, y: top, width: across, height: down });
}

/**
 * @param {string} look dot (measured here) or hollow
 * @param {number} x
 * @param {number} y
 * @param {number} [r]
 */
export function dot(look, x, y, r = 4) {
  return svg("circle", { class: look, cx: x.toFixed(1), cy: y.toFixed(1), r });
}
