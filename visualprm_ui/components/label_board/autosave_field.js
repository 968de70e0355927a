// A text field that is saved while it is typed: 300 ms after the last key, on leaving the field, and when asked.

import { el } from "../../assets/dom.js";

/** @import { Attributes } from "../../assets/dom.js" */

const MAX_LENGTH = 10_000; // characters; the server refuses more
const DELAY = 300; // milliseconds without a key

export class AutosaveField {
  /** @type {ReturnType<typeof setTimeout> | null} */
  #timer = null;
  /** @type {(text: string) => void} */
  #save;

  /**
   * @param {string} name read to people who cannot see the field
   * @param {(text: string) => void} save
   * @param {Attributes} [attributes]
   */
  constructor(name, save, attributes = {}) {
    this.#save = save;
    this.node = el("textarea", {
      rows: "1",
      maxlength: String(MAX_LENGTH),
      placeholder: name,
      "aria-label": name,
      ...attributes,
    });
    this.node.addEventListener("input", () => {
      clearTimeout(this.#timer ?? undefined);
      this.#timer = setTimeout(() => this.commit(), DELAY);
    });
    this.node.addEventListener("blur", () => this.commit());
    this.node.addEventListener("keydown", (event) => {
      const leaves = event.key === "Escape" || (event.key === "Enter" && !event.shiftKey);
      if (!leaves || event.isComposing) return;
      event.preventDefault(); // Enter leaves the field; the next Enter submits
      this.node.blur();
    });
  }

  /**
   * Shows the stored text, unless the person is writing.
   * @param {string} text
   */
  set(text) {
    if (document.activeElement !== this.node && this.#timer === null && this.node.value !== text)
      this.node.value = text;
  }

  /** Saves what was typed and not saved yet. Call before the item changes or the page goes. */
  commit() {
    clearTimeout(this.#timer ?? undefined);
    if (this.#timer === null) return;
    this.#timer = null;
    this.#save(this.node.value);
  }
}
