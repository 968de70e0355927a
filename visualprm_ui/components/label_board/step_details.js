// What a project may ask about one step besides its label: the kind of error, whether it is the first one, a correction, a remark.
// Out of the way until the step is labelled wrong or something is written; built when it is first needed.

import { el, setAttr, show } from "../../assets/dom.js";
import { ERROR_TYPES } from "./item.js";
import { ERROR_WORDS } from "./words.js";
import { WrittenField } from "./written_field.js";

export class StepDetails {
  #options;
  #step;
  #on;
  #types = new Map(); // error type -> button
  #first = null;
  #fields = null; // {correction, step_note}: WrittenField

  /** `options` of the task; `on`: errorType(step, type), firstError(step), write(step, type, text). */
  constructor(step, options, on) {
    this.#step = step;
    this.#options = options;
    this.#on = on;
    this.node = el("div", { class: "vp-lb-details", hidden: true });
  }

  draw(item) {
    const step = this.#step;
    const detail = item.draft.details[step];
    const wrong = item.draft.labels[step] === -1;
    const here = item.current === step;
    const chosen = item.draft.firstError === step;
    const asked = this.#options.error_types || this.#options.first_error || this.#options.step_notes;
    const needed = (asked && wrong && here) || detail.note || detail.correction || detail.errorType || chosen || this.writing;
    if (needed && this.#fields === null) this.#build();
    show(this.node, Boolean(needed));
    if (this.#fields === null) return;
    for (const [type, button] of this.#types) {
      setAttr(button, "aria-pressed", String(detail.errorType === type));
      show(button, (wrong && here) || detail.errorType === type);
    }
    if (this.#first) {
      const isFirst = item.firstError === step;
      setAttr(this.#first, "aria-pressed", String(isFirst));
      show(this.#first, wrong && (here || chosen));
    }
    const texts = { correction: detail.correction, step_note: detail.note };
    for (const [type, field] of Object.entries(this.#fields)) {
      field.set(texts[type]);
      show(field.node, Boolean(texts[type]) || this.#isWriting(field) || (wrong && here && this.#options.step_notes));
    }
  }

  /** True while the person writes here. */
  get writing() {
    return this.#fields !== null && Object.values(this.#fields).some((field) => this.#isWriting(field));
  }

  /** Opens the "correction" or "step_note" field for writing. */
  focus(type) {
    if (this.#fields === null) this.#build();
    show(this.node, true);
    show(this.#fields[type].node, true);
    this.#fields[type].node.focus();
  }

  /** Hands over what was typed and not yet kept. */
  commit() {
    for (const field of Object.values(this.#fields ?? {})) field.commit();
  }

  #isWriting(field) {
    return document.activeElement === field.node;
  }

  #build() {
    const chip = (text, key, work) => el("button", { type: "button", class: "vp-lb-chip", "aria-pressed": "false", onclick: work },
      el("span", { text }), el("kbd", { class: "vp-kbd", "aria-hidden": "true", text: key }));
    if (this.#options.error_types) {
      ERROR_TYPES.forEach((type, at) => this.#types.set(type, chip(ERROR_WORDS[type], String(at + 4), () => this.#on.errorType(this.#step, type))));
    }
    if (this.#options.first_error) this.#first = chip("First error", "X", () => this.#on.firstError(this.#step));
    const field = (name, type) => new WrittenField(name, (text) => this.#on.write(this.#step, type, text), { class: "vp-lb-detail-text", dir: "auto" });
    this.#fields = { correction: field("What the step should say", "correction"), step_note: field("Remark on this step", "step_note") };
    const chips = [...this.#types.values(), this.#first].filter(Boolean);
    this.node.append(el("div", { class: "vp-lb-chips", role: "group", "aria-label": `Error in step ${this.#step + 1}` }, ...chips),
      ...Object.values(this.#fields).map(({ node }) => node));
  }
}
