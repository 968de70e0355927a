// Changes that the server refused, as banners over the item. Builds nodes only.

import { el } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { goneMessage, refusalMessage } from "./messages.js";

/** @import { Refusal } from "../../assets/outbox.js" */

/**
 * Returns a banner for each refused change; one for all changes of an item that was deleted.
 * @param {Refusal[]} refusals oldest first
 * @param {(position: number) => void} open goes to an item
 * @param {(uuid: string) => void} dismiss forgets a change
 */
export function refusalBanners(refusals, open, dismiss) {
  return groups(refusals).map((group) => {
    const position = group[0].about?.position;
    const text = group[0].gone ? goneMessage(group.length, position) : refusalMessage(group[0]);
    return el(
      "div",
      { class: "vp-banner vp-banner-bad", role: "alert" },
      icon("warning"),
      el("span", { text }),
      position === undefined || group[0].gone ? null : plainButton("Show item", () => open(position)),
      plainButton("Dismiss", () => {
        for (const { event } of group) dismiss(event.uuid);
      }),
    );
  });
}

/**
 * Puts the changes of each item that was deleted together.
 * @param {Refusal[]} refusals
 */
export function groups(refusals) {
  /** @type {Map<string, Refusal[]>} */
  const byTask = new Map();
  for (const refusal of refusals) {
    const { task, uuid } = refusal.event;
    const key = refusal.gone ? `task ${task}` : uuid;
    byTask.set(key, [...(byTask.get(key) ?? []), refusal]);
  }
  return [...byTask.values()];
}

/**
 * @param {string} text
 * @param {() => void} work
 */
function plainButton(text, work) {
  return el("button", { type: "button", class: "vp-btn", text, onclick: work });
}
