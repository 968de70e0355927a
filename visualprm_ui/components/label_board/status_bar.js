// The line below the app bar: which queue and item, how far, whether everything is saved, whether scores are hidden.

import { el, ownTabLink, setAttr, setChildren, setText, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { signInAddress } from "../../assets/rest.js";
import { saveStateMessage } from "./messages.js";

const STEADY = 350; // milliseconds that "Saving…" stays, so that fast saves do not flicker

export class StatusBar {
  #title = el("h1", { class: "vp-lb-title" });
  #name = el("span", { class: "vp-num vp-lb-item-id" });
  #source = el("span", { class: "vp-tag vp-lb-source" });
  #position = el("span", { class: "vp-lb-position" });
  #fill = el("span", { class: "vp-lb-progress-fill" });
  #progress = el("span", { class: "vp-lb-progress", role: "progressbar", "aria-valuemin": "0" }, this.#fill);
  #save = el("span", { class: "vp-lb-save", "data-tone": "quiet" });
  #spoken = el("span", { class: "vp-hidden", role: "status" });
  #blind;
  #after;
  #back;
  #forth;
  #savingSince = 0;
  #timer = null;
  #shown = null;

  /** `on`: previousItem, nextItem, scores, toggleAfter, guideline, help. */
  constructor(on) {
    const small = (name, label, work) =>
      el(
        "button",
        { type: "button", class: "vp-lb-icon-button", "aria-label": label, title: label, onclick: work },
        icon(name),
      );
    this.#back = small("left", "Previous item ([)", on.previousItem);
    this.#forth = small("right", "Next item (])", on.nextItem);
    this.#blind = el("button", { type: "button", class: "vp-lb-blinding", onclick: on.scores });
    this.#after = el(
      "button",
      {
        type: "button",
        class: "vp-lb-reveal-toggle",
        role: "switch",
        "aria-label": "Reveal scores after submit",
        onclick: on.toggleAfter,
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
        this.#title,
        this.#name,
        this.#source,
        el("nav", { class: "vp-lb-pager", "aria-label": "Items" }, this.#back, this.#position, this.#forth),
        this.#progress,
      ),
      el(
        "div",
        { class: "vp-lb-status-end" },
        this.#save,
        this.#spoken,
        this.#after,
        this.#blind,
        el(
          "button",
          {
            type: "button",
            class: "vp-lb-icon-button vp-lb-help",
            "aria-label": "Guideline (G)",
            title: "Guideline (G)",
            onclick: on.guideline,
          },
          icon("book"),
        ),
        el(
          "button",
          {
            type: "button",
            class: "vp-lb-icon-button vp-lb-help vp-lb-keyboard",
            "aria-label": "Keyboard shortcuts (?)",
            title: "Keyboard shortcuts (?)",
            onclick: on.help,
          },
          icon("keyboard"),
        ),
      ),
    );
  }

  /** Shows where the person is. `item` null: the end of the queue. */
  drawPosition({ title, done, total }, item) {
    setText(this.#title, title);
    this.#title.title = title;
    for (const node of [this.#name, this.#back, this.#forth, this.#blind, this.#after]) show(node, item !== null);
    const about = item?.task.is_quiz ? "Entry quiz" : (item?.task.data_source ?? "");
    show(this.#source, about !== "");
    setText(this.#name, item ? item.id.slice(0, 8) : "");
    setText(this.#source, about);
    const at = item ? item.task.position + 1 : null;
    setText(this.#position, at === null ? (total > 0 ? `${done} of ${total} done` : "") : `${at} of ${total}`);
    show(this.#progress, total > 0);
    setAttr(this.#back, "aria-disabled", at === 1 ? "true" : null);
    setAttr(this.#forth, "aria-disabled", at === total ? "true" : null);
    setAttr(this.#progress, "aria-valuemax", total);
    setAttr(this.#progress, "aria-valuenow", done);
    setAttr(this.#progress, "aria-label", `${done} of ${total} items done`);
    this.#progress.title = `${done} of ${total} items done`;
    this.#fill.style.width = `${total ? (100 * done) / total : 0}%`;
  }

  /** Shows whether the scores are hidden, can be asked for, or are shown. */
  drawBlinding(item, after) {
    setAttr(this.#after, "aria-checked", String(after));
    const state = item.shown ? "shown" : item.mayReveal ? "ready" : "blind";
    show(this.#after, item.task.options?.blind !== false); // nothing to wait for where scores are shown at once
    if (this.#blind.dataset.state === state) return;
    this.#blind.dataset.state = state;
    const [name, text, label] = {
      blind: ["blind", "Blind", "Blind: the model's scores are hidden until you submit"],
      ready: ["eye", "Reveal scores", "Reveal scores (B)"],
      shown: ["eye", "Scores shown", "Scores shown: labels you change now are kept as a second opinion. Hide them (B)"],
    }[state];
    setAttr(this.#blind, "aria-label", label);
    setAttr(this.#blind, "aria-disabled", state === "blind" ? "true" : null);
    this.#blind.title = label;
    setChildren(this.#blind, [icon(name), el("span", { text })]);
  }

  /** Shows the outbox's state. Saved is said at once by the outbox, but painted no sooner than the eye can follow. */
  drawSave(state) {
    clearTimeout(this.#timer);
    if (state.kind === "saving") this.#savingSince = performance.now();
    const wait = state.kind === "saved" && !state.volatile ? this.#savingSince + STEADY - performance.now() : 0;
    if (wait > 0) this.#timer = setTimeout(() => this.#paintSave(state), wait);
    else this.#paintSave(state);
  }

  #paintSave(state) {
    const { text, short, icon: name, tone } = saveStateMessage(state);
    if (text === this.#shown) return;
    this.#shown = text;
    const wasBad = this.#save.dataset.tone === "bad";
    setAttr(this.#save, "data-tone", tone);
    setAttr(this.#save, "data-state", state.kind);
    this.#save.title = text;
    setChildren(
      this.#save,
      [
        icon(name),
        el("span", { class: "vp-lb-long", text }),
        el("span", { class: "vp-lb-short", "aria-hidden": "true", text: short }),
        remedyControl(state.kind),
      ].filter(Boolean),
    );
    // "Saving…" after every key would drown a screen reader; trouble and its end are news.
    if (tone === "bad" || wasBad) setText(this.#spoken, text);
  }
}

/** What leads on where changes cannot be sent as this person; null where there is nothing to press. */
function remedyControl(kind) {
  if (kind === "signed_out") return el("a", { class: "vp-btn", href: signInAddress(), text: "Sign in" });
  if (kind === "no_cookie") return ownTabLink("Open in its own tab", { class: "vp-btn" });
  if (kind === "other_guest")
    return el("button", { type: "button", class: "vp-btn", text: "Reload", onclick: () => location.reload() });
  return null;
}
