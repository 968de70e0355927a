// The choice between the three labels of a step, as a group of radio buttons.

import { el, setAttr } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { LABEL_ICONS, LABEL_KINDS, LABEL_NAMES, LABELS } from "../../assets/labels.js";

/** The three buttons of one choice. `choose(value)`; `name` is read before the words. */
export function labelChoice(name, choose) {
  const buttons = new Map(
    LABELS.map((value) => [
      value,
      el(
        "button",
        {
          type: "button",
          role: "radio",
          class: "vp-lb-choice",
          "data-kind": LABEL_KINDS.get(value),
          "aria-checked": "false",
          tabindex: "-1",
          onclick: () => choose(value),
        },
        icon(LABEL_ICONS.get(value)),
        el("span", { text: LABEL_NAMES.get(value) }),
      ),
    ]),
  );
  const node = el("div", { class: "vp-lb-choices", role: "radiogroup", "aria-label": name }, ...buttons.values());
  node.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
    const list = [...buttons.values()];
    list[(list.indexOf(document.activeElement) + by + list.length) % list.length].focus(); // Space chooses
    event.preventDefault();
  });
  const set = (label) => {
    for (const [value, button] of buttons) {
      setAttr(button, "aria-checked", String(value === label));
      setAttr(button, "tabindex", value === (label ?? LABELS[0]) ? "0" : "-1");
    }
  };
  return { node, set, focus: () => node.querySelector("[tabindex='0']").focus() };
}
