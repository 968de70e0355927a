// Forms of the account pages: labelled fields, one message, one button that cannot be pressed twice, a wait after too
// many tries.

import { el, setText, show } from "../../assets/dom.js";
import { errorText, RestError } from "../../assets/rest.js";

/** @import { AttributeValue } from "../../assets/dom.js" */

/**
 * @typedef {{ node: Element, input: HTMLInputElement }} Field
 * @typedef {object} FieldSettings
 * @property {string} [type] text by default
 * @property {string} [autocomplete] tells password managers what it is; off by default
 * @property {string | null} [hint]
 * @property {string} [value]
 * @typedef {FieldSettings & Record<string, AttributeValue>} FieldOptions with further attributes of the input
 */

const DEFAULT_WAIT = 30; // seconds, where the server names none

/**
 * Returns a labelled input.
 * @param {string} label
 * @param {FieldOptions} [options]
 * @returns {Field}
 */
export function field(label, { type = "text", autocomplete = "off", hint = null, value = "", ...attributes } = {}) {
  const id = `vp-f-${label.toLowerCase().replace(/\W+/g, "-")}`;
  const input = el("input", {
    id,
    type,
    autocomplete,
    value,
    required: true,
    "aria-describedby": hint ? `${id}-hint` : null,
    ...attributes,
  });
  const node = el(
    "div",
    { class: "vp-field" },
    el("label", { for: id, text: label }),
    input,
    hint ? el("p", { id: `${id}-hint`, class: "vp-field-hint", text: hint }) : null,
  );
  return { node, input };
}

/**
 * Returns a form whose submission awaits `act`; a failure is shown above the button. `done` shows a success.
 * @param {object} options
 * @param {Field[]} options.fields
 * @param {string} options.button
 * @param {() => Promise<void>} options.act
 */
export function form({ fields, button, act }) {
  const message = el("p", { class: "vp-banner vp-banner-bad", role: "alert", hidden: true });
  const status = el("p", { class: "vp-account-status", role: "status" });
  const submit = el("button", { type: "submit", class: "vp-btn vp-btn-primary", text: button });
  /** @param {string} text */
  const showError = (text) => {
    setText(message, text);
    show(message, text !== "");
  };
  const node = el("form", { class: "vp-form" }, ...fields.map((each) => each.node), message, status, submit);
  node.addEventListener("submit", async (event) => {
    event.preventDefault();
    showError("");
    setText(status, "");
    submit.disabled = true;
    try {
      await act();
    } catch (error) {
      if (error instanceof RestError && error.status === 429) {
        waitOut(error.retryAfter ?? DEFAULT_WAIT, showError, submit, button);
        return;
      }
      showError(errorText(error));
      fields.at(-1)?.input.focus();
    }
    submit.disabled = false;
  });
  const done = (/** @type {string} */ text) => setText(status, text);
  return { node, showError, done };
}

/**
 * Counts down the seconds the server asked to wait, then lets the person try again.
 * @param {number} seconds
 * @param {(text: string) => void} showError
 * @param {HTMLButtonElement} submit
 * @param {string} label
 */
function waitOut(seconds, showError, submit, label) {
  const until = Date.now() + 1000 * seconds;
  const tick = () => {
    const left = Math.ceil((until - Date.now()) / 1000);
    if (left > 0) {
      showError(`Too many wrong passwords. Try again in ${left} s.`);
      submit.textContent = `Wait ${left} s`;
      setTimeout(tick, 250);
      return;
    }
    showError("");
    submit.textContent = label;
    submit.disabled = false;
  };
  tick();
}

/** Returns two password fields that must agree; reading `value` throws a sentence when they do not. */
export function newPassword() {
  const first = field("New password", {
    type: "password",
    autocomplete: "new-password",
    minlength: 10,
    maxlength: 1024,
    hint: "At least 10 characters. A few random words work well.",
  });
  const repeated = field("Repeat it", {
    type: "password",
    autocomplete: "new-password",
    minlength: 10,
    maxlength: 1024,
  });
  return {
    fields: [first, repeated],
    get value() {
      if (first.input.value !== repeated.input.value)
        throw new Error("The two passwords differ. Type the same one twice.");
      return first.input.value;
    },
    clear() {
      for (const { input } of [first, repeated]) input.value = "";
    },
  };
}

/** Returns where to go after signing in: the page in ?next=, if it is one of ours, else Explore. */
export function nextPage() {
  const wanted = new URLSearchParams(location.search).get("next") ?? "";
  const root = new URL("./", document.baseURI);
  const target = new URL(wanted, root);
  return target.origin === root.origin && target.pathname.startsWith(root.pathname) ? target.href : root.href;
}
