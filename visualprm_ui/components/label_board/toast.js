// A short message above the action bar that goes by itself; screen readers hear it.

import { el } from "../../assets/dom.js";

const FADE = 300; // milliseconds, longer than the style's

export class Toast {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  constructor() {
    this.node = el("div", { class: "vp-lb-toast", role: "status" });
  }

  /**
   * @param {string} text
   * @param {number} [milliseconds]
   */
  show(text, milliseconds = 2600) {
    clearTimeout(this.#timer);
    this.node.replaceChildren(text); // also the same text again, so that it is read again
    this.node.classList.add("vp-lb-toast-visible");
    this.#timer = setTimeout(() => this.#hide(), milliseconds);
  }

  /** Once it has faded, nothing of it is left for whoever reads the page or searches it. */
  #hide() {
    this.node.classList.remove("vp-lb-toast-visible");
    this.#timer = setTimeout(() => this.node.replaceChildren(), FADE);
  }
}
