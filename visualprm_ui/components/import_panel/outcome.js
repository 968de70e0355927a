// What would come of a file: whose labels it has, which project its solutions join, the figures, the lines left out.

import { el } from "../../assets/dom.js";
import { address } from "../../assets/rest.js";
import { counted, figures } from "../transfer_panel/job_text.js";
import { choice, part } from "../transfer_panel/modal.js";

/** @import { Import, ImportReport, Project } from "../../assets/api.d.ts" */

const SHOWN = 8; // bad lines
export const NEW_PROJECT = "new";
const KNOWN_LABELS =
  "To use labelled solutions for the entry quiz or as hidden gold items, choose “No project: only store them”, and " +
  "draw them on Fill afterwards. In a queue they are labelled once more.";

/**
 * Asks whose labels a file's are; nothing where it has none.
 * @param {ImportReport} report
 * @param {HTMLInputElement} source
 */
export function ownerPart(report, source) {
  if (Object.keys(report.sources).length === 0) return null;
  return part(
    "Who labelled this?",
    el("label", { class: "vp-import-owner" }, el("span", { text: "The labels in this file belong to" }), source),
    el("p", {
      class: "vp-dataset-note",
      text: "Kept apart from people here: left out of agreement, never called blind.",
    }),
  );
}

/**
 * @typedef {object} Destination where solutions go
 * @property {string | null} project id, "" for none, NEW_PROJECT; null: nothing was chosen yet
 * @property {string} title of a new one
 * @property {number} solutions that the model writes for each problem alone
 */

/**
 * Asks which project's queue the solutions join; for problems alone also how many the model is to write.
 * @param {ImportReport} report
 * @param {Project[]} projects
 * @param {Destination} chosen changed in place
 * @param {string | null} preset the project on whose page the dialog was opened
 * @param {() => void} redraw
 */
export function projectPart(report, projects, chosen, preset, redraw) {
  if (!report.solutions && !report.problems) return null;
  /** @type {[string, string][]} */
  const options = [
    ["", "No project: only store them"],
    [NEW_PROJECT, "A new project…"],
    ...projects.map((each) => /** @type {[string, string]} */ ([each.project, each.title])),
  ];
  const select = choice("vp-import-project", "Add to a project", options, chosen.project ?? "", (value) => {
    chosen.project = value;
    redraw();
  });
  const title = el("input", {
    type: "text",
    id: "vp-import-title",
    maxlength: "400",
    value: chosen.title,
    "aria-label": "Title of the new project",
  });
  title.addEventListener("input", () => {
    chosen.title = title.value;
  });
  return part(
    "Label them",
    el(
      "div",
      { class: "vp-import-owner" },
      el("span", { text: "Add the solutions to the queue of" }),
      select,
      chosen.project === NEW_PROJECT ? title : null,
    ),
    preset && Object.keys(report.sources).length ? el("p", { class: "vp-dataset-note", text: KNOWN_LABELS }) : null,
    report.problems ? samplingLine(report.problems, chosen) : null,
  );
}

/**
 * @param {number} problems without a solution
 * @param {Destination} chosen changed in place
 */
function samplingLine(problems, chosen) {
  const count = counted(problems, "problem");
  if (!chosen.project)
    return el("p", {
      class: "vp-dataset-note",
      text: `${count} without a solution: in a project, the loaded model writes solutions to label.`,
    });
  const input = el("input", {
    type: "number",
    id: "vp-import-solutions",
    min: "1",
    max: "64",
    value: String(chosen.solutions),
    "aria-label": "Solutions for each problem",
  });
  input.addEventListener("input", () => {
    chosen.solutions = Number(input.value);
  });
  return el(
    "div",
    { class: "vp-import-owner" },
    el("span", { text: "The loaded model writes" }),
    input,
    el("span", { text: `solutions for each of ${count} without any, while nobody samples.` }),
  );
}

/**
 * The figures of a report and the first lines that are left out.
 * @param {Import} found
 * @param {ImportReport} report
 */
export function outcomePart(found, report) {
  return part(
    "What Import will do",
    el(
      "dl",
      { class: "vp-transfer-figures" },
      ...figures(report).map(([count, words]) =>
        el("div", {}, el("dd", { class: "vp-num", text: count.toLocaleString("en") }), el("dt", { text: words })),
      ),
    ),
    report.published ? el("p", { class: "vp-dataset-note", text: `Published benchmark: ${report.published}.` }) : null,
    report.kept_fields.length
      ? el("p", {
          class: "vp-dataset-note",
          text: `Other fields are kept for exports: ${report.kept_fields.join(", ")}.`,
        })
      : null,
    report.ignored_fields.length
      ? el("p", {
          class: "vp-dataset-note",
          text: `Not kept, as problems have no place for it: ${report.ignored_fields.join(", ")}.`,
        })
      : null,
    found.errors.length ? badLines(found, report) : null,
  );
}

/**
 * @param {Import} found
 * @param {ImportReport} report
 */
function badLines({ id, errors }, report) {
  const more = report.errors - Math.min(SHOWN, errors.length);
  return el(
    "div",
    { class: "vp-transfer-bad" },
    el(
      "ul",
      {},
      ...errors
        .slice(0, SHOWN)
        .map(({ line, reason }) => el("li", { dir: "auto" }, el("b", { text: `line ${line}` }), ` ${reason}`)),
      more > 0 ? el("li", { text: `and ${counted(more, "more line")}` }) : null,
    ),
    el("a", { href: address(`api/imports/${id}/report`), download: true, text: "Save the whole report" }),
  );
}
