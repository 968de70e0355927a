// Adding a solution to a project as an item with known labels.

import { el, setText } from "../../assets/dom.js";
import { call, errorText } from "../../assets/rest.js";

/** @import { ProjectList } from "../../assets/api.d.ts" */

/**
 * Adds a solution whose labels are settled to a project, as a check on its annotators: hidden gold, or part of the
 * entry quiz.
 * @param {{ solution: string }} view
 */
export async function goldPanel({ solution: id }) {
  /** @type {ProjectList} */
  const { projects: all } = await call("api/projects");
  const projects = all.filter(({ archived }) => !archived);
  if (projects.length === 0) return "";
  const status = el("p", { class: "vp-status-line", role: "status" });
  const where = el(
    "select",
    { "aria-label": "Project" },
    ...projects.map(({ project, title }) => el("option", { value: project, text: title })),
  );
  /**
   * @param {string} text
   * @param {"gold" | "quiz"} role
   * @param {string} done
   */
  const make = (text, role, done) =>
    el("button", {
      type: "button",
      class: "vp-btn",
      text,
      onclick: async () => {
        try {
          /** @type {{ changed: number }} */
          const { changed } = await call(`api/projects/${encodeURIComponent(where.value)}/gold`, {
            method: "POST",
            body: { role, solutions: [{ solution: id }] },
          });
          setText(status, changed > 0 ? done : "It is one already.");
        } catch (error) {
          setText(status, errorText(error));
        }
      },
    });
  return el(
    "section",
    { class: "vp-card vp-sv-decision vp-fields", "aria-label": "Gold labels" },
    el("p", { class: "vp-label", text: "Check the annotators of a project with these final labels" }),
    el(
      "div",
      { class: "vp-button-row vp-dataset-filters" },
      where,
      make("Hidden gold item", "gold", "A hidden gold item now."),
      make("Item of the entry quiz", "quiz", "Part of the entry quiz now."),
      status,
    ),
  );
}
