// Looking closely at a picture: wheel, drag, pinch, double click, keys. A view is {scale, x, y}: the picture, fitted
// into the frame at scale 1, is scaled about the frame's middle and moved by (x, y) pixels. The arithmetic is pure;
// `Zoom` puts it on a node.

import { el } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";

/** @import { IconName } from "../../assets/icons.js" */

/**
 * @typedef {{ scale: number, x: number, y: number }} View x and y in pixels
 * @typedef {{ width: number, height: number }} Size in pixels
 * @typedef {{ right: number, bottom: number }} Margins in pixels
 */

/** @type {Readonly<View>} */
export const FIT_VIEW = Object.freeze({ scale: 1, x: 0, y: 0 });

/** The move of the picture by key, in pixels. */
const MOVES = new Map([
  ["ArrowLeft", [40, 0]],
  ["ArrowRight", [-40, 0]],
  ["ArrowUp", [0, 40]],
  ["ArrowDown", [0, -40]],
]);

const LARGEST = 16;
const MARGIN = 24; // pixels of a frame that a fitted picture leaves, both sides together
const BAR_MARGIN = 10; // pixels between the buttons and what is beside them
const STEP = 1.25; // one press of + or -
const CLOSE = 2.5; // a double click

/**
 * Returns the view `factor` times larger, with the picture's point under (px, py) kept in place.
 * @param {Readonly<View>} view
 * @param {number} factor
 * @param {number} [px] pixels from the middle of the frame
 * @param {number} [py]
 * @returns {View}
 */
export function zoomView(view, factor, px = 0, py = 0) {
  const scale = Math.min(LARGEST, Math.max(1, view.scale * factor));
  const grown = scale / view.scale;
  return { scale, x: px - (px - view.x) * grown, y: py - (py - view.y) * grown };
}

/**
 * Returns the view moved back so far that the picture covers the frame, or stays inside it where it is smaller.
 * @param {Readonly<View>} view
 * @param {Size} size of the picture when fitted
 * @param {Size} frame
 * @returns {View}
 */
export function clampView(view, size, frame) {
  const { scale, x, y } = view;
  return {
    scale,
    x: clampOffset(x, size.width * scale, frame.width),
    y: clampOffset(y, size.height * scale, frame.height),
  };
}

/**
 * @param {number} offset from the middle
 * @param {number} picture its length on screen
 * @param {number} room the frame's length
 */
function clampOffset(offset, picture, room) {
  const most = Math.max(0, (picture - room) / 2);
  return Math.max(-most, Math.min(most, offset)) + 0; // + 0: no negative zero
}

/** @param {Readonly<View>} view */
function isZoomed(view) {
  return view.scale > 1.001;
}

/**
 * @param {IconName} name
 * @param {string} label
 * @param {string} title
 * @param {() => void} work
 */
function zoomButton(name, label, title, work) {
  const attributes = { type: "button", class: "vp-lb-zoom-button", "aria-label": label, title, onclick: work };
  return el("button", attributes, icon(name));
}

/**
 * Returns the size of a picture when fitted into a frame.
 * @param {Size} natural
 * @param {Size} frame
 * @param {number} [most] times its own pixels
 * @returns {Size}
 */
export function fitSize(natural, frame, most = 4) {
  if (!(natural.width > 0 && natural.height > 0)) return { width: 0, height: 0 };
  const ratio = Math.min(frame.width / natural.width, frame.height / natural.height, most);
  return { width: natural.width * ratio, height: natural.height * ratio };
}

/**
 * Returns how much of a box a picture leaves to the buttons in its lower right corner: nothing where it does not reach
 * them when fitted, else what keeps it larger.
 * @param {Size} natural of the picture
 * @param {Size} box
 * @param {Size} bar of the buttons
 * @returns {Margins}
 */
export function barMargins(natural, box, bar) {
  const none = { right: 0, bottom: 0 };
  const fitted = fitIn(natural, box, none);
  const isClear =
    bar.width === 0 ||
    (box.width + fitted.width) / 2 <= box.width - bar.width - BAR_MARGIN ||
    (box.height + fitted.height) / 2 <= box.height - bar.height - BAR_MARGIN;
  if (isClear) return none;
  const below = { right: 0, bottom: bar.height + BAR_MARGIN };
  const beside = { right: bar.width + BAR_MARGIN, bottom: 0 };
  return fitIn(natural, box, below).width < fitIn(natural, box, beside).width ? beside : below;
}

/**
 * @param {Size} natural
 * @param {Size} box
 * @param {Margins} margins
 */
function fitIn(natural, { width, height }, { right, bottom }) {
  const length = (/** @type {number} */ room) => Math.max(1, room - MARGIN);
  return fitSize(natural, { width: length(width - right), height: length(height - bottom) });
}

/** A frame with one picture in it. `node` is the frame with its buttons. */
export class Zoom {
  /** @type {Readonly<View>} */
  #view = FIT_VIEW;
  /** @type {Size} */
  #natural;
  /** @type {HTMLElement} */
  #frame;
  /** @type {HTMLImageElement} */
  #picture;
  /** @type {HTMLElement} */
  #percent;
  /** @type {HTMLElement} */
  #bar;
  /** @type {HTMLButtonElement} */
  #out;
  /** @type {Map<number, PointerEvent>} */
  #pointers = new Map();

