// One solution with everything said about it, side by side: each annotator's labels, the reward model's scores, the
// final label and where it comes from; below stands the history, which nothing ever overwrites.

import { el, setText } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { address, call, errorText } from "../../assets/rest.js";
import { ProblemPane } from "../label_board/problem_pane.js";
import { breadcrumbs, followLinkKeys } from "./breadcrumbs.js";
import { goldPanel } from "./gold_panel.js";
import { historyPanel, wholeHistory } from "./history_panel.js";
import { LabelSheet } from "./label_sheet.js";

/** @import { SolutionView } from "../../assets/api.d.ts" */

/**
 * Returns the view's node.
 * @param {URLSearchParams} query
 * @param {boolean} isAdmin who may also make it a gold item, and delete its problem
 */
export async function solution(query, isAdmin) {
  const id = query.get("id") ?? "";
  const path = `api/solutions/${encodeURIComponent(id)}`;
  /** @type {Promise<SolutionView>} */
  const answer = call(path);
  const [view, events, crumbs] = await Promise.all([answer, wholeHistory(path), breadcrumbs(query)]);
  const problem = new ProblemPane(view);
  const left = el("section", { class: "vp-sv-problem vp-card", "aria-label": "Problem" }, problem.node);
  const queue = query.get("queue") ?? view.queue; // that of the list it was opened from
  const labelSheet = new LabelSheet({ ...view, queue }, problem.pictureNames);
  const node = el(
    "div",
    { class: "vp-sv" },
    crumbs,
    left,
    el(
      "div",
      { class: "vp-sv-side" },
      labelSheet.node,
      isAdmin ? await goldPanel(view) : "",
      historyPanel(events),
      isAdmin ? deleteProblem(view.problem) : "",
    ),
  );
  followLinkKeys(node);
  return node;
}

/**
 * Returns the button that deletes the whole problem, in a row of its own.
 * @param {string} problem its id
 */
function deleteProblem(problem) {
  const status = el("p", { class: "vp-status-line", role: "status" });
  const open = async () => {
    setText(status, "");
    try {
      const { openDeletion } = await import("../deletion/dialog.js");
      const path = `api/problems/${encodeURIComponent(problem)}`;
      await openDeletion({ path, next: address("dataset?view=browse"), nextText: "Back to the list" });
    } catch (error) {
      setText(status, errorText(error));
    }
  };
  const button = el("button", { type: "button", class: "vp-btn", onclick: open }, icon("trash"), "Delete problem…");
  return el("div", { class: "vp-button-row" }, button, status);
}
