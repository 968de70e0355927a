// Who has an account, with which role; invitations.

import { el } from "../../assets/dom.js";
import { call } from "../../assets/rest.js";
import { moment, nothing, table } from "../dataset_board/list_controls.js";
import { choose, deed, field, patch, post, remove, saying, secretLink, sure } from "./actions.js";

const ROLES = [
  ["annotator", "Annotator"],
  ["reviewer", "Reviewer"],
  ["admin", "Admin"],
];

export async function people(_query, again) {
  const { people: rows, invitations, accounts } = await call("api/people");
  const said = saying();
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
    invite(again, accounts),
    shown,
    said,
    rows.length
      ? table(
          "People",
          ["Name", "Role", "Signs in with", "Last seen", ""],
          rows.map((person) => personRow(person, shown, said, again)),
        )
      : nothing("Nobody yet", "Invite the first admin, usually yourself."),
    invitations.length
      ? table(
          "Open invitations",
          ["For", "Role", "Until", ""],
          invitations.map((each) => invitationRow(each, said, again)),
        )
      : "",
  );
}

function invite(again, accounts) {
  const said = saying();
  const name = el("input", { type: "text", maxlength: "40", autocomplete: "off", placeholder: "chosen by the guest" });
  const role = choose("role", ROLES, accounts ? "annotator" : "admin");
  const form = el(
    "form",
    { class: "vp-admin-form vp-card" },
    field("Name", name),
    field("Role", role),
    el("button", { type: "submit", class: "vp-btn vp-btn-primary", text: "Invite" }),
    said,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const { link, expires_at: until } = await post("api/invitations", {
        name: name.value.trim() || null,
        role: role.value,
      });
      await again();
      document.querySelector(".vp-admin .vp-admin-form").after(secretLink(link, until));
    } catch (error) {
      said.textContent = error.message;
    }
  });
  return form;
}

function personRow({ name, display_name: shownName, role, active, origin, last_seen_at: seen }, shown, said, again) {
  const path = `api/people/${encodeURIComponent(name)}`;
  const roles = choose("role", ROLES, role);
  roles.setAttribute("aria-label", `Role of ${name}`);
  roles.addEventListener("change", async () => {
    try {
      await patch(path, { role: roles.value });
    } catch (error) {
      said.textContent = error.message;
      roles.value = role;
    }
  });
  const change = async (body) => {
    await patch(path, body);
    await again();
  };
  const reset = deed(
    "New password",
    async () => {
      const { link, expires_at: until } = await post(`${path}/reset`);
      shown.replaceChildren(secretLink(link, until));
    },
    said,
  );
  const actions = el(
    "div",
    { class: "vp-sv-save" },
    origin === "local" && active ? reset : "",
    active
      ? sure("Deactivate", "Deactivate, really?", () => change({ active: false }), said)
      : deed("Activate", () => change({ active: true }), said),
  );
  return [
    shownName === name ? name : `${shownName} (${name})`,
    roles,
    origin === "local" ? "password" : "Hugging Face",
    seen ? moment(seen) : "never",
    actions,
  ];
}

function invitationRow({ id, name, role, is_reset: isReset, expires_at: until }, said, again) {
  return [
    name ?? "whoever has the link",
    isReset ? "new password" : role,
    moment(until),
    deed(
      "Withdraw",
      async () => {
        await remove(`api/invitations/${encodeURIComponent(id)}`);
        await again();
      },
      said,
    ),
  ];
}
