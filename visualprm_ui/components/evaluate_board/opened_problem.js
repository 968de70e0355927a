// The problem that is open below a strip of cells. The address names it; of two that are asked for the later counts.

import { el } from "../../assets/dom.js";
import { errorText } from "../../assets/rest.js";

/** @import { PageContext } from "./board.js" */

/** Returns the problem that the address names. */
export function addressedProblem() {
  return new URLSearchParams(location.search).get("problem");
}

/**
 * Returns what opens a problem, and what is told that one was chosen.
 * @template T
 * @param {object} options
 * @param {PageContext} options.context
 * @param {HTMLElement} options.pane is filled with the problem, or with why it cannot be read
 * @param {(problem: string) => Promise<T>} options.load
 * @param {(found: T) => Node} options.draw
 */
export function problemOpener({ context, pane, load, draw }) {
  let opened = 0;
  /** @param {string} problem */
  const open = async (problem) => {
    opened += 1;
    const mine = opened;
    try {
      const found = await load(problem);
      if (mine === opened && !context.signal.aborted) pane.replaceChildren(draw(found));
    } catch (error) {
      if (mine === opened)
        pane.replaceChildren(el("p", { class: "vp-ev-pad vp-ev-bad", role: "alert", text: errorText(error) }));
    }
  };
  /** @param {string} problem */
  const choose = (problem) => {
    const query = new URLSearchParams(location.search);
    query.set("problem", problem);
    context.remember(query);
    open(problem);
  };
  return { open, choose };
}
