// The sign-in page. Afterwards one is back where one came from, and what waited on this device for the same person is
// sent.

import { el, ownTabLink, rootOf } from "../../assets/dom.js";
import { address, call } from "../../assets/rest.js";
import { field, form, nextPage } from "./form.js";

/** @import { Status } from "../../assets/api.d.ts" */

/** @param {MountContext<{ value: { hub: boolean, shut: boolean } }>} context */
export function mount({ element, props }) {
  const root = rootOf(element);
  root.replaceChildren(
    el(
      "section",
      { class: "vp-card vp-account-card" },
      el("h1", { text: "Sign in" }),
      props.value.hub ? hub() : local(props.value.shut),
    ),
  );
  root.querySelector("input")?.focus();
}

const FIRST_ACCOUNT =
  "Whoever runs this workbench creates the first one on the server: python -m storage people add NAME --role admin";

/**
 * Says what to do without an account. Where nobody has one, a guest has a role, and there is no admin to ask.
 * @param {Pick<Status, "kind" | "role"> | null} status
 */
export function advice(status) {
  if (status?.kind === "guest" && status.role !== null)
    return `Nobody has an account here, and none is needed. ${FIRST_ACCOUNT}`;
  return "No account, or forgotten your password? Ask an admin for an invitation link.";
}

/** @param {boolean} shut whether a private app tells this visitor nothing of itself */
function local(shut) {
  const name = field("Name", { autocomplete: "username", autocapitalize: "none", spellcheck: "false", maxlength: 200 });
  const password = field("Password", { type: "password", autocomplete: "current-password", maxlength: 1024 });
  const { node } = form({
    fields: [name, password],
    button: "Sign in",
    act: async () => {
      await call("api/session", { method: "POST", body: { name: name.input.value, password: password.input.value } });
      location.assign(nextPage());
    },
  });
  const aside = el("p", { class: "vp-account-note", text: advice(null) });
  if (!shut) fillIn(aside);
  return el("div", {}, node, aside);
}

/**
 * Gives the advice that fits this server; without an answer the usual one stays.
 * @param {HTMLElement} aside
 */
async function fillIn(aside) {
  /** @type {Status | null} */
  const status = await call("api/status").catch(() => null);
  aside.textContent = advice(status);
}

function hub() {
  const target = new URL(nextPage());
  const way = `login/huggingface?_target_url=${encodeURIComponent(target.pathname + target.search)}`;
  return el(
    "div",
    { class: "vp-form" },
    el("p", { text: "This workbench knows you by your Hugging Face account. It reads your name, nothing else." }),
    el("a", { class: "vp-btn vp-btn-primary", href: address(way), target: "_top", text: "Sign in with Hugging Face" }),
    window.top === window
      ? null
      : el(
          "p",
          { class: "vp-account-note" },
          "Inside another page, browsers may block signing in. If nothing happens, ",
          ownTabLink("open this page in its own tab"),
          ".",
        ),
  );
}
