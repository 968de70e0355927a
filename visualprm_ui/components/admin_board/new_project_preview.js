// What a project's choices mean, before it is made: a step as annotators will see it, and what so many labels cost.

import { el } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { plural } from "../../assets/plural.js";

/** @import { Project } from "../../assets/api.d.ts" */
/** @import { FieldValues } from "./project_options.js" */

const EXAMPLE = 100; // solutions
const KINDS = ["Perception", "Calculation", "Reasoning", "Knowledge", "Format"];

/**
 * Returns a wrong step of an example as annotators will see it; nothing in it can be pressed.
 * @param {FieldValues} values
 */
export function exampleStep({ blind, error_types: kinds, first_error: first, step_notes: notes }) {
  const pill = (/** @type {string} */ text, isOn = false) =>
    el("span", { class: "vp-pp-pill", "data-on": isOn ? "" : null, text });
  return [
    el(
      "div",
      { class: "vp-card vp-pp-example" },
      el(
        "p",
        { class: "vp-status-line" },
        blind ? icon("blind", 14) : icon("eye", 14),
        blind ? " Blind: scores come after the submission" : " Scores stand beside the steps from the start",
      ),
      el(
        "p",
        {},
        "The blue bar is 46.",
        blind ? null : el("span", { class: "vp-num vp-pp-example-score", text: "0.31" }),
      ),
      el("div", { class: "vp-pp-pills" }, pill("Correct 1"), pill("Neutral 2"), pill("Wrong 3", true)),
      kinds || first
        ? el(
            "div",
            { class: "vp-pp-pills" },
            ...(kinds ? KINDS.map((kind, index) => pill(`${kind} ${index + 4}`, index === 0)) : []),
            first ? pill("First error X", true) : null,
          )
        : null,
      notes ? el("p", { class: "vp-status-line", text: "C: what it should say · M: a note" }) : null,
    ),
  ];
}

/**
 * Returns what a hundred solutions cost with these choices, at the pace of the other projects.
 * @param {FieldValues} values
 * @param {Pick<Project, "queues">[]} projects
 */
export function costText({ overlap }, projects) {
  const people = overlap === "" ? 1 : Number(overlap);
  if (!Number.isInteger(people) || people < 1) return "";
  const labels = EXAMPLE * people;
  const each = usualSeconds(projects);
  const what = `${EXAMPLE} solutions take ${labels} labels`;
  if (each === null) return `${what}. How long that takes is known once somebody has labelled here.`;
  const hours = (labels * each) / 3600;
  const time = hours < 1 ? `${Math.max(1, Math.round(60 * hours))} minutes` : `${Math.round(hours)} hours`;
  const pace = `the ${plural(Math.round(each), "second")} a solution takes in your other projects`;
  return `${what}, about ${time} of work at ${pace}.`;
}

/**
 * Returns the mean of what everybody takes for a solution, in seconds; null where nobody has labelled.
 * @param {Pick<Project, "queues">[]} projects
 */
function usualSeconds(projects) {
  const people = projects.flatMap(({ queues }) => queues.flatMap((queue) => queue.people));
  const timed = people.filter(({ seconds_an_item: seconds }) => seconds !== null);
  const solutions = timed.reduce((sum, { done }) => sum + done, 0);
  const seconds = timed.reduce((sum, { done, seconds_an_item: each }) => sum + done * (each ?? 0), 0);
  return solutions ? seconds / solutions : null;
}
