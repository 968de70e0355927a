// The line below the app bar: which queue and item, how far, whether everything is saved, whether scores are hidden.

import { el, ownTabLink, setAttr, setChildren, setText, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { signInAddress } from "../../assets/rest.js";
import { iconButton, namedButton, pagesButton } from "./bar_buttons.js";
import { passMark, saveStateMessage } from "./messages.js";

const STEADY = 350; // milliseconds that "Saving…" stays, so that fast saves do not flicker

/** @import { IconName } from "../../assets/icons.js" */
/** @import { OutboxState } from "../../assets/outbox.js" */
/** @import { Item } from "./item.js" */
/** @import { Command } from "./keys.js" */

/**
 * @typedef {object} StatusListener
 * @property {(command: Command) => void} run
 * @property {() => void} toggleReveal switches whether scores are revealed after submission
 * @typedef {{ icon: IconName, text: string, label: string }} BlindingText
 */

/** @type {Record<"blind" | "ready" | "shown", BlindingText>} */
const BLINDING = {
  blind: { icon: "blind", text: "Blind", label: "Blind: the model's scores are hidden until you submit" },
  ready: { icon: "eye", text: "Reveal scores", label: "Reveal scores (B)" },
  shown: {
    icon: "eye",
    text: "Scores shown",
    label: "Scores shown: labels you change now are kept as a second opinion. Hide them (B)",
  },
};

export class StatusBar {
  #title = el("h1", { class: "vp-lb-title" });
  #name = el("span", { class: "vp-num vp-lb-item-id" });
  #source = el("span", { class: "vp-tag vp-lb-source" });
  #position = el("span", { class: "vp-lb-position" });
  #fill = el("span", { class: "vp-lb-progress-fill" });
  #progress = el("span", { class: "vp-lb-progress", role: "progressbar", "aria-valuemin": "0" }, this.#fill);
  #save = el("span", { class: "vp-lb-save", "data-tone": "quiet" });
  #spoken = el("span", { class: "vp-hidden", role: "status" });
  #blinding;
  #revealToggle;
  #previous;
  #next;
  #savingSince = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer = undefined;
  /** @type {string | null} */
  #shown = null;

  /**
   * @param {StatusListener} on
   */
  constructor(on) {
    this.#previous = iconButton("left", "Previous item ([)", () => on.run("previousItem"));
    this.#next = iconButton("right", "Next item (])", () => on.run("nextItem"));
    this.#blinding = el("button", { type: "button", class: "vp-lb-blinding", onclick: () => on.run("scores") });
    this.#revealToggle = el(
      "button",
      {
        type: "button",
        class: "vp-lb-reveal-toggle",
        role: "switch",
        "aria-label": "Reveal scores after submit",
        onclick: on.toggleReveal,
      },
      el("span", { class: "vp-lb-switch" }),
      el("span", { class: "vp-lb-reveal-toggle-text", text: "Reveal after submit" }),
    );
    this.node = el(
      "header",
      { class: "vp-lb-status-bar" },
      el(
        "div",
        { class: "vp-lb-status-item" },
        pagesButton(),
        this.#title,
        this.#name,
        this.#source,
        el("nav", { class: "vp-lb-pager", "aria-label": "Items" }, this.#previous, this.#position, this.#next),
        namedButton("grid", "Items", "O", "All your items, and your pace", () => on.run("map")),
        this.#progress,
      ),
      el(
        "div",
        { class: "vp-lb-status-end" },
        this.#save,
        this.#spoken,
        this.#revealToggle,
        this.#blinding,
        namedButton("book", "Guideline", "G", "Labelling guideline", () => on.run("guideline")),
        namedButton("keyboard", "Keys", "?", "What each key does", () => on.run("help"), "vp-lb-keyboard"),
      ),
    );
  }

  /**
   * Shows where the person is.
   * @param {{ title: string, done: number, total: number }} queue
   * @param {Item | null} item null: the end of the queue
   */
  drawPosition({ title, done, total }, item) {
    setText(this.#title, title);
    this.#title.title = title;
    for (const node of [this.#name, this.#previous, this.#next, this.#blinding, this.#revealToggle])
      show(node, item !== null);
    const about = item?.task.is_quiz ? passMark(item.task.options.quiz_pass) : (item?.task.data_source ?? "");
    setAttr(this.#source, "data-quiz", item?.task.is_quiz ? "" : null);
    show(this.#source, about !== "");
    setText(this.#name, item ? item.id.slice(0, 8) : "");
    setText(this.#source, about);
    const at = item ? item.task.position + 1 : null;
    setText(this.#position, at === null ? (total > 0 ? `${done} of ${total} done` : "") : `${at} of ${total}`);
    show(this.#progress, total > 0);
    setAttr(this.#previous, "aria-disabled", at === 1 ? "true" : null);
    setAttr(this.#next, "aria-disabled", at === total ? "true" : null);
    setAttr(this.#progress, "aria-valuemax", total);
    setAttr(this.#progress, "aria-valuenow", done);
    setAttr(this.#progress, "aria-label", `${done} of ${total} items done`);
    this.#progress.title = `${done} of ${total} items done`;
    this.#fill.style.width = `${total ? (100 * done) / total : 0}%`;
  }

  /**
   * Shows whether the scores are hidden, can be asked for, or are shown.
   * @param {Item} item
   * @param {boolean} after whether scores are revealed after submission
   */
  drawBlinding(item, after) {
    setAttr(this.#revealToggle, "aria-checked", String(after));
    const state = item.shownReveal ? "shown" : item.canReveal ? "ready" : "blind";
    show(this.#revealToggle, item.task.options?.blind !== false); // nothing to wait for where scores are shown at once
    if (this.#blinding.dataset.state === state) return;
    this.#blinding.dataset.state = state;
    const { icon: name, text, label } = BLINDING[state];
    setAttr(this.#blinding, "aria-label", label);
    setAttr(this.#blinding, "aria-disabled", state === "blind" ? "true" : null);
    this.#blinding.title = label;
    setChildren(this.#blinding, [icon(name), el("span", { text })]);
  }

  /**
   * Shows the outbox's state. Saved is painted no sooner than the eye can follow.
   * @param {OutboxState} state
   */
  drawSave(state) {
    clearTimeout(this.#timer);
    if (state.kind === "saving") this.#savingSince = performance.now();
    const wait = state.kind === "saved" && !state.volatile ? this.#savingSince + STEADY - performance.now() : 0;
    if (wait > 0) this.#timer = setTimeout(() => this.#paintSave(state), wait);
    else this.#paintSave(state);
  }

  /** @param {OutboxState} state */
  #paintSave(state) {
    const { text, short, icon: name, tone } = saveStateMessage(state);
    if (text === this.#shown) return;
    this.#shown = text;
    const wasBad = this.#save.dataset.tone === "bad";
    setAttr(this.#save, "data-tone", tone);
    setAttr(this.#save, "data-state", state.kind);
    this.#save.title = text;
    const remedy = remedyControl(state.kind);
    setChildren(this.#save, [
      icon(name),
      el("span", { class: "vp-lb-long", text }),
      el("span", { class: "vp-lb-short", "aria-hidden": "true", text: short }),
      ...(remedy ? [remedy] : []),
    ]);
    // "Saving…" after every key would drown a screen reader; trouble and its end are news.
    if (tone === "bad" || wasBad) setText(this.#spoken, text);
  }
}

/**
 * Returns the control that helps where changes cannot be sent as this person; null where there is nothing to press.
 * @param {OutboxState["kind"]} kind
 */
function remedyControl(kind) {
  if (kind === "signed_out") return el("a", { class: "vp-btn", href: signInAddress(), text: "Sign in" });
  if (kind === "no_cookie") return ownTabLink("Open in its own tab", { class: "vp-btn" });
  if (kind === "other_guest")
    return el("button", { type: "button", class: "vp-btn", text: "Reload", onclick: () => location.reload() });
  return null;
}
