// Who has an account, with which role; invitations.

import { el } from "../../assets/dom.js";
import { call } from "../../assets/rest.js";
import { emptyState, formatTime, table } from "../dataset_board/list_controls.js";
import { actionButton, confirmButton, field, patch, post, remove, secretLink, select, statusLine } from "./actions.js";

const ROLES = [
  ["annotator", "Annotator"],
  ["reviewer", "Reviewer"],
  ["admin", "Admin"],
];

export async function people(_query, reload) {
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
          text: "There are no accounts yet: everyone who reaches this app may do everything. From the first admin on, people sign in to label.",
        }),
    invite(reload, accounts),
    shown,
    status,
    rows.length
      ? table(
          "People",
          ["Name", "Role", "Signs in with", "Last seen", ""],
          rows.map((person) => personRow(person, shown, status, reload)),
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

function invite(reload, accounts) {
  const status = statusLine();
  const name = el("input", { type: "text", maxlength: "40", autocomplete: "off", placeholder: "chosen by the guest" });
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
      const { link, expires_at: until } = await post("api/invitations", {
        name: name.value.trim() || null,
        role: role.value,
      });
      await reload();
      document.querySelector(".vp-admin .vp-admin-form").after(secretLink(link, until));
    } catch (error) {
      status.textContent = error.message;
    }
  });
  return form;
}

function personRow({ name, display_name: shownName, role, active, origin, last_seen_at: seen }, shown, status, reload) {
  const path = `api/people/${encodeURIComponent(name)}`;
  const roles = select("role", ROLES, role);
  roles.setAttribute("aria-label", `Role of ${name}`);
  roles.addEventListener("change", async () => {
    try {
      await patch(path, { role: roles.value });
    } catch (error) {
      status.textContent = error.message;
      roles.value = role;
    }
  });
  const change = async (body) => {
    await patch(path, body);
    await reload();
  };
  const reset = actionButton(
    "New password",
    async () => {
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
