// A button that copies a text, and says so in its own words.

import { el, setText } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";

/** @import { IconName } from "../../assets/icons.js" */

const SAID_MS = 2500;

/**
 * @param {string} name
 * @param {() => string} text
 * @param {IconName} [picture]
 */
export function copyButton(name, text, picture = "copy") {
  const words = el("span", { text: name, role: "status" });
  const button = el("button", { type: "button", class: "vp-btn" }, icon(picture), words);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text());
      setText(words, "Copied");
    } catch {
      setText(words, "Not copied: the browser does not allow it");
    }
    setTimeout(() => setText(words, name), SAID_MS);
  });
  return button;
}
