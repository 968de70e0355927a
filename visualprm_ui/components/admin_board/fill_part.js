// What a project is filled with: a file, runs that are picked, what a filter over the store finds, items with known
// labels; what is in it.

import { el } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { plural } from "../../assets/plural.js";
import { call } from "../../assets/rest.js";
import { table } from "../dataset_board/list_controls.js";
import { actionButton, confirmButton, post } from "./actions.js";
import { filterCard } from "./fill_filter.js";
import { goldCard } from "./fill_gold.js";
import { runsCard } from "./fill_runs.js";

/** @import { ContentList } from "../../assets/api.d.ts" */
/** @import { PartContext } from "./project_page.js" */

/**
 * Returns the part's nodes.
 * @param {PartContext} context
 */
export async function fillPart(context) {
  const { path } = context;
  const [runs, filter, known, contents] = await Promise.all([
    runsCard(context),
    filterCard(context),
    goldCard(context),
    call(`${path}/items`),
  ]);
  const pair = el("div", { class: "vp-pp-pair" }, runs, filter);
  return [fileCard(context), pair, known, ...contentNodes(contents, context)];
}

/** @param {PartContext} context */
function fileCard({ progress, status, done }) {
  const open = async () => {
    const { openImport } = await import("../import_panel/dialog.js");
    await openImport(() => done("The file’s solutions are in the project."), progress.project);
  };
  return el(
    "section",
    { class: "vp-card vp-pp-next-card vp-pp-file", "aria-label": "Add a file" },
    icon("upload", 20),
    el(
      "div",
      {},
      el("h3", { text: "A file of solutions, labelled or not" }),
      el("p", {
        text:
          "JSONL, CSV, Parquet, or a zip with its pictures. You see what was read, and every line that could not be, " +
          "before anything is added.",
      }),
    ),
    actionButton("Choose a file", open, status),
  );
}

/**
 * @param {ContentList} list
 * @param {PartContext} context
 */
function contentNodes({ contents }, { path, status, done }) {
  if (contents.length === 0) return [];
  const rows = contents.map(({ data_source: source, policy_model: policy, solutions, begun }) => {
    const left = solutions - begun;
    const remove = async () => {
      /** @type {{ removed: number }} */
      const { removed } = await post(`${path}/items/removal`, { data_source: source, policy_model: policy });
      await done(`${plural(removed, "solution")} removed from the project. They stay in the store.`);
    };
    const button = confirmButton(`Remove the ${left} not begun`, `Remove ${left}, really?`, remove, status);
    return [source ?? "no source", policy, solutions, begun, left ? button : ""];
  });
  return [table("What is in the project", ["Source", "Policy", "Solutions", "Begun", ""], rows)];
}
