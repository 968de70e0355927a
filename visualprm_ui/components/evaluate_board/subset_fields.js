// How many of a set's problems Best-of-N is measured on: all, or so many, drawn at random with a seed.

import { el, show } from "../../assets/dom.js";
import { counted, countText } from "./figures.js";

/** @import { Evaluation, ProblemSet } from "../../assets/api.d.ts" */

/**
 * @param {Evaluation | null} before that an earlier evaluation had
 * @param {() => void} changed
 */
export function subsetFields(before, changed) {
  const number = (/** @type {string} */ name, /** @type {number} */ min, /** @type {number | null} */ value) =>
    el("input", { type: "number", min, step: 1, value: value ?? "", "aria-label": name });
  const count = number("Number of problems", 1, before?.set.problem_count ?? null);
  const seed = number("Seed of the draw of problems", 0, before?.set.problem_seed ?? 0);
  count.placeholder = "all";
  const seeded = el("label", { class: "vp-ev-new-own" }, "seed", seed);
  const isAll = () => count.value === "" && !count.validity.badInput;
  const draw = () => show(seeded, !isAll());
  for (const field of [count, seed])
    field.addEventListener("input", () => {
      draw();
      changed();
    });
  draw();
  return {
    node: el(
      "div",
      { class: "vp-ev-new-row" },
      el("label", { class: "vp-ev-new-own" }, "number of problems", count),
      seeded,
    ),
    /** What is asked for. */
    value: () =>
      isAll()
        ? { problem_count: null, problem_seed: 0 }
        : { problem_count: count.valueAsNumber, problem_seed: seed.valueAsNumber },
    /** Why it cannot be asked for so. */
    problem: (/** @type {Pick<ProblemSet, "problems">} */ { problems }) => {
      if (isAll()) return null;
      const [wanted, start] = [count.valueAsNumber, seed.valueAsNumber];
      if (!Number.isInteger(wanted) || wanted < 1 || wanted > problems)
        return `The number of problems is a whole number from 1 to ${countText(problems)}, or empty for all.`;
      return Number.isInteger(start) && start >= 0 ? null : "The seed is a whole number from 0.";
    },
    /** What is evaluated of a set. */
    about: (/** @type {Pick<ProblemSet, "problems" | "unanswered">} */ set) =>
      aboutProblems(set, isAll() ? null : count.valueAsNumber),
  };
}

/**
 * "50 of 200 problems, drawn at random; the same seed draws the same ones."
 * @param {Pick<ProblemSet, "problems" | "unanswered">} set
 * @param {number | null} wanted null: all of them
 */
export function aboutProblems({ problems, unanswered }, wanted) {
  const left = unanswered > 0 ? ` ${countText(unanswered)} without a reference answer left out.` : "";
  if (wanted === null || !(wanted < problems)) return `${counted(problems, "problem")}.${left}`;
  const drawn = `${countText(wanted)} of ${counted(problems, "problem")}, drawn at random`;
  return `${drawn}; the same seed draws the same ones.${left}`;
}
