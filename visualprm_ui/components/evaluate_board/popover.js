// A button that opens a small list of choices; closes at Escape, at a press elsewhere, and once a choice is made.

import { el, show } from "../../assets/dom.js";
import { disclosure } from "../app_bar/disclosure.js";

/** @import { Attributes, Child } from "../../assets/dom.js" */

let made = 0; // names of lists

/**
 * @param {Attributes} attributes of the button
 * @param {Child[]} content of the button
 * @param {HTMLElement[]} choices buttons or links
 */
export function popover(attributes, content, choices) {
  made += 1;
  const id = `vp-ev-choices-${made}`;
  const list = el("div", { class: "vp-card vp-menu vp-ev-choices", id, hidden: true }, ...choices);
  const button = el(
    "button",
    { type: "button", "aria-expanded": "false", "aria-controls": id, ...attributes },
    ...content,
  );
  disclosure(button, list);
  list.addEventListener("click", () => {
    if (list.contains(document.activeElement)) button.focus();
    show(list, false);
    button.setAttribute("aria-expanded", "false");
  });
  return el("span", { class: "vp-ev-popover" }, button, list);
}
