// The dialog that deletes a run or a problem: says what goes with it, offers the labels as a file, asks for the name
// where labels go too. Loaded when it is opened. A native <dialog>: the focus stays inside, Esc closes it; Enter never
// deletes, unless the button itself has the focus.

import { el, setText, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { address, call, errorText } from "../../assets/rest.js";
import { loadStyleSheet } from "../../assets/stylesheet.js";
import { goesSentence, labelsSentence, tasksSentence } from "./sentences.js";

/** @import { DeletionView } from "../../assets/api.d.ts" */

/**
 * @typedef {object} Options
 * @property {string} path of what is deleted, such as "api/runs/ID"
 * @property {string} next where to go on afterwards
 * @property {string} nextText the text of the link that leads there
 */

/**
 * Asks what hangs on it, and opens the dialog. Throws RestError.
 * @param {Options} options
 */
export async function openDeletion(options) {
  /** @type {[DeletionView, void]} */
  const [view] = await Promise.all([
    call(`${options.path}/deletion`),
    loadStyleSheet(new URL("./style.css", import.meta.url)),
  ]);
  const node = deletionDialog(view, options);
  document.body.append(node);
  node.addEventListener("close", () => node.remove());
  node.showModal();
}

/**
 * @param {DeletionView} view
 * @param {Options} options
 */
function deletionDialog(view, options) {
  const heading = el("h2", { id: "vp-deletion-title", text: `Delete this ${view.kind}?` });
  const content = el("div", { class: "vp-deletion-content" });
  const node = el(
    "dialog",
    { class: "vp-host vp-deletion vp-fields", "aria-labelledby": "vp-deletion-title" },
    el("div", { class: "vp-deletion-body" }, heading, content),
  );
  const close = () => node.close();
  const keep = el("button", { type: "button", class: "vp-btn", text: "Keep it", autofocus: true, onclick: close });
  const name = el("input", { type: "text", autocomplete: "off", spellcheck: "false", dir: "auto" });
  const error = el("p", { class: "vp-deletion-error", role: "alert", hidden: true });
  const erase = eraseButton(view, name, async (body) => {
    show(error, false);
    try {
      await call(options.path, { method: "DELETE", body });
      setText(heading, `The ${view.kind} is deleted`);
      content.replaceChildren(wayOn(node, options));
    } catch (failure) {
      setText(error, errorText(failure));
      show(error, true);
    }
  });
  if (view.refusal) setText(keep, "Close");
  content.append(
    el("p", { class: "vp-deletion-name", dir: "auto", text: view.name }),
    ...[goesSentence(view), tasksSentence(view)].filter(Boolean).map((text) => el("p", { text })),
    view.has_labels ? labelsPart(view, name) : "",
    view.refusal ? el("p", { class: "vp-deletion-refusal", text: view.refusal }) : "",
    error,
    el("div", { class: "vp-deletion-buttons" }, keep, view.refusal ? null : erase),
  );
  return node;
}

/**
 * The button that deletes: live once the name is typed, where labels go too.
 * @param {DeletionView} view
 * @param {HTMLInputElement} name
 * @param {(body?: { labels: boolean, name: string }) => Promise<void>} work
 */
function eraseButton(view, name, work) {
  const isNamed = () => !view.has_labels || name.value.trim() === view.name;
  const button = el(
    "button",
    { type: "button", class: "vp-btn vp-deletion-erase", disabled: !isNamed() },
    icon("trash"),
    el("span", { text: view.has_labels ? `Delete it and ${labelCount(view)}` : "Delete it" }),
  );
  name.addEventListener("input", () => {
    button.disabled = !isNamed();
  });
  button.addEventListener("click", async () => {
    button.disabled = true;
    await work(view.has_labels ? { labels: true, name: name.value.trim() } : undefined);
    button.disabled = !isNamed();
  });
  return button;
}

/**
 * What stands in the dialog afterwards: the link that leads on, which closing it follows too.
 * @param {HTMLDialogElement} node
 * @param {Options} options
 */
function wayOn(node, { next, nextText }) {
  const link = el("a", { class: "vp-btn vp-btn-primary", href: next, text: nextText });
  node.addEventListener("close", () => location.assign(next));
  setTimeout(() => link.focus()); // once it stands in the page
  return el("div", { class: "vp-deletion-buttons" }, link);
}

/**
 * What is said of people's labels: the file to save first, and the name to type.
 * @param {DeletionView} view
 * @param {HTMLInputElement} name
 */
function labelsPart(view, name) {
  const offer = view.export
    ? el(
        "a",
        { class: "vp-btn", href: address(`api/${view.export}`), download: true },
        icon("download"),
        el("span", { text: "Download these labels first" }),
      )
    : null;
  const typed = el(
    "label",
    { class: "vp-deletion-typed" },
    el("span", {}, "To delete them too, type ", el("b", { dir: "auto", text: view.name })),
    name,
  );
  return el(
    "div",
    { class: "vp-banner vp-banner-bad vp-deletion-labels" },
    icon("warning"),
    el("div", {}, el("p", { text: labelsSentence(view) }), offer, view.refusal ? null : typed),
  );
}

/** @param {DeletionView} view */
function labelCount({ labels }) {
  return labels === 0 ? "their work" : labels === 1 ? "1 label" : `${labels} labels`;
}
