// Whether each problem is also searched step by step, and how: width and expansions. Shut, with the reason, where the
// loaded policy cannot go on from a step.

import { el, setAttr, setText, show } from "../../assets/dom.js";
import { searchRefusal } from "../search_choice/mount.js";

/** @import { Sampled } from "../../assets/api.d.ts" */

const USUAL = { width: 2, expansions: 4 }; // as Explore has them: the budget of eight solutions
const MOST = 128; // tries of a step, of all paths together; the server says so of what is more

/**
 * The numbers of a search, with what they mean.
 * @param {Sampled["search"]} before that an earlier evaluation had
 * @param {() => void} changed
 * @param {string} look class of the two labels
 */
export function searchNumbers(before, changed, look) {
  const number = (/** @type {string} */ name, /** @type {number} */ value) =>
    el("input", { type: "number", min: 1, max: MOST, step: 1, value, "aria-label": name });
  const width = number("Width of the search", before?.width ?? USUAL.width);
  const expansions = number("Expansions of the search", before?.expansions ?? USUAL.expansions);
  for (const field of [width, expansions]) field.addEventListener("input", changed);
  const labels = [el("label", { class: look }, "width", width), el("label", { class: look }, "expansions", expansions)];
  const about = el("p", {
    class: "vp-ev-note",
    text:
      "At every step, the kept partial solutions (width) are each continued in several ways (expansions), and the " +
      "PRM keeps the best. The outcome is compared with Best-of-N at the same number of tokens.",
  });
  const isCount = (/** @type {number} */ value) => Number.isInteger(value) && value >= 1;
  return {
    labels,
    about,
    first: width,
    value: () => ({ width: width.valueAsNumber, expansions: expansions.valueAsNumber }),
    /** Why it cannot be asked for so. */
    problem: () => {
      const [wide, tries] = [width.valueAsNumber, expansions.valueAsNumber];
      if (!isCount(wide) || !isCount(tries)) return "Width and expansions of a search are whole numbers from 1.";
      return wide * tries > MOST ? `Width times expansions of a search is at most ${MOST}.` : null;
    },
  };
}

/**
 * @param {Sampled["search"]} before that an earlier evaluation had
 * @param {() => void} changed
 */
export function searchFields(before, changed) {
  const wanted = el("input", { type: "checkbox" });
  wanted.checked = before !== null;
  const numbers = searchNumbers(before, changed, "vp-ev-new-own");
  const settings = el(
    "div",
    { class: "vp-ev-new-search" },
    el("div", { class: "vp-ev-new-row" }, ...numbers.labels),
    numbers.about,
  );
  const refusal = el("p", { class: "vp-ev-note", id: "vp-ev-guided-refusal" });
  const draw = () => {
    const why = searchRefusal(window.VP?.status ?? null);
    wanted.disabled = why !== "";
    if (why) wanted.checked = false;
    setAttr(wanted, "aria-describedby", why ? refusal.id : null);
    setText(refusal, why);
    show(refusal, why !== "");
    show(settings, wanted.checked);
  };
  wanted.addEventListener("input", () => {
    draw();
    changed();
  });
  draw();
  return {
    node: el(
      "div",
      {},
      el("label", { class: "vp-ev-new-check" }, wanted, "Also run a guided search"),
      settings,
      refusal,
    ),
    /** @returns {{ width: number, expansions: number } | null} */
    value: () => (wanted.checked ? numbers.value() : null),
    /** Why it cannot be asked for so. */
    problem: () => (wanted.checked ? numbers.problem() : null),
  };
}
