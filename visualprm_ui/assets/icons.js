// The icons of the product, drawn on a 16 px grid with a 1.5 px line in the current colour. Always decorative: text
// stands beside them or in aria-label.

import { svg } from "./dom.js";

/** @typedef {keyof typeof PATHS} IconName */

const PATHS = {
  star: "M8 2.2l1.75 3.7 4 .55-2.9 2.8.7 4L8 11.3l-3.55 1.95.7-4-2.9-2.8 4-.55z",
  majority: "M1.8 8.6l2.4 2.4 4.6-5.2M7.6 10.4l.8.8 5.8-6.2",
  check: "M3 8.6l3.2 3.2L13 4.6",
  cross: "M4 4l8 8M12 4l-8 8",
  bar: "M3.5 8h9",
  download: "M8 2.4v7.7M4.8 7.2L8 10.4l3.2-3.2M2.5 10v2.2c0 .7.6 1.3 1.3 1.3h8.4c.7 0 1.3-.6 1.3-1.3V10",
  upload: "M8 10.5V2.8M4.8 5.6L8 2.4l3.2 3.2M2.5 10v2.2c0 .7.6 1.3 1.3 1.3h8.4c.7 0 1.3-.6 1.3-1.3V10",
  clipboard:
    "M5.5 3H4.2c-.7 0-1.2.5-1.2 1.2v8.6c0 .7.5 1.2 1.2 1.2h7.6c.7 0 1.2-.5 1.2-1.2V4.2c0-.7-.5-1.2-1.2-1.2h-1.3M5.5 2h5v2.4h-5z",
  expand: "M2.5 5.8V2.5h3.3M10.2 2.5h3.3v3.3M13.5 10.2v3.3h-3.3M5.8 13.5H2.5v-3.3",
  image: "M2.5 3h11v10h-11zM2.8 11l3.2-3.4 2.6 2.8 1.6-1.6 3 3M10.6 5.7h.01",
  moon: "M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8z",
  sun: "M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM8 1.3v1.4M8 13.3v1.4M1.3 8h1.4M13.3 8h1.4M3.3 3.3l1 1M11.7 11.7l1 1M12.7 3.3l-1 1M4.3 11.7l-1 1",
  link: "M6.6 9.4a2.7 2.7 0 0 0 3.8 0l2.3-2.3a2.7 2.7 0 0 0-3.8-3.8l-.9.9M9.4 6.6a2.7 2.7 0 0 0-3.8 0L3.3 8.9a2.7 2.7 0 0 0 3.8 3.8l.9-.9",
  label: "M2.5 2.5h5l6 6-5 5-6-6zM5.4 5.4h.01",
  info: "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM8 7.2v3.8M8 4.9h.01",
  warning: "M8 2.2l6.2 11.3H1.8zM8 6.4v3.4M8 11.6h.01",
  stop: "M4.2 4.2h7.6v7.6H4.2z",
  undo: "M5.4 3.2L2.6 6l2.8 2.8M2.8 6h6.4a3.6 3.6 0 0 1 0 7.2H6",
  flag: "M3.5 14V2.5M3.5 3h9l-2 3 2 3h-9",
  search: "M7 2.4a4.6 4.6 0 1 0 0 9.2 4.6 4.6 0 0 0 0-9.2zM10.4 10.4l3.2 3.2",
  skip: "M3 3.5v9L9.5 8zM12.5 3.5v9",
  note: "M2.8 2.8h10.4v6.6l-3.8 3.8H2.8zM13.2 9.4H9.4v3.8",
  cloud: "M4.6 12.5a2.9 2.9 0 0 1-.3-5.8 3.9 3.9 0 0 1 7.5.9 2.5 2.5 0 0 1 .1 4.9z",
  eye: "M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6z",
  blind:
    "M2 2l12 12M6.4 3.7A7 7 0 0 1 8 3.5c4 0 6.5 4.5 6.5 4.5a11 11 0 0 1-1.8 2.3M4.2 4.6A10.6 10.6 0 0 0 1.5 8S4 12.5 8 12.5a6.6 6.6 0 0 0 3.3-.9M6.7 6.8a1.8 1.8 0 0 0 2.5 2.5",
  keyboard: "M1.5 4h13v8h-13zM4 6.6h.01M6.7 6.6h.01M9.3 6.6h.01M12 6.6h.01M5 9.5h6",
  book: "M8 4.2C6.6 3 4.6 2.8 2.5 3v9.6c2.1-.2 4.1 0 5.5 1.2 1.4-1.2 3.4-1.4 5.5-1.2V3C11.4 2.8 9.4 3 8 4.2zM8 4.2v9.6",
  dice: "M3 3h10v10H3zM5.7 5.7h.01M10.3 5.7h.01M8 8h.01M5.7 10.3h.01M10.3 10.3h.01",
  left: "M10 3L5 8l5 5",
  right: "M6 3l5 5-5 5",
  menu: "M2.5 4h11M2.5 8h11M2.5 12h11",
  grid: "M2.5 2.5h4.5v4.5h-4.5zM9 2.5h4.5v4.5h-4.5zM2.5 9h4.5v4.5h-4.5zM9 9h4.5v4.5h-4.5z",
  plus: "M8 3v10M3 8h10",
  steps: "M6 3.5h8M6 8h8M6 12.5h8M2.2 3.5h.01M2.2 8h.01M2.2 12.5h.01",
  curve: "M2 2v12h12M4.5 11c.5-4.5 3-7 9-7",
  play: "M4.5 2.8v10.4l8.5-5.2z",
  more: "M3.2 8h.01M8 8h.01M12.8 8h.01",
  compare: "M4.8 2.5v11M2.4 5l2.4-2.5L7.2 5M11.2 13.5v-11M8.8 11l2.4 2.5 2.4-2.5",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  target: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 7.6a.4.4 0 1 0 0 .8.4.4 0 0 0 0-.8z",
  again: "M13 8a5 5 0 1 1-1.5-3.6M13.2 2.4v2.8h-2.8",
  edit: "M10.8 2.8l2.4 2.4-7.6 7.6-3 .6.6-3zM9.2 4.4l2.4 2.4",
  branch: "M2 8h3.5c2.5 0 2-4.5 4.5-4.5h4M5.5 8c2.5 0 2 4.5 4.5 4.5h4",
  trash: "M2.8 4.2h10.4M6 4V2.6h4V4M4.2 4.4l.6 8.8h6.4l.6-8.8M6.7 6.8v4M9.3 6.8v4",
};

/**
 * An icon of `size` px, hidden from screen readers.
 * @param {IconName} name
 * @param {number} [size]
 */
export function icon(name, size = 16) {
  return svg(
    "svg",
    { class: "vp-icon", width: size, height: size, viewBox: "0 0 16 16", "aria-hidden": "true", focusable: "false" },
    svg("path", { d: PATHS[name] }),
  );
}
