// Text as it is stored -> DOM: with a name for each run of characters that nobody sees, and places to break long words
// at.

import { el } from "./dom.js";
import { belongs, nameOf, unseenPattern } from "./invisible.js";

const ACCENTS = /^(?!\p{Default_Ignorable_Code_Point})\p{M}/u;
const LONG_WORD = /\S{500}/gu;

/**
 * Returns the nodes of a text that shows all it holds. A browser that finds no place to break a word of some thousand
 * letters takes seconds for it where they come from two fonts.
 * @param {string} text
 * @returns {(string | ChildNode)[]}
 */
export function breakableNodes(text) {
  /** @type {(string | ChildNode)[]} */
  const nodes = [];
  let from = 0;
  for (const { 0: word, index } of text.matchAll(LONG_WORD)) {
    nodes.push(text.slice(from, index + word.length), el("wbr"));
    from = index + word.length;
  }
  return [...nodes, text.slice(from)];
}

/**
 * Returns the node that stands for a run of unseen characters.
 * @param {string} run
 */
export function unseenNode(run) {
  const name = nameOf(run);
  const what = ACCENTS.test(run) ? "Accents that no letter has" : "Invisible character";
  return el("span", { class: "vp-unseen", title: `${what}: ${name}`, text: name });
}

/**
 * Returns the nodes of a text of which nothing was cut out yet.
 * @param {string} text
 * @returns {(string | ChildNode)[]}
 */
export function sourceNodes(text) {
  /** @type {(string | ChildNode)[]} */
  const nodes = [];
  let from = 0;
  for (const { 0: run, index } of text.matchAll(unseenPattern())) {
    if (belongs(text, index, run)) continue;
    nodes.push(...breakableNodes(text.slice(from, index)), unseenNode(run));
    from = index + run.length;
  }
  return [...nodes, ...breakableNodes(text.slice(from))];
}
