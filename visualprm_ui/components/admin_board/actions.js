// Buttons and forms that ask the server to do something: busy while it does, its refusal said beside them.

import { el, setText } from "../../assets/dom.js";
import { call } from "../../assets/rest.js";

/** A button that runs `work()` once at a time; `said` is the node that takes the refusal's sentence. */
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
        setText(status, error.message);
      }
      button.disabled = false;
    },
  });
  return button;
}

/** A button that asks once more before it works. */
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

/** Where refusals and results are said. */
export function statusLine() {
  return el("p", { class: "vp-status-line", role: "status" });
}

/** A secret link, shown once, with a button that copies it. */
export function secretLink(path, until) {
  const link = new URL(path, document.baseURI).href;
  const field = el("input", {
    type: "text",
    readonly: "",
    value: link,
    "aria-label": "Link",
    onfocus: (event) => event.target.select(),
  });
  const copied = statusLine();
  return el(
    "div",
    { class: "vp-admin-link vp-card" },
    el("p", {
      text: `Pass this link on yourself. It works once, until ${new Date(until).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" })}, and is not shown again.`,
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
      copied,
    ),
  );
}

/** A labelled field. */
export function field(label, control, hint = "") {
  return el(
    "label",
    { class: "vp-admin-field" },
    el("span", { class: "vp-label", text: label }),
    control,
    hint ? el("span", { class: "vp-status-line", text: hint }) : null,
  );
}

/** A select with [[value, text], ...]. */
export function select(name, options, value) {
  return el(
    "select",
    { name },
    ...options.map(([key, text]) => el("option", { value: key, text, selected: String(value) === String(key) })),
  );
}

export const post = (path, body = {}) => call(path, { method: "POST", body });
export const patch = (path, body) => call(path, { method: "PATCH", body });
export const remove = (path) => call(path, { method: "DELETE" });
