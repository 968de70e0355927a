// The page of an address that does not exist.

import { el, rootOf } from "../../assets/dom.js";
import { address } from "../../assets/rest.js";

/** @param {MountContext} context */
export function mount({ element }) {
  const card = el(
    "section",
    { class: "vp-card vp-account-card" },
    el("h1", { text: "There is no such page" }),
    el("p", { text: "The address may be mistyped, or what it led to is gone." }),
    el("p", {}, el("a", { href: address("./"), text: "Go to Explore" })),
  );
  rootOf(element).replaceChildren(card);
}
