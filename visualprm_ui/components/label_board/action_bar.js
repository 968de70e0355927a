// The bottom of the right side: undo, flag, skip, note, submit; on a phone also the thumb bar with the three labels.

import { el, setAttr, setChildren, setText } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { AutosaveField } from "./autosave_field.js";
import { labelChoice } from "./label_choice.js";
import { submitButton } from "./messages.js";

export class ActionBar {
  #flag;
  #submit;
  #submitText = el("span", { class: "vp-lb-submit-text" });
  #submitShort = el("span", { class: "vp-lb-submit-short" });
  #undo;
  #note;
  #noteButton;
  #thumb;

  /** `on`: undo, flag, skip, note(text), submit, previous, next, choose(value). */
  constructor(on) {
    const tool = (name, text, key, work) =>
      el(
        "button",
        { type: "button", class: "vp-lb-action", onclick: work },
        icon(name),
        el("span", { text }),
        el("kbd", { class: "vp-kbd", "aria-hidden": "true", text: key }),
      );
    this.#undo = tool("undo", "Undo", "U", on.undo);
    this.#flag = tool("flag", "Flag", "F", on.flag);
    this.#noteButton = tool("note", "Note", "N", () => this.focusNote());
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
    const turn = (name, label, work) =>
      el("button", { type: "button", class: "vp-lb-thumb-step", "aria-label": label, onclick: work }, icon(name, 20));
    this.node = el(
      "footer",
      { class: "vp-lb-action-bar" },
      el(
        "div",
        { class: "vp-lb-actions" },
        this.#undo,
        this.#flag,
        tool("skip", "Skip", "S", on.skip),
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
        turn("left", "Previous step", on.previous),
        this.#thumb.node,
        turn("right", "Next step", on.next),
      ),
    );
  }

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

  /** Hands over what was typed and not yet kept. Call before the item changes or the page goes. */
  commitNote() {
    this.#note.commit();
  }
}

/** A short message above the foot that goes by itself; screen readers hear it. */
export class Toast {
  #timer = null;

  constructor() {
    this.node = el("div", { class: "vp-lb-toast", role: "status" });
  }

  say(text, milliseconds = 2600) {
    clearTimeout(this.#timer);
    setChildren(this.node, [document.createTextNode(text)]);
    this.node.classList.add("vp-lb-toast-visible");
    this.#timer = setTimeout(() => this.node.classList.remove("vp-lb-toast-visible"), milliseconds);
  }
}
