// Buttons and fields of forms that ask the server to do something: busy while it does, its refusal shown beside them.

import { el, selectedField, setText } from "../../assets/dom.js";
import { call, errorText } from "../../assets/rest.js";

/** @import { Attributes } from "../../assets/dom.js" */

/**
 * Returns a button that runs `work` once at a time.
 * @param {string} text
 * @param {() => Promise<void>} work
 * @param {HTMLElement} status takes the sentence of a refusal
 * @param {Attributes} [attributes]
 */
export function actionButton(text, work, status, attributes = {}) {
  const button = el("button", {
    type: "button",
    class: "vp-btn",
    text,
    ...attributes,
    onclick: async () => {
      button.disabled = true;
      setText(status, "");
      try {
        await work();
      } catch (error) {
        setText(status, errorText(error));
      }
      button.disabled = false;
    },
  });
  return button;
}

/**
 * Returns a button that asks once more before it works.
 * @param {string} text
 * @param {string} question
 * @param {() => Promise<void>} work
 * @param {HTMLElement} status takes the sentence of a refusal
 */
export function confirmButton(text, question, work, status) {
  let armed = false;
  const button = actionButton(
    text,
    async () => {
      if (!armed) {
        armed = true;
        setText(button, question);
        setTimeout(() => {
          armed = false;
          setText(button, text);
        }, 4000);
        return;
      }
      await work();
    },
    status,
  );
  return button;
}

/** Returns the place for refusals and results. */
export function statusLine() {
  return el("p", { class: "vp-status-line", role: "status" });
}

/**
 * Returns a secret link, shown once, with a button that copies it.
 * @param {string} path
 * @param {string} until
 * @param {boolean} [mine] whether it is most likely for who made it, who can open it then
 */
export function secretLink(path, until, mine = false) {
  const link = new URL(path, document.baseURI).href;
  const field = selectedField(link, { "aria-label": "Link" });
  const time = new Date(until).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  const copied = statusLine();
  return el(
    "div",
    { class: "vp-admin-link vp-card" },
    el("p", {
      text:
        (mine ? "Open this link to choose your password, or pass it on" : "Pass this link on") +
        `: no mail is sent. It works once, until ${time}, and will not be shown again.`,
    }),
    el(
      "div",
      { class: "vp-button-row" },
      field,
      actionButton(
        "Copy",
        async () => {
          await navigator.clipboard.writeText(link);
          setText(copied, "Copied");
        },
        copied,
      ),
      mine ? el("a", { class: "vp-btn vp-btn-primary", href: link, text: "Open" }) : "",
      copied,
    ),
  );
}

/**
 * Returns a labelled field.
 * @param {string} label
 * @param {HTMLElement} control
 * @param {string} [hint]
 */
export function field(label, control, hint = "") {
  return el(
    "label",
    { class: "vp-admin-field" },
    el("span", { class: "vp-label", text: label }),
    control,
    hint ? el("span", { class: "vp-status-line", text: hint }) : null,
  );
}

/**
 * A select with [[value, text], ...].
 * @param {string} name
 * @param {[value: string, text: string][]} options
 * @param {string} value
 */
export function select(name, options, value) {
  return el(
    "select",
    { name },
    ...options.map(([key, text]) => el("option", { value: key, text, selected: String(value) === String(key) })),
  );
}

/**
 * @template T
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<T>}
 */
export const post = (path, body = {}) => call(path, { method: "POST", body });
/**
 * @param {string} path
 * @param {object} body
 */
export const patch = (path, body) => call(path, { method: "PATCH", body });
/** @param {string} path */
export const remove = (path) => call(path, { method: "DELETE" });
