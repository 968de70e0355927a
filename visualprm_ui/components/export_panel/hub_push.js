// Puts an export that was made for the model hub there. The token is typed for this one time and kept nowhere.

import { el, setText } from "../../assets/dom.js";
import { call, errorText } from "../../assets/rest.js";
import { inWords } from "../transfer_panel/job_text.js";
import { errorLine, part, row } from "../transfer_panel/modal.js";

/** @import { Export, HubPush } from "../../assets/api.d.ts" */

const POLL_MS = 500;

/**
 * Returns the part of the dialog that asks where to, and with which token.
 * @param {Export} job an export that is done, of the format hub
 */
export function hubPushPart(job) {
  const path = `api/exports/${encodeURIComponent(job.id)}/push`;
  const name = el("input", {
    type: "text",
    id: "vp-push-name",
    required: true,
    maxlength: "200",
    placeholder: "OWNER/NAME",
    "aria-label": "Data set on the model hub",
  });
  const token = el("input", {
    type: "password",
    id: "vp-push-token",
    required: true,
    autocomplete: "off",
    "aria-label": "Token with write access",
  });
  const everybody = el("input", { type: "checkbox", id: "vp-push-public" });
  const replace = el("input", { type: "checkbox", id: "vp-push-replace" });
  const error = errorLine();
  const status = el("p", { class: "vp-status-line", role: "status" });
  const put = el("button", { type: "submit", class: "vp-btn", text: "Push it" });
  const form = el(
    "form",
    { class: "vp-push" },
    row("Data set", name),
    row("Token", token),
    check(everybody, "Public; otherwise only its owner can see it"),
    check(replace, "Replace the rows and card of a data set that did not come from this app"),
    el("p", {
      class: "vp-dataset-note",
      text: "Use a model hub token with write access. It is used this once and not stored.",
    }),
    error.line,
    el("div", { class: "vp-button-row" }, put, status),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    error.say("");
    put.disabled = true;
    const body = { name: name.value, token: token.value, private: !everybody.checked, replace: replace.checked };
    token.value = "";
    try {
      /** @type {HubPush} */
      let push = await call(path, { method: "POST", body });
      while (push.state === "running" && form.isConnected) {
        setText(
          status,
          `On its way to ${push.data_set} for ${inWords(push.seconds)}; it continues when this is closed.`,
        );
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
        push = await call(path);
      }
      setText(status, "");
      if (push.state === "failed") error.say(push.message ?? "");
      else if (push.address) status.replaceChildren(thereLink(push.address, push.data_set));
    } catch (problem) {
      setText(status, "");
      error.say(errorText(problem));
    }
    put.disabled = false;
  });
  return part("Push to the model hub", form);
}

/**
 * @param {string} href
 * @param {string} name
 */
function thereLink(href, name) {
  const isWeb = /^https?:\/\//.test(href);
  const link = isWeb
    ? el("a", { href, target: "_blank", rel: "noopener noreferrer", text: name })
    : el("b", { text: name });
  return el("span", {}, "Pushed: ", link);
}

/**
 * @param {HTMLInputElement} box
 * @param {string} text
 */
function check(box, text) {
  return el("label", { class: "vp-transfer-check" }, box, el("span", { text }));
}
