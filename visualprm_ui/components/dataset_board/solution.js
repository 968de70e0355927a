// One solution with everything said about it, side by side: each annotator's labels, the reward model's scores, the
// final label and where it comes from. Whoever may review decides here, with a cause; below stands the history, which
// nothing ever overwrites.

import { el } from "../../assets/dom.js";
import { call } from "../../assets/rest.js";
import { ProblemPane } from "../label_board/problem_pane.js";
import { breadcrumbs } from "./breadcrumbs.js";
import { goldPanel } from "./gold_panel.js";
import { historyPanel, wholeHistory } from "./history_panel.js";
import { LabelSheet } from "./label_sheet.js";

/** @import { Reload } from "../../assets/views.js" */

/** @import { SolutionView } from "../../assets/api.d.ts" */

/**
 * Returns the view's node.
 * @param {URLSearchParams} query
 * @param {Reload} reload
 * @param {boolean} canAddGold
 */
export async function solution(query, reload, canAddGold) {
  const id = query.get("id") ?? "";
  const path = `api/solutions/${encodeURIComponent(id)}`;
  /** @type {Promise<SolutionView>} */
  const answer = call(path);
  const [view, events, crumbs] = await Promise.all([answer, wholeHistory(path), breadcrumbs(query)]);
  const problem = new ProblemPane(view);
  const left = el("section", { class: "vp-sv-problem vp-card", "aria-label": "Problem" }, problem.node);
  const queue = query.get("queue") ?? view.queue; // that of the list it was opened from
  const labelSheet = new LabelSheet({ ...view, queue }, path, reload, problem.pictureNames);
  return el(
    "div",
    { class: "vp-sv" },
    crumbs,
    left,
    el("div", { class: "vp-sv-side" }, labelSheet.node, canAddGold ? await goldPanel(view) : "", historyPanel(events)),
  );
}
