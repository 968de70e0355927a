// A run as one picture: its head, verdict and cards as they are on the page, at one width whatever the window's. They
// are drawn by the browser that set their formulas, into an SVG that holds all it needs, and from there as PNG. Nothing
// is asked of another host. Loaded when it is asked for.

import { asData, drawSvg } from "../../assets/svg_picture.js";

/** @typedef {{ family: string, weight: string, style: string }} Face */

const WIDTH = 1240; // CSS pixels: the verdict in a row, three columns of cards
const LEFT_OUT = ".vp-intro, .vp-actions, .vp-segments, .vp-tools-label, .katex-mathml";
const FACE = /@font-face\s*\{[^}]*\}/g;

/**
 * Draws a run. Throws where the browser cannot.
 * @param {HTMLElement} full the part of the board that shows it
 * @returns {Promise<Blob>} PNG
 */
export async function runPicture(full) {
  const body = document.createElement("body");
  body.className = document.body.className;
  body.style.cssText = `margin: 0; padding: 20px; width: ${WIDTH}px; box-sizing: border-box;`;
  const style = document.createElement("style");
  style.textContent = await styles();
  body.append(style, wrapped(full));
  for (const image of body.querySelectorAll("img")) image.src = await asData(image.src);
  const height = await heightOf(body);
  const markup = new XMLSerializer().serializeToString(body);
  const root = document.documentElement.className;
  const size = `width="${WIDTH}" height="${height}"`;
  const inside = `<foreignObject ${size}>${markup}</foreignObject>`;
  return drawSvg(`<svg xmlns="http://www.w3.org/2000/svg" class="${root}" ${size}>${inside}</svg>`, WIDTH, height);
}

/**
 * Returns a copy of the board's part inside what its style sheets ask to be around it.
 * @param {HTMLElement} full
 */
function wrapped(full) {
  const copy = /** @type {HTMLElement} */ (full.cloneNode(true));
  for (const node of copy.querySelectorAll(LEFT_OUT)) node.remove();
  for (const node of copy.querySelectorAll("[data-marked]")) node.removeAttribute("data-marked");
  for (const card of copy.querySelectorAll(".vp-sol")) card.setAttribute("style", "content-visibility: visible");
  let inner = copy;
  for (const selector of [".vp-board", ".vp-host", ".gradio-container"]) {
    const around = document.createElement("div");
    const source = full.closest(selector);
    around.className = source?.className ?? "";
    if (selector === ".vp-board") around.dataset.state = source?.getAttribute("data-state") ?? "";
    around.append(inner);
    inner = around;
  }
  inner.style.cssText = "min-height: 0;";
  return inner;
}

/** Returns all style sheets of the page as they are written: what a browser makes of them drops declarations. */
async function styles() {
  const isOurs = (/** @type {CSSStyleSheet} */ sheet) => sheet.href?.startsWith(location.origin) && !sheet.disabled;
  const faces = [...document.fonts].filter(({ status }) => status === "loaded");
  const texts = [...document.styleSheets].filter(isOurs).map(async ({ href }) => {
    const address = href ?? "";
    return withFonts(await (await fetch(address)).text(), faces, (source) => asData(new URL(source, address).href));
  });
  return (await Promise.all(texts)).join("\n");
}

/**
 * Puts the fonts that are in use into a style sheet, and leaves out all others.
 * @param {string} css
 * @param {Face[]} faces in use
 * @param {(source: string) => Promise<string>} read returns the data of a file, as an address that holds it
 */
export async function withFonts(css, faces, read) {
  const found = await Promise.all(
    [...css.matchAll(FACE)].map(async ([block]) => {
      const source = /url\(\s*["']?([^"')]+)["']?\s*\)/.exec(block)?.[1];
      return source && isUsed(block, faces) ? block.replace(/src\s*:[^;}]*/, `src: url(${await read(source)})`) : "";
    }),
  );
  return css.replace(FACE, () => found.shift() ?? "");
}

/**
 * @param {string} block
 * @param {Face[]} faces
 */
function isUsed(block, faces) {
  const value = (/** @type {string} */ name) => new RegExp(`${name}\\s*:\\s*([^;}]+)`).exec(block)?.[1].trim() ?? "";
  const plain = (/** @type {string} */ text) => text.replace(/["']/g, "");
  const weight = (/** @type {string} */ text) => text.replace(/\bnormal\b/, "400").replace(/\bbold\b/, "700") || "400";
  return faces.some(
    (face) =>
      plain(face.family) === plain(value("font-family")) &&
      weight(face.weight) === weight(value("font-weight")) &&
      (face.style || "normal") === (value("font-style") || "normal"),
  );
}

/**
 * Returns how high a page of this body is, in CSS pixels.
 * @param {HTMLElement} body
 */
async function heightOf(body) {
  const frame = document.createElement("iframe");
  frame.style.cssText = `position: fixed; left: -${2 * WIDTH}px; width: ${WIDTH}px; height: 100px; border: 0;`;
  frame.ariaHidden = "true";
  document.body.append(frame);
  try {
    const inside = frame.contentDocument;
    if (!inside) throw new Error("This browser does not let the page measure the picture.");
    inside.open();
    inside.write("<!doctype html>");
    inside.close();
    inside.documentElement.className = document.documentElement.className;
    inside.body.replaceWith(inside.importNode(body, true));
    await inside.fonts.ready;
    await Promise.all([...inside.images].map((image) => image.decode()));
    return Math.ceil(inside.body.getBoundingClientRect().height);
  } finally {
    frame.remove();
  }
}
