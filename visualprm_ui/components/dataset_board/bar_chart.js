// Bars that are links: pressing one narrows the list. Drawn as inline SVG, as every chart of the app is (Explore's
// lines too): no library, nothing to load, nothing the content security policy has to allow. The same figures are a
// table for screen readers.

import { el, svg } from "../../assets/dom.js";
import { figureTable } from "../../assets/figure_table.js";

/**
 * @typedef {object} Part of a bar
 * @property {string} kind names its style: correct, neutral, wrong, plain
 * @property {number} size share of the chart's height, 0 to 1
 * @property {boolean} [below] drawn downwards from the middle line
 *
 * @typedef {object} Bar
 * @property {string} label under it; "" for none
 * @property {string} text its figures in words
 * @property {Part[]} parts stacked
 * @property {(attributes: Record<string, string | null>, content: Node) => HTMLAnchorElement} link makes the link
 * @property {boolean} isCurrent whether the list is narrowed to it
 */

const WIDTH = 20;
const HEIGHT = 100;

/**
 * Returns a chart with its heading.
 * @param {object} options
 * @param {string} options.title
 * @param {string} options.note beside the title
 * @param {Bar[]} options.bars
 * @param {[head: string[], rows: (string | number)[][]]} options.figures the table of the same
 * @param {string} options.empty what is said where there are no bars
 * @param {Node | null} [options.legend]
 * @param {boolean} [options.isMirrored] whether the parts grow from a line in the middle
 */
export function barChart({ title, note, bars, figures, empty, legend = null, isMirrored = false }) {
  const heading = el("div", { class: "vp-bars-head" }, el("h3", { text: title }), el("span", { text: note }));
  if (bars.length === 0)
    return el(
      "section",
      { class: "vp-bars", "aria-label": title },
      heading,
      el("p", { class: "vp-bars-none", text: empty }),
    );
  return el(
    "section",
    { class: "vp-bars", "aria-label": title },
    heading,
    el(
      "div",
      { class: "vp-bars-plot", "data-mirrored": isMirrored, role: "group", "aria-label": `${title}: narrow the list` },
      ...bars.map((bar) => barOf(bar, isMirrored)),
    ),
    legend,
    figureTable(title, ...figures),
  );
}

/**
 * @param {Bar} bar
 * @param {boolean} isMirrored
 */
function barOf({ label, text, parts, link, isCurrent }, isMirrored) {
  const middle = isMirrored ? HEIGHT / 2 : HEIGHT;
  const room = isMirrored ? HEIGHT / 2 : HEIGHT;
  let up = middle;
  let down = middle;
  const shapes = parts.map(({ kind, size, below = false }) => {
    const height = size * room;
    if (!below) up -= height;
    const y = below ? down : up;
    if (below) down += height;
    return svg("rect", {
      class: `vp-bars-${kind}`,
      x: 1,
      width: WIDTH - 2,
      y: y.toFixed(2),
      height: height.toFixed(2),
    });
  });
  const picture = svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false" },
    ...shapes,
  );
  const content = el(
    "span",
    { class: "vp-bars-bar" },
    picture,
    el("span", { class: "vp-bars-label", "aria-hidden": "true", text: label }),
  );
  return link(
    { class: "vp-bars-link", "aria-label": text, title: text, "aria-current": isCurrent ? "true" : null },
    content,
  );
}
