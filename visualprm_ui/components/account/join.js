// The invitation page: the secret stands behind the # of the address, which no server sees; it is sent only in the
// requests below.

import { el, rootOf } from "../../assets/dom.js";
import { address, call, errorText } from "../../assets/rest.js";
import { field, form, newPassword } from "./form.js";

/** @import { Invitation, Role } from "../../assets/api.d.ts" */

/** @type {Record<Role, string>} */
const ROLES = { annotator: "label solutions", reviewer: "label, review and adjudicate", admin: "run this workbench" };

/** @param {MountContext} context */
export async function mount({ element }) {
  const root = rootOf(element);
  const card = el(
    "section",
    { class: "vp-card vp-account-card" },
    el("p", { role: "status", text: "Looking up the invitation…" }),
  );
  root.replaceChildren(card);
  const token = decodeURIComponent(location.hash.slice(1));
  try {
    /** @type {Invitation} */
    const invitation = await call("api/invitation", { method: "POST", body: { token } });
    card.replaceChildren(...draw(token, invitation));
    card.querySelector("input")?.focus();
  } catch (error) {
    card.replaceChildren(
      el("h1", { text: "Invitation" }),
      el("p", { class: "vp-banner vp-banner-bad", role: "alert", text: errorText(error) }),
      el(
        "p",
        { class: "vp-account-note" },
        "Have you joined already? ",
        el("a", { href: address("account/sign-in"), text: "Sign in" }),
      ),
    );
  }
}

/**
 * @param {string} token
 * @param {Invitation} invitation
 */
function draw(token, { name, role, is_reset: isReset }) {
  const chosen = field("Your name", {
    autocomplete: "username",
    autocapitalize: "none",
    maxlength: 40,
    value: name ?? "",
    readonly: name !== null,
    hint: name === null ? "It stands on your labels and cannot be changed later." : null,
  });
  const password = newPassword();
  const { node } = form({
    fields: [chosen, ...password.fields],
    button: isReset ? "Set the password" : "Join",
    act: async () => {
      await call("api/invitation/accept", {
        method: "POST",
        body: { token, password: password.value, name: chosen.input.value },
      });
      location.assign(address(role === "admin" ? "./" : "annotate"));
    },
  });
  const sentence = isReset
    ? "Choose a new password. You are signed out elsewhere."
    : `You are invited to ${ROLES[role]}.`;
  return [el("h1", { text: isReset ? "New password" : "Welcome" }), el("p", { text: sentence }), node];
}
