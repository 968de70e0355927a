// Inviting several people into a project at once: one name a line, and a link for each, shown once.

import { el, selectedField, setText } from "../../assets/dom.js";
import { plural } from "../../assets/plural.js";
import { errorText } from "../../assets/rest.js";
import { formatTime } from "../dataset_board/list_controls.js";
import { actionButton, field, post, select, statusLine } from "./actions.js";
import { adminLink } from "./project_address.js";

/** @import { InvitedList } from "../../assets/api.d.ts" */

/**
 * Returns the names in a text, one a line or with commas between, each once.
 * @param {string} text
 */
export function namesIn(text) {
  const names = text.split(/[\n,;]/).map((each) => each.trim());
  return [...new Set(names.filter(Boolean))];
}

/**
 * @param {string} path of the project
 * @param {boolean} hasAccounts whether somebody has one; the first one has to be an admin's
 */
export function inviteForm(path, hasAccounts) {
  const summary = el("summary", { text: "Invite people by link" });
  if (!hasAccounts)
    return el(
      "details",
      {},
      summary,
      el(
        "p",
        { class: "vp-status-line" },
        "There are no accounts yet. ",
        adminLink("admin?view=people", { "data-view": "people" }, "Invite yourself as the first admin"),
        " before you invite others.",
      ),
    );
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
  const links = el("ul", { class: "vp-pp-links" });
  const form = el(
    "form",
    { class: "vp-pp-form" },
    field("Names, one per line", names, "They sign in with these names, and become members as soon as they join."),
    field("They may", role),
    el("button", { type: "submit", class: "vp-btn", text: "Create the links" }),
    status,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      /** @type {InvitedList} */
      const made = await post(`${path}/invitations`, { names: namesIn(names.value), role: role.value });
      names.value = made.refused.map(({ name }) => name).join("\n");
      links.replaceChildren(...made.invited.map((each) => linkRow(each)));
      setText(status, inviteText(made));
    } catch (error) {
      setText(status, errorText(error));
    }
  });
  return el("details", {}, summary, form, links);
}

/** @param {InvitedList} made */
export function inviteText({ invited, refused }) {
  const reasons = refused.map(({ name, reason }) => `${name}: ${reason}`).join(" ");
  const [first] = invited;
  if (!first) return reasons;
  const until = formatTime(first.expires_at);
  const links = `${plural(invited.length, "link")}, valid until ${until}.`;
  return `${links} Send them yourself: they will not be shown again. ${reasons}`.trim();
}

/** @param {InvitedList["invited"][number]} invited */
function linkRow({ name, link }) {
  const text = new URL(link, document.baseURI).href;
  const copied = statusLine();
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setText(copied, "Copied");
  };
  return el(
    "li",
    {},
    el("b", { text: name, dir: "auto" }),
    selectedField(text, { "aria-label": `Link for ${name}` }),
    actionButton("Copy", copy, copied, { "aria-label": `Copy the link for ${name}` }),
    copied,
  );
}
