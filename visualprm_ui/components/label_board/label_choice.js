// The choice between the three labels of a step, as a group of radio buttons.

import { el, setAttr } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { LABEL_ICONS, LABEL_NAMES, LABELS, labelKind } from "../../assets/labels.js";

/** @import { StepLabel, Label } from "../../assets/api.d.ts" */

/** @type {Record<Label, string>} */
const LABEL_KEYS = { 1: "1", 0: "2", [-1]: "3" }; // see keys.js

/**
 * Returns the three buttons, with `set` for the label shown and `focus` for the button that Tab reaches.
 * @param {string} name read before the labels
 * @param {(value: Label) => void} choose
 * @param {{ keys?: boolean }} [options] `keys`: whether the key of each label is printed on its button
 */
export function labelChoice(name, choose, { keys = false } = {}) {
  const buttons = new Map(
    LABELS.map((value) => [
      value,
      el(
        "button",
        {
          type: "button",
          role: "radio",
          class: "vp-lb-choice",
          "data-kind": labelKind(value),
          "aria-checked": "false",
          tabindex: "-1",
          onclick: () => choose(value),
        },
        icon(LABEL_ICONS[value]),
        el("span", { text: LABEL_NAMES[value] }),
        keys ? el("kbd", { class: "vp-kbd", "aria-hidden": "true", text: LABEL_KEYS[value] }) : null,
      ),
    ]),
  );
  const node = el("div", { class: "vp-lb-choices", role: "radiogroup", "aria-label": name }, ...buttons.values());
  node.addEventListener("keydown", (event) => {
    const by = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
    if (by === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const list = [...buttons.values()];
    const at = list.findIndex((button) => button.matches(":focus"));
    list[(at + by + list.length) % list.length].focus(); // Space chooses
    event.preventDefault();
  });
  /** @param {StepLabel} label */
  const set = (label) => {
    for (const [value, button] of buttons) {
      setAttr(button, "aria-checked", String(value === label));
      setAttr(button, "tabindex", value === (label ?? LABELS[0]) ? "0" : "-1");
    }
  };
  const focus = () => [...buttons.values()].find((button) => button.tabIndex === 0)?.focus();
  return { node, set, focus };
}
