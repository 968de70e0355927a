// What a project may ask about one step besides its label: the kind of error, whether it is the first one, a correction, a remark.
// Out of the way until the step is labelled wrong or something is written; built when it is first needed. Every question shows its key.

import { el, setAttr, show } from "../../assets/dom.js";
import { ERROR_TYPE_NAMES, ERROR_TYPES } from "../../assets/labels.js";
import { AutosaveField } from "./autosave_field.js";

export class StepDetails {
  #options;
  #step;
  #on;
  #types = new Map(); // error type -> button
  #first = null;
  #fields = null; // {correction, step_note}: {field: WrittenField, button that opens it}

  /** `options` of the task; `on`: errorType(step, type), firstError(step), write(step, type, text), left() a field. */
  constructor(step, options, on) {
    this.#step = step;
    this.#options = options;
    this.#on = on;
    this.node = el("div", { class: "vp-lb-details", hidden: true });
  }

  draw(item) {
    const step = this.#step;
    const { note, correction, errorType } = item.draft.details[step];
    const isFirst = this.#options.first_error && item.firstError === step;
    const said = Boolean(note || correction || errorType || item.draft.firstError === step);
    // A wrong step keeps its questions in sight until something is said: the rows below do not jump when the person goes on.
    const open = this.#asks && item.draft.labels[step] === -1 && (item.questionedStep === step || !said);
    if ((open || said) && this.#fields === null) this.#build();
    show(this.node, open || said || this.writing);
    if (this.#fields === null) return;
    for (const [type, button] of this.#types) {
      setAttr(button, "aria-pressed", String(errorType === type));
      show(button, open || errorType === type);
    }
    if (this.#first) {
      setAttr(this.#first, "aria-pressed", String(isFirst));
      show(this.#first, open || isFirst);
    }
    const texts = { correction, step_note: note };
    for (const [type, { field, button }] of Object.entries(this.#fields)) {
      field.set(texts[type]);
      const shown = texts[type] !== "" || this.#isWriting(field);
      show(field.node, shown);
      show(button, open && !shown && this.#options.step_notes);
    }
  }

  get #asks() {
    return Boolean(this.#options.error_types || this.#options.first_error || this.#options.step_notes);
  }

  /** True while the person writes here. */
  get writing() {
    return this.#fields !== null && Object.values(this.#fields).some(({ field }) => this.#isWriting(field));
  }

  /** Opens the "correction" or "step_note" field for writing. */
  focus(type) {
    if (this.#fields === null) this.#build();
    const { field, button } = this.#fields[type];
    show(this.node, true);
    show(field.node, true);
    field.node.focus();
    show(button, false);
  }

  /** Hands over what was typed and not yet kept. */
  commit() {
    for (const { field } of Object.values(this.#fields ?? {})) field.commit();
  }

  #isWriting(field) {
    return document.activeElement === field.node;
  }

  #build() {
    const chip = (text, key, work, pressed = "false") =>
      el(
        "button",
        { type: "button", class: "vp-lb-chip", "aria-pressed": pressed, onclick: work },
        el("span", { text }),
        el("kbd", { class: "vp-kbd", "aria-hidden": "true", text: key }),
      );
    if (this.#options.error_types) {
      for (const [at, type] of ERROR_TYPES.entries()) {
        const choose = () => this.#on.errorType(this.#step, type);
        this.#types.set(type, chip(ERROR_TYPE_NAMES[type], String(at + 4), choose));
      }
    }
    if (this.#options.first_error) this.#first = chip("First error", "X", () => this.#on.firstError(this.#step));
    const written = (name, word, key, type) => {
      const field = new AutosaveField(name, (text) => this.#on.write(this.#step, type, text), {
        class: "vp-lb-detail-text",
        dir: "auto",
      });
      field.node.addEventListener("blur", () => this.#on.left());
      return { field, button: chip(word, key, () => this.focus(type), null) };
    };
    this.#fields = {
      correction: written("What the step should say", "Fix", "C", "correction"),
      step_note: written("Remark on this step", "Remark", "M", "step_note"),
    };
    const fields = Object.values(this.#fields);
    const chips = [...this.#types.values(), this.#first, ...fields.map(({ button }) => button)].filter(Boolean);
    this.node.append(
      el("div", { class: "vp-lb-chips", role: "group", "aria-label": `Error in step ${this.#step + 1}` }, ...chips),
      ...fields.map(({ field }) => field.node),
    );
  }
}
