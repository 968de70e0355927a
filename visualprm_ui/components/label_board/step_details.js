// What a project may ask about one step besides its label: the type of error, whether it is the first one, a
// correction, a remark. Hidden until the step is labelled wrong or something is written; built when it is first needed.
// Every question shows its key.

import { el, setAttr, show } from "../../assets/dom.js";
import { ERROR_TYPE_NAMES, ERROR_TYPES } from "../../assets/labels.js";
import { showText } from "../../assets/rich_text.js";
import { AutosaveField } from "./autosave_field.js";

/** @import { ErrorType, TaskOptions } from "../../assets/api.d.ts" */
/** @import { Item, StepText } from "./item.js" */

/**
 * @typedef {object} DetailsListener
 * @property {(type: ErrorType, step: number) => void} errorType
 * @property {(step: number) => void} firstError
 * @property {(type: StepText, text: string, step: number) => void} write
 * @property {() => void} left the focus left a field
 * @typedef {{ field: AutosaveField, button: HTMLButtonElement, shown: HTMLElement }} TextField a field with the button
 *   that opens it, and its text as others will read it
 */

/**
 * @param {string} text
 * @param {string} key
 * @param {() => void} work
 * @param {string | null} [pressed]
 */
function chip(text, key, work, pressed = "false") {
  return el(
    "button",
    { type: "button", class: "vp-lb-chip", "aria-pressed": pressed, onclick: work },
    el("span", { text }),
    el("kbd", { class: "vp-kbd", "aria-hidden": "true", text: key }),
  );
}

const MARKUP = /[$\\*_`#|]/; // formulas and Markdown: other texts look as they were typed

/** @param {AutosaveField} field */
function isWriting(field) {
  return document.activeElement === field.node;
}

export class StepDetails {
  #options;
  #step;
  #on;
  /** @type {Map<ErrorType, HTMLButtonElement>} */
  #types = new Map();
  /** @type {HTMLButtonElement | null} */
  #first = null;
  /** @type {Record<StepText, TextField> | null} */
  #fields = null;

  /**
   * @param {number} step
   * @param {Partial<TaskOptions>} options
   * @param {DetailsListener} on
   */
  constructor(step, options, on) {
    this.#step = step;
    this.#options = options;
    this.#on = on;
    this.node = el("div", { class: "vp-lb-details", hidden: true });
  }

  /** @param {Item} item */
  draw(item) {
    const step = this.#step;
    const { note, correction, errorType } = item.draft.details[step];
    const isFirst = this.#options.first_error === true && item.firstError === step;
    const hasContent = Boolean(note || correction || errorType || item.draft.firstError === step);
    // A wrong step keeps its questions in sight until one is answered: the rows below do not jump when the person goes
    // on.
    const isOpen = this.#asks && item.draft.labels[step] === -1 && (item.questionedStep === step || !hasContent);
    show(this.node, isOpen || hasContent || this.#isWriting);
    if (!isOpen && !hasContent && this.#fields === null) return;
    const fields = this.#built();
    for (const [type, button] of this.#types) {
      setAttr(button, "aria-pressed", String(errorType === type));
      show(button, isOpen || errorType === type);
    }
    if (this.#first) {
      setAttr(this.#first, "aria-pressed", String(isFirst));
      show(this.#first, isOpen || isFirst);
    }
    this.#drawField(fields.correction, correction, isOpen);
    this.#drawField(fields.step_note, note, isOpen);
  }

  /**
   * @param {TextField} textField
   * @param {string} text
   * @param {boolean} isOpen whether the questions are asked
   */
  #drawField({ field, button, shown }, text, isOpen) {
    field.set(text);
    drawShown(shown, field.node.value);
    const isShown = text !== "" || isWriting(field);
    show(field.node, isShown);
    show(button, isOpen && !isShown && this.#options.step_notes === true);
  }

  get #asks() {
    return Boolean(this.#options.error_types || this.#options.first_error || this.#options.step_notes);
  }

  get #isWriting() {
    return Object.values(this.#fields ?? {}).some(({ field }) => isWriting(field));
  }

  /**
   * Opens a field for writing.
   * @param {StepText} type
   */
  focus(type) {
    const { field, button } = this.#built()[type];
    show(this.node, true);
    show(field.node, true);
    field.node.focus();
    show(button, false);
  }

  /** Saves what was typed and not saved yet. */
  commit() {
    for (const { field } of Object.values(this.#fields ?? {})) field.commit();
  }

  /** Returns the fields; builds everything at the first call. */
  #built() {
    if (this.#fields !== null) return this.#fields;
    if (this.#options.error_types) {
      for (const [at, type] of ERROR_TYPES.entries()) {
        const choose = () => this.#on.errorType(type, this.#step);
        this.#types.set(type, chip(ERROR_TYPE_NAMES[type], String(at + 4), choose));
      }
    }
    if (this.#options.first_error) this.#first = chip("First error", "X", () => this.#on.firstError(this.#step));
    this.#fields = {
      correction: this.#textField(
        "correction",
        "What the step should say",
        chip("Fix", "C", () => this.focus("correction"), null),
      ),
      step_note: this.#textField(
        "step_note",
        "Remark on this step",
        chip("Remark", "M", () => this.focus("step_note"), null),
      ),
    };
    const fields = Object.values(this.#fields);
    const first = this.#first === null ? [] : [this.#first];
    const chips = [...this.#types.values(), ...first, ...fields.map(({ button }) => button)];
    this.node.append(
      el("div", { class: "vp-lb-chips", role: "group", "aria-label": `Error in step ${this.#step + 1}` }, ...chips),
      ...fields.flatMap(({ field, shown }) => [field.node, shown]),
    );
    return this.#fields;
  }

  /**
   * @param {StepText} type
   * @param {string} name
   * @param {HTMLButtonElement} button
   * @returns {TextField}
   */
  #textField(type, name, button) {
    const save = (/** @type {string} */ text) => this.#on.write(type, text, this.#step);
    const field = new AutosaveField(name, save, { class: "vp-lb-detail-text", dir: "auto" });
    const shown = el("div", { class: "vp-lb-detail-shown", dir: "auto", hidden: true });
    field.node.addEventListener("blur", () => this.#on.left());
    field.node.addEventListener("input", () => drawShown(shown, field.node.value));
    return { field, button, shown };
  }
}

/**
 * Shows a text as others will read it, where that differs from what is typed.
 * @param {HTMLElement} node
 * @param {string} text
 */
function drawShown(node, text) {
  const isSet = MARKUP.test(text);
  show(node, isSet);
  if (isSet) showText(node, text);
}
