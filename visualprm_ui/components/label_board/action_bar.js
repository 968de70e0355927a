// The bottom of the right side: undo, flag, skip, note, submit; on a phone also the thumb bar with the three labels.

import { el, setAttr, setText } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { AutosaveField } from "./autosave_field.js";
import { labelChoice } from "./label_choice.js";
import { submitButton } from "./messages.js";

/** @import { IconName } from "../../assets/icons.js" */
/** @import { Label } from "../../assets/api.d.ts" */
/** @import { Item } from "./item.js" */

/**
 * @typedef {object} ActionListener
 * @property {() => void} undo
 * @property {() => void} flag
 * @property {() => void} skip
 * @property {() => void} submit
 * @property {() => void} previous step
 * @property {() => void} next step
 * @property {(text: string) => void} note
 * @property {(label: Label) => void} choose of the current step
 */

/**
 * @param {IconName} name
 * @param {string} text
 * @param {string} key
 * @param {() => void} work
 */
function action(name, text, key, work) {
  return el(
    "button",
    { type: "button", class: "vp-lb-action", onclick: work },
    icon(name),
    el("span", { text }),
    el("kbd", { class: "vp-kbd", "aria-hidden": "true", text: key }),
  );
}

/**
 * @param {IconName} name
 * @param {string} label
 * @param {() => void} work
 */
function stepButton(name, label, work) {
  return el(
    "button",
    { type: "button", class: "vp-lb-thumb-step", "aria-label": label, onclick: work },
    icon(name, 20),
  );
}

export class ActionBar {
  #flag;
  #submit;
  #submitText = el("span", { class: "vp-lb-submit-text" });
  #submitShort = el("span", { class: "vp-lb-submit-short" });
  #undo;
  #note;
  #noteButton;
  #thumb;

  /** @param {ActionListener} on */
  constructor(on) {
    this.#undo = action("undo", "Undo", "U", on.undo);
    this.#flag = action("flag", "Flag", "F", on.flag);
    this.#noteButton = action("note", "Note", "N", () => this.focusNote());
    this.#noteButton.classList.add("vp-lb-note-button");
    this.#note = new AutosaveField("Note for this item", on.note);
    this.#note.node.addEventListener("blur", () => this.node.classList.remove("vp-lb-note-open"));
    this.#submit = el(
      "button",
      { type: "button", class: "vp-lb-submit", onclick: on.submit },
      this.#submitText,
      this.#submitShort,
      el("kbd", { class: "vp-kbd", "aria-hidden": "true", text: "↵" }),
    );
    this.#thumb = labelChoice("Current step", (value) => on.choose(value));
    this.node = el(
      "footer",
      { class: "vp-lb-action-bar" },
      el(
        "div",
        { class: "vp-lb-actions" },
        this.#undo,
        this.#flag,
        action("skip", "Skip", "S", on.skip),
        this.#noteButton,
        el(
          "div",
          { class: "vp-lb-note" },
          icon("note"),
          this.#note.node,
          el("kbd", { class: "vp-kbd", "aria-hidden": "true", text: "N" }),
        ),
        this.#submit,
      ),
      el(
        "div",
        { class: "vp-lb-thumb" },
        stepButton("left", "Previous step", on.previous),
        this.#thumb.node,
        stepButton("right", "Next step", on.next),
      ),
    );
  }

  /** @param {Item} item */
  draw(item) {
    setAttr(this.#undo, "aria-disabled", item.history.length === 0 ? "true" : null);
    setAttr(this.#flag, "aria-pressed", String(item.draft.flagged));
    this.#thumb.set(item.draft.labels[item.current] ?? null);
    this.#note.set(item.draft.note);
    setAttr(this.#noteButton, "aria-pressed", String(item.draft.note !== ""));
    const { text, short, ready } = submitButton(item);
    setText(this.#submitText, text);
    setText(this.#submitShort, short);
    setAttr(this.#submit, "aria-disabled", ready ? null : "true");
  }

  focusNote() {
    this.node.classList.add("vp-lb-note-open");
    this.#note.node.focus();
  }

  /** Saves what was typed and not saved yet. Call before the item changes or the page goes. */
  commitNote() {
    this.#note.commit();
  }
}
