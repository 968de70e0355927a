// Example problems, by their pictures; and a button that asks for a random one. One press fills the form and runs, both
// in Python; the window event "vp-problem" tells other parts that it will.

import { el, rootOf } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { imageAddress } from "../../assets/rest.js";

/** @import { ExamplesValue } from "../../assets/api.d.ts" */

/**
 * Gradio's hook.
 * @param {MountContext<{ value?: ExamplesValue | null }>} context
 */
export function mount({ element, props, trigger }) {
  /**
   * @param {"chosen" | "drawn"} name of the event
   * @param {object} data
   */
  const choose = (name, data) => {
    window.dispatchEvent(new CustomEvent("vp-problem"));
    trigger(name, data);
  };
  const root = rootOf(element);
  const examples = props.value?.examples ?? [];
  const canDraw = props.value?.can_draw === true;
  if (!examples.length && !canDraw) return root.replaceChildren();
  const rows = examples.map(({ sha, question }, index) => {
    const image = el("img", { src: imageAddress(sha, 96), alt: "", width: 64, height: 64, loading: "lazy" });
    const button = el(
      "button",
      { type: "button", class: "vp-example", title: question, onclick: () => choose("chosen", { index }) },
      image,
      el("span", { class: "vp-hidden", text: question }),
    );
    return el("li", {}, button);
  });
  const drawing = canDraw
    ? el(
        "button",
        {
          type: "button",
          class: "vp-btn vp-example-draw",
          onclick: () => choose("drawn", {}),
          title: "A picture and a question that no model was trained on. An exact checker stands beside every score.",
        },
        icon("dice"),
        el("span", { text: "New random problem" }),
      )
    : "";
  root.replaceChildren(
    el(
      "div",
      { class: "vp-example-head" },
      el("h2", { class: "vp-label", id: "vp-examples-title", text: "Try one" }),
      drawing,
    ),
    el("ul", { "aria-labelledby": "vp-examples-title" }, ...rows),
  );
}
