// What a thinking model wrote before its solution: folded, above the steps, and no part of them.

import { el, setAttr, setText, show } from "./dom.js";
import { showText } from "./rich_text.js";

/** @import { TextOptions } from "./rich_text.js" */

/**
 * @typedef {object} ShownThought
 * @property {string | null} thought null: there is none
 * @property {boolean} isThinking it is still being written
 * @property {boolean} isAll the solution has ended, and has no steps
 * @property {boolean} isCutOff by the token limit
 */

/**
 * Says how far a thought is.
 * @param {ShownThought} shown
 */
export function thoughtTitle({ thought, isThinking }) {
  const length = (thought ?? "").length;
  return `${isThinking ? "Thinking…" : "Thought"} ${length.toLocaleString("en")} character${length === 1 ? "" : "s"}`;
}

/**
 * Says why there is nothing but a thought; "" where there is more, or will be.
 * @param {ShownThought} shown
 */
export function thoughtEnd({ thought, isAll, isCutOff }) {
  if (!thought || !isAll) return "";
  const why = isCutOff ? "The token limit was reached before the thought ended" : "It ended inside its thought";
  return `${why}, so there are no steps and no answer.${isCutOff ? " Allow more new tokens." : ""}`;
}

/** Builds the nodes; `draw` updates them. The text is drawn only while it is unfolded: thoughts are long. */
export function buildThought() {
  const title = el("span");
  const text = el("div", {
    class: "vp-thought-text",
    dir: "auto",
    tabindex: "0",
    role: "group",
    "aria-label": "Thought",
  });
  const fold = el("details", { class: "vp-thought" }, el("summary", {}, title), text);
  const end = el("p", { class: "vp-thought-end", hidden: true });
  const node = el("div", { class: "vp-thought-part", hidden: true }, fold, end);
  /** @type {ShownThought | null} */
  let last = null;
  /** @type {TextOptions} */
  let named = {};
  const drawText = () => {
    if (last && fold.open) showText(text, last.thought, { ...named, streaming: last.isThinking });
  };
  fold.addEventListener("toggle", drawText);
  /**
   * @param {ShownThought} shown
   * @param {TextOptions} [names] of pictures
   */
  const draw = (shown, names = {}) => {
    last = shown;
    named = names;
    show(node, Boolean(shown.thought));
    if (!shown.thought) return;
    setText(title, thoughtTitle(shown));
    setAttr(fold, "data-thinking", shown.isThinking);
    const said = thoughtEnd(shown);
    show(end, said !== "");
    setText(end, said);
    drawText();
  };
  return { node, draw };
}
