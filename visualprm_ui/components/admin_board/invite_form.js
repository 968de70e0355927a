// Inviting several people into a project at once: one name a line, and a link for each, shown once.

import { el, selectedField, setText } from "../../assets/dom.js";
import { plural } from "../../assets/plural.js";
import { errorText } from "../../assets/rest.js";
import { formatTime } from "../dataset_board/list_controls.js";
import { actionButton, field, post, select, statusLine } from "./actions.js";
import { adminLink } from "./project_address.js";

/** @import { InvitedList } from "../../assets/api.d.ts" */

/** @typedef {InvitedList["invited"][number]} Invited */

/**
 * Returns the names in a text, one a line or with commas between, each once.
 * @param {string} text
 */
export function namesIn(text) {
  const names = text.split(/[\n,;]/).map((each) => each.trim());
  return [...new Set(names.filter(Boolean))];
}

/** Says that links need accounts, and how the first one is made. */
export function noAccountsNote() {
  return el(
    "p",
    { class: "vp-status-line" },
    "There are no accounts yet. ",
    adminLink("admin?view=people", { "data-view": "people" }, "Invite yourself as the first admin"),
    " before you invite others.",
  );
}

/**
 * Returns the form, and what shows the links that were made: they cannot be had again.
 * @param {string} path of the project
 * @param {() => Promise<void>} onInvited
 */
export function inviteForm(path, onInvited) {
  const names = el("textarea", { rows: "3", maxlength: "20000", required: true, dir: "auto" });
  const role = select(
    "role",
    [
      ["annotator", "label"],
      ["reviewer", "label and review"],
    ],
    "annotator",
  );
  const status = statusLine();
  const links = el("div", { class: "vp-pp-links" });
  const show = (/** @type {InvitedList} */ made) => {
    if (made.invited.length) links.replaceChildren(...linkNodes(made.invited));
    setText(status, inviteText(made));
  };
  const form = el(
    "form",
    { class: "vp-pp-form", "aria-label": "Invite people by link" },
    field("Names of people to invite, one per line", names),
    field("They may", role),
    el("button", { type: "submit", class: "vp-btn", text: "Create the links" }),
    el("p", {
      class: "vp-status-line",
      text: "They sign in with these names, and are members as soon as they have joined.",
    }),
    status,
    links,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      /** @type {InvitedList} */
      const made = await post(`${path}/invitations`, { names: namesIn(names.value), role: role.value });
      names.value = made.refused.map(({ name }) => name).join("\n");
      show(made);
      await onInvited();
    } catch (error) {
      setText(status, errorText(error));
    }
  });
  return { form, show };
}

/** @param {InvitedList} made */
export function inviteText({ invited, refused }) {
  const reasons = refused.map(({ name, reason }) => `${name}: ${reason}`).join(" ");
  const [first] = invited;
  if (!first) return reasons;
  const until = formatTime(first.expires_at);
  const links = `${plural(invited.length, "link")}, valid until ${until}.`;
  const them = invited.length === 1 ? "Send it yourself: it" : "Send them yourself: they";
  return `${links} ${them} will not be shown again. ${reasons}`.trim();
}

/**
 * Returns the links as lines for a message to everybody: "name: link".
 * @param {Invited[]} invited
 */
export function linesOf(invited) {
  return invited.map(({ name, link }) => `${name}: ${absolute(link)}`).join("\n");
}

/** @param {string} link relative to the app's root */
function absolute(link) {
  return new URL(link, document.baseURI).href;
}

/** @param {Invited[]} invited */
function linkNodes(invited) {
  const rows = el("ul", {}, ...invited.map((each) => linkRow(each)));
  if (invited.length === 1) return [rows];
  return [el("div", { class: "vp-button-row" }, ...copyButton("Copy all", () => linesOf(invited))), rows];
}

/** @param {Invited} invited */
function linkRow({ name, link }) {
  return el(
    "li",
    {},
    el("b", { text: name, dir: "auto" }),
    selectedField(absolute(link), { "aria-label": `Link for ${name}` }),
    ...copyButton("Copy", () => absolute(link), { "aria-label": `Copy the link for ${name}` }),
  );
}

/**
 * @param {string} title
 * @param {() => string} text
 * @param {import("../../assets/dom.js").Attributes} [attributes]
 */
function copyButton(title, text, attributes = {}) {
  const copied = statusLine();
  const copy = async () => {
    await navigator.clipboard.writeText(text());
    setText(copied, "Copied");
  };
  return [actionButton(title, copy, copied, attributes), copied];
}
