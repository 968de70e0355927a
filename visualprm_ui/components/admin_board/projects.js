// The projects of the store, and making a new one.

import { el, setText } from "../../assets/dom.js";
import { call, errorText } from "../../assets/rest.js";
import { emptyState, formatTime } from "../dataset_board/list_controls.js";
import { field, post, statusLine } from "./actions.js";
import { projectCard } from "./project_card.js";
import { optionFields } from "./project_options.js";

/** @import { Health, ProjectList, ProjectOptions } from "../../assets/api.d.ts" */
/** @import { Reload } from "../../assets/views.js" */

const SUGGESTED_OVERLAP = 2; // two people per solution are the fewest whose agreement can be measured

/**
 * Returns the view's node.
 * @param {URLSearchParams} _query
 * @param {Reload} reload
 */
export async function projects(_query, reload) {
  /** @type {ProjectList} */
  const { projects: rows, default_options: defaults } = await call("api/projects");
  /** @type {Health} */
  const { last_backup: lastBackup } = await call("api/health");
  return el(
    "div",
    { class: "vp-dataset-part" },
    newProject(defaults, reload),
    rows.length
      ? el("div", { class: "vp-dataset-part" }, ...rows.map((project) => projectCard(project, reload)))
      : emptyState(
          "No project yet",
          "A project says how its solutions are labelled: by how many people, in which order, with which questions.",
        ),
    backupLine(lastBackup),
  );
}

/** @param {string | null} last */
function backupLine(last) {
  const command = el("code", { text: "python -m storage backup FOLDER --keep 7 daily" });
  if (last === null)
    return el("p", { class: "vp-admin-backup" }, "There is no backup of this workbench yet: ", command, ".");
  return el("p", { class: "vp-admin-backup" }, `Last backup: ${formatTime(last)}. The next one: `, command, ".");
}

/**
 * @param {ProjectOptions} defaults
 * @param {Reload} reload
 */
function newProject(defaults, reload) {
  const status = statusLine();
  const title = el("input", { type: "text", maxlength: "200", required: "" });
  const options = optionFields({ ...defaults, overlap: SUGGESTED_OVERLAP }, true);
  const form = el(
    "form",
    { class: "vp-admin-form" },
    el("div", { class: "vp-admin-title" }, field("Title", title)),
    ...options.nodes,
    el("button", { type: "submit", class: "vp-btn vp-btn-primary", text: "Make the project" }),
    status,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await post("api/projects", { title: title.value.trim(), options: options.changes() });
      await reload();
    } catch (error) {
      setText(status, errorText(error));
    }
  });
  return el("details", { class: "vp-card vp-admin-new" }, el("summary", { text: "New project" }), form);
}
