// Example problems: picture and question, one click to fill the form. Python fills it, this only says which one was chosen.

import { el } from "../assets/dom.js";
import { setMaths } from "../assets/maths.js";
import { imageAddress } from "../assets/rest.js";

export function mount({ element, props, trigger }) {
  const root = element.querySelector(".vp-root");
  const examples = props.value?.examples ?? [];
  if (!examples.length) return root.replaceChildren();
  const rows = examples.map(({ sha, question }, index) => {
    const text = el("span", { class: "vp-example-text" });
    setMaths(text, question);
    const image = el("img", { src: imageAddress(sha, 96), alt: "", width: 48, height: 48, loading: "lazy" });
    return el("li", {}, el("button", { type: "button", class: "vp-example", onclick: () => trigger("chosen", { index }) }, image, text));
  });
  root.replaceChildren(el("h2", { class: "vp-label", id: "vp-examples-title", text: "Try one" }), el("ul", { "aria-labelledby": "vp-examples-title" }, ...rows));
}
