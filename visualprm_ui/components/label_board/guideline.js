// The labelling guideline beside the work: a panel that stays open while labels are given. Its text is the server's,
// loaded when first opened.

import { el, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { address, call, errorText } from "../../assets/rest.js";
import { showText } from "../../assets/rich_text.js";

/** @import { Guideline } from "../../assets/api.d.ts" */

export class GuidelinePanel {
  #body = el("div", { class: "vp-lb-guideline-body", tabindex: "0", role: "document" });
  #version = el("span", { class: "vp-lb-guideline-version" });
  #loaded = false;

  constructor() {
    this.node = el(
      "aside",
      { class: "vp-lb-guideline", "aria-label": "Guideline", hidden: true },
      el(
        "header",
        {},
        el("h2", { text: "Guideline" }),
        this.#version,
        el(
          "button",
          {
            type: "button",
            class: "vp-lb-icon-button",
            "aria-label": "Close the guideline (G)",
            onclick: () => this.toggle(),
          },
          icon("cross"),
        ),
      ),
      this.#body,
    );
    this.node.addEventListener("keydown", (event) => {
      // a second Escape may come before the focus has left
      if (event.key === "Escape" && !this.node.hidden) this.toggle();
      // they scroll the text; J and K stay the steps'
      if (["ArrowUp", "ArrowDown"].includes(event.key)) event.stopPropagation();
    });
  }

  /** Opens the panel, or closes it. */
  toggle() {
    const isOpening = this.node.hasAttribute("hidden");
    show(this.node, isOpening);
    if (!isOpening) return;
    if (!this.#loaded) this.#load();
    this.#body.focus({ preventScroll: true });
  }

  async #load() {
    this.#loaded = true;
    this.#body.textContent = "Loading…";
    try {
      /** @type {Guideline} */
      const { version, text } = await call("api/guideline");
      this.#version.textContent = `Version ${version}`;
      showText(this.#body, text, { isDocument: true, pictureAddress });
    } catch (error) {
      this.#loaded = false;
      this.#body.textContent = errorText(error);
    }
  }
}

/**
 * Returns the address of one of the guideline's own pictures; null for any other.
 * @param {string} source
 */
function pictureAddress(source) {
  return /^guideline\/\w[\w.-]*$/.test(source) ? address(`vp/${source}`) : null;
}
