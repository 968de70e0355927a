// The labelling guideline beside the work: a panel that stays open while labels are given. Its text is the server's,
// loaded when first opened.

import { el, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { setMaths } from "../../assets/maths.js";
import { address, call, errorText } from "../../assets/rest.js";

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
      const { version, html } = await call("api/guideline");
      this.#version.textContent = `Version ${version}`;
      const made = document.createElement("template");
      made.innerHTML = html; // rendered by the server with raw HTML switched off
      for (const picture of made.content.querySelectorAll("img"))
        picture.src = address(`vp/${picture.getAttribute("src")}`);
      typesetIn(made.content);
      this.#body.replaceChildren(made.content);
    } catch (error) {
      this.#loaded = false;
      this.#body.textContent = errorText(error);
    }
  }
}

/**
 * Typesets the formulas in the text of a tree.
 * @param {DocumentFragment} tree
 */
function typesetIn(tree) {
  const walker = document.createTreeWalker(tree, NodeFilter.SHOW_TEXT);
  /** @type {Text[]} */
  const texts = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node instanceof Text && node.data.includes("$")) texts.push(node);
  }
  for (const text of texts) {
    const span = el("span");
    setMaths(span, text.data);
    text.replaceWith(span);
  }
}
