// The two dialogs: the keys, and why an item is skipped. Native <dialog>: focus is kept inside, Esc closes, focus goes
// back.

import { el } from "../../assets/dom.js";
import { SKIP_REASON_TEXTS, SKIP_REASONS } from "../../assets/labels.js";
import { digit, help } from "./keys.js";

/** @import { SkipReason, TaskOptions } from "../../assets/api.d.ts" */

/** The move in the list of reasons by key. */
const MOVES = new Map([
  ["ArrowDown", 1],
  ["j", 1],
  ["ArrowUp", -1],
  ["k", -1],
]);

/** Whether any modal dialog is open: the board's keys then mean nothing. */
export function dialogIsOpen() {
  return document.querySelector("dialog[open]") !== null;
}

/**
 * @param {string} title
 * @param {...Node} content
 */
export function dialog(title, ...content) {
  const id = `vp-lb-${title.toLowerCase().replace(/\W+/g, "-")}`;
  const node = el(
    "dialog",
    { class: "vp-lb-dialog", "aria-labelledby": id },
    el("h2", { id, text: title }),
    ...content,
  );
  node.addEventListener("click", (event) => {
    if (event.target === node) node.close(); // the backdrop; content covers the rest, the padding lies in children
  });
  return node;
}

/**
 * Lists the keys that mean something with these project options.
 * @param {Partial<TaskOptions>} [options]
 */
export function helpDialog(options) {
  return keysDialog(help(options));
}

/**
 * Lists keys with what they do.
 * @param {[keys: string[], text: string][]} list
 */
export function keysDialog(list) {
  const rows = list.flatMap(([keys, text]) => [
    el("dt", {}, ...keys.map((key) => el("kbd", { class: "vp-kbd", text: key }))),
    el("dd", { text }),
  ]);
  const node = dialog(
    "Keyboard",
    el("dl", { class: "vp-lb-keys" }, ...rows),
    el("p", { class: "vp-lb-dialog-note", text: "Keys do nothing while you type. Esc leaves the field." }),
    el("button", { type: "button", class: "vp-btn", text: "Close", autofocus: true, onclick: () => node.close() }),
  );
  return node;
}

/**
 * Asks for a reason to skip. Digits choose at once, arrows move.
 * @param {(reason: SkipReason) => void} choose
 */
export function skipDialog(choose) {
  const pick = (/** @type {SkipReason} */ reason) => {
    if (!node.open) return; // Esc has closed it, the focus has not left it yet: Enter must not skip
    node.close();
    choose(reason);
  };
  const buttons = SKIP_REASONS.map((reason, index) =>
    el(
      "button",
      { type: "button", class: "vp-lb-reason", autofocus: index === 0, onclick: () => pick(reason) },
      el("kbd", { class: "vp-kbd", "aria-hidden": "true", text: String(index + 1) }),
      el("span", { text: SKIP_REASON_TEXTS[reason] }),
    ),
  );
  const node = dialog(
    "Why skip this item?",
    el("div", { class: "vp-lb-reasons" }, ...buttons),
    el("p", {
      class: "vp-lb-dialog-note",
      text: "Your labels are kept as a draft, and you can come back to this item.",
    }),
    el("button", { type: "button", class: "vp-btn", text: "Do not skip", onclick: () => node.close() }),
  );
  node.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const by = MOVES.get(event.key);
    const reason = SKIP_REASONS[Number(digit(event)) - 1];
    if (reason) pick(reason);
    else if (by) {
      const at = buttons.findIndex((button) => button.matches(":focus"));
      buttons[(at + by + buttons.length) % buttons.length].focus();
    } else return;
    event.preventDefault();
  });
  return node;
}
