// Deleting the problems of a selection: says what goes with all of them, and keeps those that hold people's labels,
// which go one by one and by name only. Loaded when it is opened.

import { el, setText } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { plural } from "../../assets/plural.js";
import { address, call, errorText } from "../../assets/rest.js";
import { goesSentence } from "../deletion/sentences.js";

/** @import { DeletionView } from "../../assets/api.d.ts" */

const MOST_PROBLEMS = 200;
const COUNTS = /** @type {const} */ ([
  "problems",
  "runs",
  "solutions",
  "scorings",
  "tasks",
  "file_rows",
  "rollout_labels",
  "pictures",
]);

/** @param {string} problem */
const pathOf = (problem) => `api/problems/${encodeURIComponent(problem)}`;

/**
 * Opens the dialog of one problem, or of several. Throws RestError.
 * @param {string[]} problems
 * @param {() => void} onDeleted
 */
export async function openBulkDeletion(problems, onDeleted) {
  if (problems.length === 1) {
    const { openDeletion } = await import("../deletion/dialog.js");
    const next = address(`dataset${location.search}`);
    await openDeletion({ path: pathOf(problems[0]), next, nextText: "Back to the list" });
    return;
  }
  if (problems.length > MOST_PROBLEMS)
    throw new Error(`${problems.length} problems are selected; at most ${MOST_PROBLEMS} can be deleted at once.`);
  /** @type {DeletionView[]} */
  const views = [];
  for (const problem of problems) views.push(await call(`${pathOf(problem)}/deletion`));
  const going = views.filter((view) => !view.has_labels && !view.refusal);
  showDialog(going, views.length - going.length, onDeleted);
}

/**
 * Adds up what goes with several problems, as if it were one.
 * @param {DeletionView[]} views at least one
 * @returns {DeletionView}
 */
export function added(views) {
  const sums = COUNTS.map((name) => [name, views.reduce((sum, view) => sum + view[name], 0)]);
  return { ...views[0], ...Object.fromEntries(sums) };
}

/**
 * @param {DeletionView[]} going
 * @param {number} kept
 * @param {() => void} onDeleted
 */
function showDialog(going, kept, onDeleted) {
  const status = el("p", { class: "vp-status-line", role: "status" });
  const keep = el("button", { type: "button", class: "vp-btn", text: "Keep them", autofocus: true });
  const erase = el(
    "button",
    { type: "button", class: "vp-btn vp-br-erase" },
    icon("trash"),
    el("span", { text: `Delete ${plural(going.length, "problem")}` }),
  );
  const [stay, them] = kept === 1 ? ["stays", "it"] : ["stay", "them"];
  const stays =
    `${plural(kept, "problem")} of the selection ${stay}: people have labelled ${them}, or a run of ${them} is in ` +
    "progress. Open one to delete it by name.";
  const dialog = el(
    "dialog",
    { class: "vp-host vp-br-dialog", "aria-label": "Delete the problems of the selection?" },
    el(
      "div",
      { class: "vp-br-dialog-body" },
      el("h2", { text: "Delete the problems of the selection?" }),
      el("p", { text: going.length ? goesSentence(added(going)) : "None of them can be deleted here." }),
      kept > 0 ? el("p", { class: "vp-dataset-note", text: stays }) : null,
      status,
      el("div", { class: "vp-button-row" }, keep, going.length ? erase : null),
    ),
  );
  let deleted = 0;
  keep.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (deleted > 0) location.reload();
  });
  erase.addEventListener("click", async () => {
    erase.disabled = true;
    try {
      for (const { id } of going) {
        setText(status, `${deleted} of ${going.length} deleted…`);
        await call(pathOf(id), { method: "DELETE" });
        deleted += 1;
      }
      setText(status, `${plural(deleted, "problem")} deleted.`);
      setText(keep, "Close");
      onDeleted();
    } catch (error) {
      setText(status, `${deleted} of ${going.length} deleted. ${errorText(error)}`);
    }
  });
  document.body.append(dialog);
  dialog.showModal();
}
