// The note under the form: the reference answer went with the question or the picture it belonged to. Offers what the
// page's events call (pages/explore.py) and tells the board, by the window event "vp-form", what the form asks.

import { el, rootOf, show } from "../../assets/dom.js";
import { showAnswer } from "../../assets/rich_text.js";
import { adoptQuestion, followReference, keepReference, ownReference } from "./owner.js";

/** @import { ReferenceOwner } from "./owner.js" */
/** @import { ImageRef } from "../../assets/api.d.ts" */

/**
 * Gradio's hook.
 * @param {MountContext<{ value?: ReferenceOwner | null }>} context
 */
export function mount({ element, props, trigger, watch }) {
  const answer = el("b");
  const back = el("button", { class: "vp-reference-back", type: "button", text: "Put it back" });
  const node = el(
    "p",
    { class: "vp-reference-note", role: "status", hidden: true },
    el("span", {}, "The reference answer ", answer, " went with the question it belonged to. "),
    back,
  );
  rootOf(element).replaceChildren(node);
  const draw = () => {
    const owner = props.value ?? null;
    show(node, owner?.dropped === true);
    if (owner?.dropped) showAnswer(answer, owner.reference);
  };
  back.addEventListener("click", () => trigger("restored"));
  let told = "";
  watch("value", () => {
    draw();
    const owner = JSON.stringify(props.value ?? null);
    if (owner === told) return;
    told = owner;
    trigger("moved");
  });
  draw();
  trigger("moved"); // question or pictures may have changed before this script came
}

/**
 * @param {string | null} question
 * @param {ImageRef[] | null} pictures
 * @param {string | null} reference
 * @param {ReferenceOwner | null} owner
 */
function formState(question, pictures, reference, owner) {
  const images = (pictures ?? []).map(({ sha }) => sha);
  return { question: question ?? "", images, reference: reference ?? "", owner };
}

window.VP = {
  ...window.VP,
  /** @param {Parameters<typeof formState>} values */
  formChanged: (...values) => {
    const form = formState(...values);
    window.dispatchEvent(new CustomEvent("vp-form", { detail: { question: form.question, images: form.images } }));
    const kept = keepReference(form);
    return [kept.reference, kept.owner];
  },
  /** @param {Parameters<typeof formState>} values */
  questionLeft: (...values) => adoptQuestion(formState(...values)),
  /** @param {Parameters<typeof formState>} values */
  referenceChanged: (...values) => followReference(formState(...values)),
  /** @param {Parameters<typeof formState>} values */
  referenceBack: (...values) => {
    const form = formState(...values);
    const reference = form.owner?.reference ?? "";
    return [reference, ownReference({ ...form, reference })];
  },
};
