// The projects of the store with how far each is; one of them, or a new one, where the address says so.

import { el } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { call } from "../../assets/rest.js";
import { emptyState, formatTime, table } from "../dataset_board/list_controls.js";
import { homeTiles } from "./home_tiles.js";
import { newProject } from "./new_project.js";
import { adminLink, partPath } from "./project_address.js";
import { projectPage } from "./project_page.js";

/** @import { Health, Project, ProjectList } from "../../assets/api.d.ts" */
/** @import { Reload } from "../../assets/views.js" */

const NEW = "new"; // in the address, instead of the id of a project

/**
 * Returns the view's node.
 * @param {URLSearchParams} query
 * @param {Reload} reload
 */
export async function projects(query, reload) {
  const project = query.get("project");
  if (project !== null && project !== NEW) return projectPage(project, query, reload);
  /** @type {ProjectList} */
  const list = await call("api/projects");
  if (project === NEW) return newProject(list);
  /** @type {Health} */
  const { last_backup: lastBackup } = await call("api/health");
  /** @type {{ store_options: string }} */
  const { store_options: storeOptions } = await call("api/formats");
  const add = adminLink(`admin?project=${NEW}`, { class: "vp-btn vp-btn-primary" }, icon("plus", 14), "New project");
  return el(
    "div",
    { class: "vp-dataset-part" },
    homeTiles(list.projects),
    el("div", { class: "vp-button-row" }, add),
    list.projects.length
      ? table("Projects", ["Project", "Labels", "People", ""], list.projects.map(row))
      : emptyState(
          "No project yet",
          "A project says how its solutions are labelled: by how many people, in which order, with which questions.",
        ),
    backupLine(lastBackup, storeOptions),
  );
}

/** @param {Project} project */
function row({ project, title, archived, options, queues }) {
  const wanted = queues.reduce((sum, { labels }) => sum + labels.wanted, 0);
  const done = queues.reduce((sum, { labels }) => sum + labels.done, 0);
  const people = new Set(queues.flatMap((queue) => queue.people.map(({ annotator }) => annotator))).size;
  const name = el("b", { dir: "auto", text: title });
  return [
    el(
      "div",
      {},
      adminLink(partPath(project, "progress"), { class: "vp-pp-link" }, name),
      tagOf(archived, options.paused),
    ),
    progressBar(title, done, wanted),
    people,
    wanted === 0
      ? adminLink(
          partPath(project, "fill"),
          { class: "vp-btn", "aria-label": `Add solutions: ${title}` },
          "Add solutions",
        )
      : "",
  ];
}

/**
 * @param {boolean} archived
 * @param {boolean} paused
 */
function tagOf(archived, paused) {
  const text = archived ? "archived" : paused ? "paused" : "";
  return text ? el("span", { class: "vp-tag", text }) : "";
}

/**
 * @param {string} title
 * @param {number} done
 * @param {number} total
 */
function progressBar(title, done, total) {
  const share = total > 0 ? done / total : 0;
  return el(
    "div",
    { class: "vp-admin-progress" },
    el(
      "span",
      {
        class: "vp-admin-bar",
        role: "progressbar",
        "aria-label": `${title}: labels done`,
        "aria-valuemin": "0",
        "aria-valuemax": String(total),
        "aria-valuenow": String(done),
      },
      el("span", { style: `width:${100 * share}%` }),
    ),
    el("span", { class: "vp-num", text: `${done.toLocaleString("en")} of ${total.toLocaleString("en")}` }),
  );
}

/**
 * @param {string | null} last
 * @param {string} storeOptions by which a command opens this store
 */
function backupLine(last, storeOptions) {
  const text = ["python -m storage backup FOLDER --keep 7 daily", storeOptions].filter(Boolean).join(" ");
  const command = el("code", { text });
  if (last === null)
    return el("p", { class: "vp-admin-backup" }, "There is no backup of this workbench yet: ", command, ".");
  return el("p", { class: "vp-admin-backup" }, `Last backup: ${formatTime(last)}. The next one: `, command, ".");
}
