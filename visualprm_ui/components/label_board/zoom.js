// Looking closely at a picture: wheel, drag, pinch, double click, keys. A view is {scale, x, y}: the picture, fitted into the frame at
// scale 1, is scaled about the frame's middle and moved by (x, y) pixels. The arithmetic is pure; `Zoom` puts it on a node.

import { el } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";

export const FIT_VIEW = Object.freeze({ scale: 1, x: 0, y: 0 });

const LARGEST = 16;
const STEP = 1.25; // one press of + or -
const CLOSE = 2.5; // a double click

/** The view `factor` times larger, with the picture's point under (px, py) (pixels from the frame's middle) kept in place. */
export function zoomView(view, factor, px = 0, py = 0) {
  const scale = Math.min(LARGEST, Math.max(1, view.scale * factor));
  const grown = scale / view.scale;
  return { scale, x: px - (px - view.x) * grown, y: py - (py - view.y) * grown };
}

/** The view moved back so far that the picture (`size` when fitted) covers the frame, or stays inside it where it is smaller. */
export function clampView(view, size, frame) {
  const limit = (picture, room) => Math.max(0, (picture * view.scale - room) / 2);
  const clamp = (value, most) => Math.max(-most, Math.min(most, value)) + 0; // + 0: no negative zero
  return {
    scale: view.scale,
    x: clamp(view.x, limit(size.width, frame.width)),
    y: clamp(view.y, limit(size.height, frame.height)),
  };
}

/** The size of a picture of `natural` size when fitted into `frame`, never larger than `most` times its own pixels. */
export function fitSize(natural, frame, most = 4) {
  if (!(natural.width > 0 && natural.height > 0)) return { width: 0, height: 0 };
  const ratio = Math.min(frame.width / natural.width, frame.height / natural.height, most);
  return { width: natural.width * ratio, height: natural.height * ratio };
}

/** A frame with one picture in it. `node` is the frame with its buttons. */
export class Zoom {
  #view = FIT_VIEW;
  #natural;
  #frame;
  #picture;
  #percent;
  #out;
  #pointers = new Map();

  /** `picture`: an <img>; `natural`: {width, height} in pixels; `label`: what the frame is called. */
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
    const button = (name, label_, work, text) =>
      el(
        "button",
        { type: "button", class: "vp-lb-zoom-button", "aria-label": label_, title: text, onclick: work },
        icon(name),
      );
    this.#percent = el("span", { class: "vp-num vp-lb-percent", "aria-live": "off", text: "100%" });
    this.#out = button("bar", "Zoom out", () => this.by(1 / STEP), "Zoom out (−)");
    this.node = el(
      "div",
      { class: "vp-lb-zoom" },
      this.#frame,
      el(
        "div",
        { class: "vp-lb-zoom-bar" },
        this.#out,
        this.#percent,
        button("plus", "Zoom in", () => this.by(STEP), "Zoom in (+)"),
        button("expand", "Fit the image", () => this.fit(), "Fit (0)"),
      ),
    );
    this.#listen();
    new ResizeObserver(() => this.#paint()).observe(this.#frame);
  }

  /** Zooms about the middle. */
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

  /** The picture's true size, where the server did not know it. */
  measure(natural) {
    this.#natural = natural;
    this.#paint();
  }

  get #room() {
    return { width: this.#frame.clientWidth, height: this.#frame.clientHeight };
  }

  #set(view) {
    this.#view = view;
    this.#paint();
  }

  #paint() {
    const room = this.#room;
    if (room.width === 0) return; // not on the page yet
    const size = fitSize(this.#natural, { width: Math.max(1, room.width - 24), height: Math.max(1, room.height - 24) });
    this.#view = clampView(this.#view, size, room);
    const { scale, x, y } = this.#view;
    Object.assign(this.#picture.style, {
      width: `${size.width}px`,
      height: `${size.height}px`,
      transform: `translate(-50%, -50%) translate(${x}px, ${y}px) scale(${scale})`,
    });
    this.#frame.dataset.close = scale > 1.001;
    const text = `${Math.round(scale * 100)}%`;
    if (this.#percent.textContent !== text) this.#percent.textContent = text;
  }

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
      this.#set(this.#view.scale > 1.001 ? FIT_VIEW : zoomView(this.#view, CLOSE, ...this.#point(event)));
    });
    frame.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      frame.setPointerCapture(event.pointerId);
      this.#pointers.set(event.pointerId, event);
    });
    frame.addEventListener("pointermove", (event) => this.#moved(event));
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
      frame.addEventListener(end, (event) => this.#pointers.delete(event.pointerId));
    }
    frame.addEventListener("keydown", (event) => this.#key(event));
  }

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
    const apart = (pointer) => Math.hypot(pointer.clientX - other.clientX, pointer.clientY - other.clientY);
    const [ax, ay] = this.#point(event);
    const [bx, by] = this.#point(other);
    this.#set(zoomView(this.#view, apart(event) / Math.max(1, apart(before)), (ax + bx) / 2, (ay + by) / 2));
  }

  /** Arrow keys move a zoomed picture; unzoomed they are the steps' keys. */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || this.#view.scale <= 1.001) return;
    const moves = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault(); // tells the board's own key listener that this one is taken
    const { scale, x, y } = this.#view;
    this.#set({ scale, x: x + move[0], y: y + move[1] });
  }
}
