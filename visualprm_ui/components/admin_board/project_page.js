// The pages of one project: its head, and the part that the address names.

import { el, setText } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { plural } from "../../assets/plural.js";
import { address, call } from "../../assets/rest.js";
import { actionButton, patch, statusLine } from "./actions.js";
import { fastPart } from "./fast_part.js";
import { fillPart } from "./fill_part.js";
import { guidelinePart } from "./guideline_part.js";
import { peoplePart } from "./people_part.js";
import { progressPart } from "./progress_part.js";
import { dayName } from "./progress_words.js";
import { adminLink, partPath } from "./project_address.js";
import { quizPart } from "./quiz_part.js";
import { setupPart } from "./setup_part.js";

/** @import { ProjectProgress } from "../../assets/api.d.ts" */
/** @import { Reload } from "../../assets/views.js" */
/** @import { PartName } from "./project_address.js" */

/**
 * @typedef {object} PartContext what a part is given
 * @property {ProjectProgress} progress
 * @property {string} path of the project in REST
 * @property {HTMLElement} status takes the sentence of a refusal
 * @property {(text: string) => Promise<void>} done shows the page anew with a message
 * @property {URLSearchParams} query
 */

/** @type {[PartName, string][]} */
const PARTS = [
  ["progress", "Progress"],
  ["fill", "Fill"],
  ["people", "People"],
  ["setup", "Setup"],
];

const PAUSED = "The project is paused: nobody gets anything new. People can finish what they have begun.";

/**
 * Returns the node of a project's page.
 * @param {string} project
 * @param {URLSearchParams} query
 * @param {Reload} reload
 */
export async function projectPage(project, query, reload) {
  const path = `api/projects/${encodeURIComponent(project)}`;
  /** @type {ProjectProgress} */
  const progress = await call(`${path}/progress`);
  const wanted = query.get("part");
  const part = PARTS.find(([name]) => name === wanted)?.[0] ?? "progress";
  const status = statusLine();
  const done = async (/** @type {string} */ text) => {
    await reload();
    const line = document.querySelector(".vp-pp > [role=status]"); // of the page as it is now
    if (line) setText(line, text);
  };
  const context = { progress, path, status, done, query };
  return el(
    "section",
    { class: "vp-pp", "aria-label": progress.title, "data-project": project },
    el("nav", { class: "vp-pp-trail", "aria-label": "You are here" }, adminLink("admin?view=projects", {}, "Projects")),
    head(context),
    tabs(progress, part),
    status,
    ...(await nodesOf(part, context)),
  );
}

/**
 * @param {PartName} part
 * @param {PartContext} context
 * @returns {Promise<Node[]>}
 */
async function nodesOf(part, context) {
  const { progress, query } = context;
  const [fast, quiz, guideline] = [query.get("fast"), query.get("quiz"), query.get("guideline")];
  if (part === "fill") return fillPart(context);
  if (part === "people") return quiz ? quizPart(context, quiz) : peoplePart(context);
  if (part === "setup") return guideline ? guidelinePart(context) : setupPart(context);
  return fast ? fastPart(progress.project, progress.queue, fast) : progressPart(progress);
}

/** @param {PartContext} context */
function head({ progress, path, status, done }) {
  const { title, archived, solutions, options, queue, created_at: created } = progress;
  const people =
    options.overlap === null
      ? "everybody may label each"
      : `${plural(options.overlap, "person").replace("persons", "people")} each`;
  const download = async () => {
    const { openExport } = await import("../export_panel/dialog.js");
    await openExport(null, progress.project);
  };
  const reopen = async () => {
    await patch(path, { archived: false });
    await done("The project is open again.");
  };
  const pause = async () => {
    await patch(path, { options: { paused: !options.paused } });
    await done(options.paused ? "The project goes on." : PAUSED);
  };
  const state = archived ? "archived" : options.paused ? "paused" : "open";
  return el(
    "div",
    { class: "vp-pp-head" },
    el("h2", { dir: "auto", text: title }),
    el("span", { class: "vp-tag", text: state }),
    el("span", {
      class: "vp-status-line",
      text: `${plural(solutions, "solution")}, ${people} · since ${dayName(new Date(created))}`,
    }),
    el(
      "span",
      { class: "vp-button-row" },
      solutions === 0 || archived
        ? null
        : el(
            "a",
            { class: "vp-btn", href: address(`annotate?queue=${encodeURIComponent(queue)}`) },
            icon("eye", 14),
            "See it as an annotator",
          ),
      progress.labels.done ? actionButton("Export", download, status) : null,
      archived
        ? actionButton("Open it again", reopen, status)
        : actionButton(options.paused ? "Go on" : "Pause", pause, status),
    ),
  );
}

/**
 * @param {ProjectProgress} progress
 * @param {PartName} current
 */
function tabs({ project, actions }, current) {
  const waiting = actions.find(({ kind }) => kind === "quiz")?.count ?? 0;
  return el(
    "nav",
    { class: "vp-dataset-tabs", "aria-label": "Parts of the project" },
    ...PARTS.map(([name, text]) =>
      adminLink(
        partPath(project, name),
        { "aria-current": name === current ? "page" : null },
        text,
        name === "people" && waiting
          ? el("span", { class: "vp-pp-count", title: "waiting for you" }, String(waiting))
          : null,
      ),
    ),
  );
}
