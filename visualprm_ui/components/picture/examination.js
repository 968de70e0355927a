// What the loaded models say of the question and its pictures before a run: that they do not know such pictures, or
// would refuse them. Loaded when the form changes first.

import { el, setText, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { call } from "../../assets/rest.js";
import { isPanelUsable, openPanel } from "../models_panel/open.js";

/** @import { Examination } from "../../assets/api.d.ts" */

/** @typedef {{ question: string, images: string[] }} Asked */

const UNKNOWN = "The loaded models were not trained on anything like this: their scores mean little.";
const REFUSED = "The loaded models cannot handle this.";
const PAUSE = 400; // milliseconds without a change

/** @type {WeakMap<Element, ReturnType<typeof build>>} */
const notes = new WeakMap(); // by the field that they stand in
/** @type {AbortController | null} */
let asking = null;

/**
 * Asks once the form has rested, and shows the answer inside the field.
 * @param {Element} field
 * @param {Asked} asked
 */
export async function examineSoon(field, asked) {
  asking?.abort();
  const controller = new AbortController();
  asking = controller;
  await new Promise((done) => setTimeout(done, PAUSE));
  if (controller.signal.aborted) return;
  try {
    const said = asked.images.length || asked.question.trim() ? await examine(asked, controller.signal) : null;
    showSaid(field, said);
  } catch {
    if (!controller.signal.aborted) showSaid(field, null); // the run will tell
  }
}

/**
 * @param {Asked} asked
 * @param {AbortSignal} signal
 * @returns {Promise<Examination>}
 */
function examine({ question, images }, signal) {
  return call("api/examination", { method: "POST", body: { question, images }, signal });
}

/**
 * @param {Element} field
 * @param {Examination | null} said
 */
function showSaid(field, said) {
  const note = notes.get(field) ?? build();
  if (!notes.has(field)) {
    notes.set(field, note);
    field.append(note.node);
  }
  const reason = said?.refusal ?? said?.notice ?? "";
  show(note.node, reason !== "");
  show(note.load, isPanelUsable());
  setText(note.text, said?.refusal ? REFUSED : UNKNOWN);
  setText(note.reason, reason);
}

function build() {
  const text = el("span");
  const reason = el("p");
  const load = el("button", { class: "vp-btn", type: "button", text: "Load a model" });
  load.addEventListener("click", openPanel);
  const node = el(
    "div",
    { class: "vp-pic-said", role: "status", hidden: true },
    icon("warning"),
    text,
    load,
    el("details", {}, el("summary", { text: "Why" }), reason),
  );
  window.addEventListener("vp-models", () => show(node, false)); // what comes may know it
  return { node, text, reason, load };
}
