// A chart as a file of its own: an SVG that holds its colours and fonts, as they are on the page, or a PNG of it.
// Loaded when one is asked for.

import { asData, drawSvg } from "../../assets/svg_picture.js";
import { saveFile } from "./save_file.js";

const MARGIN = 12; // around the chart, CSS pixels
const HEAD = 30; // of the title
const PROPERTIES = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-family", "font-size"];
const MORE = ["font-weight", "stroke-linejoin", "stroke-linecap", "paint-order"];
const FONTS = { "VP Sans": "vp-sans.woff2", "VP Mono": "vp-mono.woff2" };

/**
 * Saves a chart.
 * @param {SVGSVGElement} plot
 * @param {string} title
 * @param {"png" | "svg"} format
 */
export async function saveChart(plot, title, format) {
  const { markup, width, height } = await standalone(plot, title);
  const svg = new Blob([markup], { type: "image/svg+xml" });
  const file = format === "svg" ? svg : await drawSvg(markup, width, height);
  saveFile(file, `${fileName(title)}.${format}`);
}

/**
 * "by-place-of-the-step".
 * @param {string} title
 */
export function fileName(title) {
  return (
    title
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-|-$/g, "") || "chart"
  );
}

/**
 * Returns the chart with all it needs.
 * @param {SVGSVGElement} plot
 * @param {string} title
 */
async function standalone(plot, title) {
  const copy = /** @type {SVGSVGElement} */ (plot.cloneNode(true));
  const [sources, copies] = [plot, copy].map((node) => [...node.querySelectorAll("*")]);
  for (const [at, node] of copies.entries()) {
    const style = getComputedStyle(sources[at]);
    const text = [...PROPERTIES, ...MORE].map((name) => `${name}:${style.getPropertyValue(name)}`).join(";");
    node.setAttribute("style", text);
    node.removeAttribute("class");
  }
  copy.removeAttribute("class");
  const page = getComputedStyle(plot);
  const width = plot.width.baseVal.value + 2 * MARGIN;
  const height = plot.height.baseVal.value + 2 * MARGIN + HEAD;
  for (const [name, value] of Object.entries({ x: MARGIN, y: MARGIN + HEAD })) copy.setAttribute(name, String(value));
  const faces = await Promise.all(
    Object.entries(FONTS).map(async ([family, file]) => {
      const data = await asData(new URL(`../../assets/fonts/${file}`, import.meta.url).href);
      return `@font-face{font-family:"${family}";src:url(${data}) format("woff2");font-weight:400 700}`;
    }),
  );
  const surface = page.getPropertyValue("--vp-surface");
  const heading = document.createElementNS(copy.namespaceURI, "text");
  heading.textContent = title;
  const ink = page.getPropertyValue("--vp-ink");
  heading.setAttribute("style", `font:600 15px ${page.getPropertyValue("--vp-font")};fill:${ink}`);
  heading.setAttribute("x", String(MARGIN));
  heading.setAttribute("y", String(MARGIN + 16));
  const serialise = (/** @type {Node} */ node) => new XMLSerializer().serializeToString(node);
  const markup =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">` +
    `<style>${faces.join("")}</style><rect width="100%" height="100%" fill="${surface}"/>` +
    `${serialise(heading)}${serialise(copy)}</svg>`;
  return { markup, width, height };
}
