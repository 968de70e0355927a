// A person in the tables of a project: the first letter of the name, and the name.

import { el } from "../../assets/dom.js";

/** @param {string} name shown */
export function personCell(name) {
  return el(
    "span",
    { class: "vp-pp-person" },
    el("span", { class: "vp-avatar", "aria-hidden": "true", text: [...name][0]?.toUpperCase() ?? "?" }),
    el("span", { dir: "auto", text: name }),
  );
}

/**
 * How many solutions of the project somebody has labelled; what quiz and gold items add, which no sum of the project
 * counts, stands apart.
 * @param {{ done: number, work_done: number, work_skipped: number, quiz_done: number }} person
 */
export function doneCell(person) {
  const { work, others } = doneTexts(person);
  return el(
    "span",
    { class: "vp-pp-done" },
    el("span", { class: "vp-num", text: work }),
    others ? el("span", { class: "vp-status-line", text: others }) : null,
  );
}

/**
 * @param {{ done: number, work_done: number, work_skipped: number, quiz_done: number }} person
 * @returns {{ work: string, others: string }}
 */
export function doneTexts({ done, work_done: work, work_skipped: skipped, quiz_done: quiz }) {
  const gold = done - work - quiz;
  const others = [quiz ? `${quiz} quiz` : "", gold ? `${gold} gold` : ""].filter(Boolean).join(", ");
  return { work: skipped ? `${work}, ${skipped} skipped` : String(work), others: others && `and ${others}` };
}
