// What a project is filled with: a file, runs that are picked, what a filter over the store finds, items with known
// labels; what is in it.

import { el, setText } from "../../assets/dom.js";
import { plural } from "../../assets/plural.js";
import { call, errorText } from "../../assets/rest.js";
import { table } from "../dataset_board/list_controls.js";
import { fileDrop } from "../import_panel/file_drop.js";
import { loadStyles } from "../transfer_panel/modal.js";
import { confirmButton, post } from "./actions.js";
import { filterCard } from "./fill_filter.js";
import { goldCard } from "./fill_gold.js";
import { runsCard } from "./fill_runs.js";

/** @import { ContentList } from "../../assets/api.d.ts" */
/** @import { PartContext } from "./project_page.js" */

const FILE_WORDS = {
  title: "A file of solutions, labelled or not",
  hint:
    "Drop it here: JSONL, CSV, Parquet, or a folder or zip with its pictures. You see what was read, and every line " +
    "that could not be, before anything is added.",
};

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
    loadStyles(),
  ]);
  const pair = el("div", { class: "vp-pp-pair" }, runs, filter);
  return [fileCard(context), pair, known, ...contentNodes(contents, context)];
}

/** @param {PartContext} context */
function fileCard({ progress: { project }, status, done }) {
  const open = async (/** @type {File | string} */ chosen) => {
    try {
      const { openImport } = await import("../import_panel/dialog.js");
      await openImport(done, { project, chosen });
    } catch (error) {
      setText(status, errorText(error));
    }
  };
  const { node } = fileDrop(open, open, FILE_WORDS);
  return el("section", { class: "vp-pp-file vp-card", "aria-label": "Add a file" }, node);
}

/**
 * @param {ContentList} list
 * @param {PartContext} context
 */
function contentNodes({ contents }, { path, status, done }) {
  if (contents.length === 0) return [];
  const rows = contents.map(({ data_source: source, policy_model: policy, solutions, begun, held }) => {
    const left = solutions - begun - held;
    const remove = async () => {
      /** @type {{ removed: number }} */
      const { removed } = await post(`${path}/items/removal`, { data_source: source, policy_model: policy });
      await done(`${plural(removed, "solution")} removed from the project. They stay in the store.`);
    };
    const button = confirmButton(`Remove the ${left} not begun`, `Remove ${left}, really?`, remove, status);
    const open = held ? el("span", { class: "vp-status-line", text: `${held} open on somebody’s screen` }) : "";
    return [source ?? "no source", policy, solutions, begun, el("div", {}, left ? button : "", open)];
  });
  return [table("What is in the project", ["Source", "Policy", "Solutions", "Begun", ""], rows)];
}
