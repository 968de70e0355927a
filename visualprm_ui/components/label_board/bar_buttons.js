// The buttons in the line above a board: an icon, in wide windows with its name and its key.

import { el } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";

/** @import { IconName } from "../../assets/icons.js" */

/**
 * @param {IconName} name
 * @param {string} label
 * @param {() => void} work
 * @param {string} [style] further classes
 */
export function iconButton(name, label, work, style = "") {
  return el(
    "button",
    { type: "button", class: `vp-lb-icon-button ${style}`, "aria-label": label, title: label, onclick: work },
    icon(name),
  );
}

/**
 * @param {IconName} name
 * @param {string} text
 * @param {string} key
 * @param {string} title what it opens, in a few words
 * @param {() => void} work
 * @param {string} [style] further classes
 */
export function namedButton(name, text, key, title, work, style = "") {
  const button = iconButton(name, `${text} (${key})`, work, `vp-lb-named ${style}`);
  button.title = `${title} (${key})`;
  button.append(el("span", { text }), el("kbd", { class: "vp-kbd", "aria-hidden": "true", text: key }));
  return button;
}

/** Leads to the pages: low windows show the app bar only while it has the focus. */
export function pagesButton() {
  const lead = () => {
    const links = document.querySelectorAll(".vp-nav a");
    const here = [...links].find((link) => link.hasAttribute("aria-current")) ?? links[0];
    if (here instanceof HTMLElement) here.focus();
  };
  return iconButton("menu", "Pages", lead, "vp-lb-pages");
}
