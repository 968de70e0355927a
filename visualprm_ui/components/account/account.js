// One's own account: the name that pages show, password, API tokens, signing out.

import { el, rootOf, selectedField } from "../../assets/dom.js";
import { address, call, errorText, statusOf } from "../../assets/rest.js";
import { field, form, newPassword } from "./form.js";
import { signOut } from "./sign_out.js";

/** @import { Account, ApiToken, CreatedToken } from "../../assets/api.d.ts" */

/** @param {MountContext} context */
export async function mount({ element }) {
  const root = rootOf(element);
  try {
    /** @type {Account} */
    const account = await call("api/account");
    root.replaceChildren(...draw(account));
  } catch (error) {
    if (statusOf(error) === 401) {
      location.replace(address("account/sign-in?next=account"));
      return;
    }
    root.replaceChildren(el("p", { class: "vp-banner vp-banner-bad", role: "alert", text: errorText(error) }));
  }
}

/** @param {Account} account */
function draw(account) {
  const { name, role, origin } = account;
  const card = el(
    "section",
    { class: "vp-card vp-account-card" },
    el("h1", { text: "Account" }),
    el(
      "p",
      {},
      el("b", { text: name }),
      ` · ${role} · signs in with ${origin === "local" ? "a password" : "Hugging Face"}`,
    ),
    displayNameForm(account),
    el(
      "div",
      { class: "vp-account-row" },
      el("button", { type: "button", class: "vp-btn", text: "Sign out", onclick: () => signOut(origin !== "local") }),
      origin === "local"
        ? el("button", { type: "button", class: "vp-btn", text: "Sign out everywhere", onclick: signOutEverywhere })
        : null,
    ),
  );
  return [card, origin === "local" ? passwordCard(name) : null, tokenCard(account.tokens)].filter(
    (each) => each !== null,
  );
}

async function signOutEverywhere() {
  await call("api/account/sessions", { method: "DELETE" });
  location.assign(address("account/sign-in"));
}

/** @param {Account} account */
function displayNameForm({ display_name: displayName }) {
  const shown = field("Display name", {
    autocomplete: "nickname",
    maxlength: 40,
    value: displayName,
    hint: "What pages show for you. Your labels keep your account's name.",
  });
  const { node, done } = form({
    fields: [shown],
    button: "Save",
    act: async () => {
      await call("api/account", { method: "PATCH", body: { display_name: shown.input.value } });
      done("Saved.");
    },
  });
  return node;
}

/** @param {string} name */
function passwordCard(name) {
  // for password managers
  const hidden = el("input", { type: "text", autocomplete: "username", value: name, hidden: true, readonly: true });
  const old = field("Current password", { type: "password", autocomplete: "current-password", maxlength: 1024 });
  const password = newPassword();
  const { node, done } = form({
    fields: [{ node: hidden, input: hidden }, old, ...password.fields],
    button: "Change the password",
    act: async () => {
      await call("api/account/password", { method: "POST", body: { old: old.input.value, new: password.value } });
      old.input.value = "";
      password.clear();
      done("Changed. You are signed out everywhere else.");
    },
  });
  return el("section", { class: "vp-card vp-account-card" }, el("h2", { text: "Password" }), node);
}

/** @param {ApiToken[]} tokens */
function tokenCard(tokens) {
  const list = el("ul", { class: "vp-account-tokens" });
  const empty = el("p", { class: "vp-account-note", text: "No token yet." });
  const fresh = el("div", { role: "status" });
  const add = (/** @type {ApiToken} */ token) => {
    empty.remove();
    list.prepend(row(token));
  };
  const title = field("What is it for?", { maxlength: 80, placeholder: "nightly export" });
  const { node } = form({
    fields: [title],
    button: "Make a token",
    act: async () => {
      /** @type {CreatedToken} */
      const { secret, ...token } = await call("api/account/tokens", {
        method: "POST",
        body: { title: title.input.value },
      });
      title.input.value = "";
      const copy = selectedField(secret, { class: "vp-num vp-account-secret", "aria-label": "The new token" });
      fresh.replaceChildren(el("p", { text: "Copy it now; it is not shown again:" }), copy);
      add(token);
    },
  });
  for (const token of tokens.toReversed()) add(token);
  return el(
    "section",
    { class: "vp-card vp-account-card" },
    el("h2", { text: "API tokens" }),
    el(
      "p",
      {},
      "A script sends ",
      el("code", { class: "vp-num", text: "Authorization: Bearer vp_…" }),
      " and may do what you may. ",
      el("a", { href: address("api/docs"), text: "The API" }),
    ),
    list,
    tokens.length ? null : empty,
    node,
    fresh,
  );
}

/** @param {ApiToken} token */
function row({ id, title, prefix, used_at: used }) {
  const status = el("span", { role: "status" });
  const node = el(
    "li",
    {},
    el("span", {}, el("b", { text: title }), " ", el("span", { class: "vp-num", text: `${prefix}…` })),
    el("span", {
      class: "vp-account-note",
      text: used ? `used ${new Date(used).toLocaleDateString()}` : "never used",
    }),
    status,
    el("button", {
      type: "button",
      class: "vp-btn",
      "aria-label": `Revoke ${title}`,
      text: "Revoke",
      onclick: async () => {
        try {
          await call(`api/account/tokens/${encodeURIComponent(id)}`, { method: "DELETE" });
          node.remove();
        } catch (error) {
          status.textContent = errorText(error);
        }
      },
    }),
  );
  return node;
}
