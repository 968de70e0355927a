// The page of an address that leads nowhere.

import { el } from "../../assets/dom.js";
import { address } from "../../assets/rest.js";

export function mount({ element }) {
  element
    .querySelector(".vp-root")
    .replaceChildren(
      el(
        "section",
        { class: "vp-card vp-account-card" },
        el("h1", { text: "There is no such page" }),
        el("p", { text: "The address may be mistyped, or what it led to is gone." }),
        el("p", {}, el("a", { href: address("./"), text: "Go to Explore" })),
      ),
    );
}
