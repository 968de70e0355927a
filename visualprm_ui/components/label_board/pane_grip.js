// The grip between the two sides of a board: dragged, or moved by arrow keys. This device remembers where it stands.

import { el, setAttr } from "../../assets/dom.js";

const KEY = "vp-split";
const LEAST = 20; // percent of the width that either side keeps
const USUAL = 43; // style.css
const STEP = 2; // percent, one press of an arrow key

/**
 * Returns a share in percent that leaves both sides their least.
 * @param {number} percent
 */
export function clampShare(percent) {
  return Math.round(Math.min(100 - LEAST, Math.max(LEAST, percent)) * 10) / 10;
}

/**
 * Returns the grip of `main`, whose left side gets its share of the width.
 * @param {HTMLElement} main
 * @param {Storage | null} storage localStorage
 */
export function paneGrip(main, storage) {
  const node = el("div", {
    class: "vp-lb-grip",
    role: "separator",
    tabindex: "0",
    "aria-orientation": "vertical",
    "aria-label": "Width of the problem",
    "aria-valuemin": LEAST,
    "aria-valuemax": 100 - LEAST,
    title: "Drag, or use the arrow keys. Double-click to reset.",
  });
  let share = USUAL;
  const place = (/** @type {number} */ percent) => {
    share = clampShare(percent);
    main.style.setProperty("--vp-lb-share", `${share}%`);
    setAttr(node, "aria-valuenow", Math.round(share));
  };
  const settle = (/** @type {number} */ percent) => {
    place(percent);
    try {
      storage?.setItem(KEY, String(share));
    } catch {
      // full or forbidden: it holds while the page is open
    }
  };
  node.addEventListener("pointerdown", (event) => {
    node.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  node.addEventListener("pointermove", (event) => {
    if (!node.hasPointerCapture(event.pointerId)) return;
    const { left, width } = main.getBoundingClientRect();
    place((100 * (event.clientX - left)) / width);
  });
  node.addEventListener("lostpointercapture", () => settle(share));
  node.addEventListener("dblclick", () => settle(USUAL));
  node.addEventListener("keydown", (event) => {
    const by = event.key === "ArrowLeft" ? -STEP : event.key === "ArrowRight" ? STEP : 0;
    if (by === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    settle(share + by);
  });
  place(remembered(storage));
  return node;
}

/** @param {Storage | null} storage */
function remembered(storage) {
  try {
    return Number(storage?.getItem(KEY)) || USUAL;
  } catch {
    return USUAL;
  }
}
