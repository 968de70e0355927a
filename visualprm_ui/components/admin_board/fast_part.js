// What somebody labelled quicker than one can read it, each solution a press away.

import { el } from "../../assets/dom.js";
import { plural } from "../../assets/plural.js";
import { call } from "../../assets/rest.js";
import { emptyState, formatTime, problemCell, table } from "../dataset_board/list_controls.js";
import { secondsText } from "./progress_words.js";
import { adminLink, datasetPath, partPath, pathLink } from "./project_address.js";

/** @import { FastItem, FastItemList } from "../../assets/api.d.ts" */

const HEAD = ["Problem", "Time", "Their usual time", "Words", "When", ""];

/**
 * Returns the part's nodes.
 * @param {string} project
 * @param {string} queue
 * @param {string} annotator
 */
export async function fastPart(project, queue, annotator) {
  const search = new URLSearchParams({ annotator });
  /** @type {FastItemList} */
  const { name, items } = await call(`api/projects/${encodeURIComponent(project)}/fast-items?${search}`);
  return [
    el(
      "div",
      { class: "vp-pp-trail" },
      adminLink(partPath(project, "progress"), { class: "vp-btn" }, "Back to progress"),
      el("h3", { text: `${plural(items.length, "solution")} that ${name} labelled too fast` }),
    ),
    el("p", {
      class: "vp-status-line",
      text:
        "Less than 0.1 seconds a word on screen, or less than reading takes and than a third of their usual time. " +
        "Short and repeated solutions can be labelled that fast: look before you ask.",
    }),
    items.length
      ? table(
          `Solutions that ${name} labelled too fast`,
          HEAD,
          items.map((item) => row(item, queue)),
        )
      : emptyState("None", "Nothing was labelled faster than it can be read."),
  ];
}

/**
 * @param {FastItem} item
 * @param {string} queue
 */
function row({ solution, question, image, words, seconds, usual_seconds: usual, at }, queue) {
  return [
    problemCell(image, question),
    secondsText(seconds),
    usual === null ? "–" : secondsText(usual),
    words,
    formatTime(at),
    pathLink(datasetPath("solution", { queue, id: solution }), { class: "vp-btn" }, "Open"),
  ];
}