  /**
   * @param {HTMLImageElement} picture
   * @param {Size} natural in pixels
   * @param {string} label what the frame is called
   */
  constructor(picture, natural, label) {
    this.#picture = picture;
    this.#natural = natural;
    picture.classList.add("vp-lb-picture");
    picture.draggable = false;
    this.#frame = el(
      "div",
      {
        class: "vp-lb-frame",
        tabindex: "0",
        role: "group",
        "aria-label": `${label}. Plus and minus zoom, arrow keys move, 0 fits.`,
      },
      picture,
    );
    this.#percent = el("span", { class: "vp-num vp-lb-percent", "aria-live": "off", text: "100%" });
    this.#out = zoomButton("bar", "Zoom out", "Zoom out (−)", () => this.out());
    this.#bar = el(
      "div",
      { class: "vp-lb-zoom-bar" },
      this.#out,
      this.#percent,
      zoomButton("plus", "Zoom in", "Zoom in (+)", () => this.in()),
      zoomButton("expand", "Fit the image", "Fit (0)", () => this.fit()),
    );
    this.node = el("div", { class: "vp-lb-zoom" }, this.#frame, this.#bar);
    this.#listen();
    const sizes = new ResizeObserver(() => this.#paint());
    sizes.observe(this.node);
    sizes.observe(this.#frame);
  }

  /**
   * Zooms about the middle.
   * @param {number} factor
   */
  by(factor) {
    this.#set(zoomView(this.#view, factor));
  }

  in() {
    this.by(STEP);
  }

  out() {
    this.by(1 / STEP);
  }

  fit() {
    this.#set(FIT_VIEW);
  }

  /** {scale, x, y} of what is looked at. */
  get view() {
    return this.#view;
  }

  set view(view) {
    this.#set(view);
  }

  /**
   * The picture's true size, where the server did not know it.
   * @param {Size} natural
   */
  measure(natural) {
    this.#natural = natural;
    this.#paint();
  }

  get #room() {
    return { width: this.#frame.clientWidth, height: this.#frame.clientHeight };
  }

  /** @param {Readonly<View>} view */
  #set(view) {
    this.#view = view;
    this.#paint();
  }

  #paint() {
    if (this.#room.width === 0) return; // not on the page yet
    if (!isZoomed(this.#view)) this.#clearBar();
    const room = this.#room;
    const size = fitIn(this.#natural, room, { right: 0, bottom: 0 });
    this.#view = clampView(this.#view, size, room);
    const { scale, x, y } = this.#view;
    Object.assign(this.#picture.style, {
      width: `${size.width}px`,
      height: `${size.height}px`,
      transform: `translate(-50%, -50%) translate(${x}px, ${y}px) scale(${scale})`,
    });
    this.#frame.dataset.zoomed = String(isZoomed(this.#view));
    const text = `${Math.round(scale * 100)}%`;
    if (this.#percent.textContent !== text) this.#percent.textContent = text;
  }

  /** Makes the frame so large that the fitted picture is not under the buttons. */
  #clearBar() {
    const { clientWidth: width, clientHeight: height } = this.node;
    const bar = { width: this.#bar.offsetWidth, height: this.#bar.offsetHeight };
    const { right, bottom } = barMargins(this.#natural, { width, height }, bar);
    this.#frame.style.inset = `0 ${right}px ${bottom}px 0`;
  }

  /**
   * @param {MouseEvent} event
   * @returns {[x: number, y: number]}
   */
  #point(event) {
    const box = this.#frame.getBoundingClientRect();
    return [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2];
  }

  #listen() {
    const frame = this.#frame;
    frame.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        // deltaMode 1 counts lines; a trackpad's pinch comes as a wheel with ctrlKey and small deltas
        const pixels = event.deltaY * (event.deltaMode === 1 ? 18 : 1) * (event.ctrlKey ? 4 : 1);
        this.#set(zoomView(this.#view, Math.exp(-Math.max(-200, Math.min(200, pixels)) / 400), ...this.#point(event)));
      },
      { passive: false },
    );
    frame.addEventListener("dblclick", (event) => {
      this.#set(isZoomed(this.#view) ? FIT_VIEW : zoomView(this.#view, CLOSE, ...this.#point(event)));
    });
    frame.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      frame.setPointerCapture(event.pointerId);
      this.#pointers.set(event.pointerId, event);
    });
    frame.addEventListener("pointermove", (event) => this.#moved(event));
    const forget = (/** @type {PointerEvent} */ event) => this.#pointers.delete(event.pointerId);
    frame.addEventListener("pointerup", forget);
    frame.addEventListener("pointercancel", forget);
    frame.addEventListener("lostpointercapture", forget);
    frame.addEventListener("keydown", (event) => this.#key(event));
  }

  /** @param {PointerEvent} event */
  #moved(event) {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return;
    const others = [...this.#pointers.values()].filter((pointer) => pointer.pointerId !== event.pointerId);
    this.#pointers.set(event.pointerId, event);
    if (others.length === 0) {
      const { scale, x, y } = this.#view;
      this.#set({ scale, x: x + event.clientX - before.clientX, y: y + event.clientY - before.clientY });
      return;
    }
    const [other] = others;
    const apart = (/** @type {PointerEvent} */ { clientX, clientY }) =>
      Math.hypot(clientX - other.clientX, clientY - other.clientY);
    const [ax, ay] = this.#point(event);
    const [bx, by] = this.#point(other);
    this.#set(zoomView(this.#view, apart(event) / Math.max(1, apart(before)), (ax + bx) / 2, (ay + by) / 2));
  }

  /**
   * Arrow keys move a zoomed picture; unzoomed they are the steps' keys.
   * @param {KeyboardEvent} event
   */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !isZoomed(this.#view)) return;
    const move = MOVES.get(event.key);
    if (!move) return;
    event.preventDefault(); // tells the board's own key listener that this one is taken
    const { scale, x, y } = this.#view;
    this.#set({ scale, x: x + move[0], y: y + move[1] });
  }
}
