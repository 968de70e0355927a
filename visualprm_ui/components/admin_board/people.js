// Who has an account, with which role; invitations.

import { el } from "../../assets/dom.js";
import { call, errorText } from "../../assets/rest.js";
import { emptyState, formatTime, table } from "../dataset_board/list_controls.js";
import { actionButton, confirmButton, field, patch, post, remove, secretLink, select, statusLine } from "./actions.js";

/** @import { Reload } from "../../assets/views.js" */

/** @import { Invitation, PeopleList, Person, Role, SecretLink } from "../../assets/api.d.ts" */

const NO_ACCOUNTS =
  "There are no accounts yet: everyone who reaches this app may do everything. " +
  "Once there is an admin, people sign in to label.";

/** @type {[Role, string][]} */
const ROLES = [
  ["annotator", "Annotator"],
  ["reviewer", "Reviewer"],
  ["admin", "Admin"],
];

/**
 * Returns the view's node.
 * @param {URLSearchParams} _query
 * @param {Reload} reload
 */
export async function people(_query, reload) {
  /** @type {PeopleList} */
  const { people: rows, invitations, accounts } = await call("api/people");
  const status = statusLine();
  const shown = el("div");
  return el(
    "div",
    { class: "vp-dataset-part" },
    accounts
      ? ""
      : el("p", {
          class: "vp-banner",
          role: "note",
          text: NO_ACCOUNTS,
        }),
    invite(reload, accounts, !accounts && invitations.every((each) => each.role !== "admin")),
    shown,
    status,
    rows.length
      ? table(
          "People",
          ["Name", "Role", "Signs in with", "Last seen", ""],
          rows.map((person) => personRow(person, shown, status, reload)),
        )
      : invitations.length
        ? emptyState(
            "Nobody has joined yet",
            "Whoever opens a link chooses a password. A lost one is withdrawn, and made anew.",
          )
        : emptyState("Nobody yet", "Invite the first admin, usually yourself."),
    invitations.length
      ? table(
          "Open invitations",
          ["For", "Role", "Until", ""],
          invitations.map((each) => invitationRow(each, status, reload)),
        )
      : "",
  );
}

/**
 * @param {Reload} reload
 * @param {boolean} accounts whether somebody has an account
 * @param {boolean} isFirst whether an admin who is invited now is the first: most likely who invites
 */
function invite(reload, accounts, isFirst) {
  const status = statusLine();
  const name = el("input", {
    type: "text",
    maxlength: "40",
    autocomplete: "off",
    placeholder: "left to the person invited",
  });
  const role = select("role", ROLES, accounts ? "annotator" : "admin");
  const form = el(
    "form",
    { class: "vp-admin-form vp-card" },
    field("Name", name),
    field("Role", role),
    el("button", { type: "submit", class: "vp-btn vp-btn-primary", text: "Invite" }),
    status,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      /** @type {SecretLink} */
      const { link, expires_at: until } = await post("api/invitations", {
        name: name.value.trim() || null,
        role: role.value,
      });
      await reload();
      document
        .querySelector(".vp-admin .vp-admin-form")
        ?.after(secretLink(link, until, isFirst && role.value === "admin"));
    } catch (error) {
      status.textContent = errorText(error);
    }
  });
  return form;
}

/**
 * @param {Person} person
 * @param {HTMLElement} shown takes a secret link
 * @param {HTMLElement} status
 * @param {Reload} reload
 */
function personRow({ name, display_name: shownName, role, active, origin, last_seen_at: seen }, shown, status, reload) {
  const path = `api/people/${encodeURIComponent(name)}`;
  const roles = select("role", ROLES, role);
  roles.setAttribute("aria-label", `Role of ${name}`);
  roles.addEventListener("change", async () => {
    try {
      await patch(path, { role: roles.value });
    } catch (error) {
      status.textContent = errorText(error);
      roles.value = role;
    }
  });
  /** @param {object} body */
  const change = async (body) => {
    await patch(path, body);
    await reload();
  };
  const reset = actionButton(
    "New password",
    async () => {
      /** @type {SecretLink} */
      const { link, expires_at: until } = await post(`${path}/reset`);
      shown.replaceChildren(secretLink(link, until));
    },
    status,
  );
  const actions = el(
    "div",
    { class: "vp-button-row" },
    origin === "local" && active ? reset : "",
    active
      ? confirmButton("Deactivate", "Deactivate, really?", () => change({ active: false }), status)
      : actionButton("Activate", () => change({ active: true }), status),
  );
  return [
    shownName === name ? name : `${shownName} (${name})`,
    roles,
    origin === "local" ? "password" : "Hugging Face",
    seen ? formatTime(seen) : "never",
    actions,
  ];
}

/**
 * @param {Invitation & { id: string }} invitation
 * @param {HTMLElement} status
 * @param {Reload} reload
 */
function invitationRow({ id, name, role, is_reset: isReset, expires_at: until }, status, reload) {
  return [
    name ?? "whoever has the link",
    isReset ? "new password" : role,
    formatTime(until),
    actionButton(
      "Withdraw",
      async () => {
        await remove(`api/invitations/${encodeURIComponent(id)}`);
        await reload();
      },
      status,
    ),
  ];
}
