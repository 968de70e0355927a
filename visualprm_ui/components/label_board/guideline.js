// The labelling guideline beside the work: a panel that stays open while labels are given. Its text is the server's,
// that of the queue that is worked on, loaded when it is opened.

import { el, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { address, call, errorText } from "../../assets/rest.js";
import { showText } from "../../assets/rich_text.js";

/** @import { Guideline } from "../../assets/api.d.ts" */

export class GuidelinePanel {
  #body = el("div", { class: "vp-lb-guideline-body", tabindex: "0", role: "document" });
  #state = el("p", { class: "vp-lb-guideline-state", role: "status", hidden: true }); // of loading
  #version = el("span", { class: "vp-lb-guideline-version" });
  #loaded = false;
  #about = ""; // the queue and the version of what is loaded, or to be
  #queue = "";
  #note = el("p", { class: "vp-lb-guideline-note", hidden: true });
  #putAway = () => {}; // told when a panel that opened by itself is closed

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
      this.#note,
      this.#state,
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
    if (!isOpening) {
      show(this.#note, false);
      this.#putAway();
      this.#putAway = () => {};
      return;
    }
    if (!this.#loaded) this.#load();
    this.#body.focus({ preventScroll: true });
  }

  /**
   * Has the panel show the guideline of a queue; "": that of the server.
   * @param {string} queue
   * @param {string} [version] where it is known: a newer one is loaded anew
   */
  isOf(queue, version = "") {
    const about = `${queue}|${version}`;
    if (about === this.#about) return;
    [this.#about, this.#queue, this.#loaded] = [about, queue, false];
    if (!this.node.hasAttribute("hidden")) this.#load();
  }

  /**
   * Opens the panel without being asked to, with a note on top.
   * @param {string} note
   * @param {() => void} putAway told when the person closes it
   */
  introduce(note, putAway) {
    if (!this.node.hasAttribute("hidden")) return;
    this.#note.textContent = note;
    show(this.#note, true);
    this.#putAway = putAway;
    this.toggle();
  }

  async #load() {
    this.#loaded = true;
    this.#say("Loading…");
    const about = this.#about;
    const search = this.#queue ? `?${new URLSearchParams({ queue: this.#queue })}` : "";
    try {
      /** @type {Guideline} */
      const { version, text } = await call(`api/guideline${search}`);
      if (about !== this.#about) return;
      this.#version.textContent = `Version ${version}`;
      show(this.#state, false);
      showGuideline(this.#body, text);
    } catch (error) {
      if (about !== this.#about) return;
      this.#loaded = false;
      this.#say(errorText(error));
    }
  }

  /**
   * Says something in the place of the text, which is shown through `showGuideline` alone: it keeps what it drew.
   * @param {string} text
   */
  #say(text) {
    showGuideline(this.#body, "");
    this.#state.textContent = text;
    show(this.#state, true);
  }
}

/**
 * Shows the text of a guideline in a node.
 * @param {HTMLElement} node
 * @param {string} text Markdown
 */
export function showGuideline(node, text) {
  showText(node, text, { isDocument: true, pictureAddress });
}

/**
 * Returns the address of one of the guideline's own pictures; null for any other.
 * @param {string} source
 */
function pictureAddress(source) {
  return /^guideline\/\w[\w.-]*$/.test(source) ? address(`vp/${source}`) : null;
}
