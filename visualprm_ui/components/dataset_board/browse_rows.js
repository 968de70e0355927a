// The rows of the list of solutions: the problem, and every step as a cell, its label over its score, framed where the
// two contradict each other. No colour is needed to read them.

import { el } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { LABEL_NAMES, labelKind } from "../../assets/labels.js";
import { THRESHOLD } from "../../assets/prediction.js";
import { imageAddress } from "../../assets/rest.js";
import { showLine } from "../../assets/rich_text.js";
import { isScore, scoreBall, scoreText, spokenScore } from "../../assets/scores.js";
import { formatTime, labelIcon } from "./list_controls.js";
import { itemLink } from "./list_link.js";
import { originText } from "./origin_text.js";

/** @import { BrowsedSolution, ListState, StepLabel } from "../../assets/api.d.ts" */
/** @import { IconName } from "../../assets/icons.js" */
/** @import { Selection } from "./selection.js" */

const MOST_CELLS = 10; // steps drawn; the others are counted
/** @type {Record<ListState, [text: string, icon: IconName]>} */
const STATES = {
  decided: ["Decided", "check"],
  sent_back: ["Sent back", "undo"],
  split: ["Split", "majority"],
  labelled: ["Labelled", "label"],
  open: ["Not labelled", "plus"],
};
/** @type {ListState[]} */
const FIRST = ["sent_back", "decided", "split", "labelled", "open"]; // that is named, where several hold

/** Columns besides the problem, which is always there. */
export const COLUMNS = /** @type {const} */ (["Steps", "Mean", "Answer", "By", "State", "Updated"]);

/**
 * Returns the labels that a list shows: the final ones of people, where they gave any, else those of the only file,
 * else those of the only policy's rollouts.
 * @param {Pick<BrowsedSolution, "labels" | "file_labels" | "rollout_labels">} found
 * @returns {{ labels: StepLabel[], source: string | null }} source: whose, in words
 */
export function shownLabels({ labels, file_labels: files, rollout_labels: rollouts }) {
  if (labels.some((label) => label !== null) || files.length > 1) return { labels, source: null };
  if (files.length === 1) return { labels: files[0].labels, source: `file: ${files[0].source}` };
  if (rollouts.length !== 1) return { labels, source: null };
  return { labels: rollouts[0].labels, source: `Monte-Carlo: ${rollouts[0].policy_model}` };
}

/**
 * Whether a label and a score say opposite things; a neutral label and a missing score say nothing.
 * @param {StepLabel} label
 * @param {number | null} score
 */
export function contradict(label, score) {
  if (!isScore(score) || label === null || label === 0) return false;
  return label === 1 ? score <= THRESHOLD : score > THRESHOLD;
}

/**
 * Returns a row, with a box to select it.
 * @param {BrowsedSolution} found
 * @param {URLSearchParams} page the list it stands in
 * @param {readonly string[]} columns that are shown
 * @param {Selection} selection
 */
export function solutionRow(found, page, columns, selection) {
  const { solution, question } = found;
  const box = el("input", { type: "checkbox", "aria-label": `Select: ${question.slice(0, 80)}` });
  box.checked = selection.has(solution);
  const node = el(
    "tr",
    { class: "vp-br-row", "data-solution": solution, "data-selected": box.checked },
    el("td", { class: "vp-br-box" }, box),
    el("th", { scope: "row" }, problem(found, page)),
    ...columns.map((column) => el("td", { class: `vp-br-${column.toLowerCase()}` }, cellOf(found, column))),
  );
  box.addEventListener("change", () => selection.set(found, box.checked));
  return node;
}

/**
 * @param {BrowsedSolution} found
 * @param {URLSearchParams} page
 */
function problem({ solution, question, image, data_source: source, policy_model: policy }, page) {
  const text = el("span", { class: "vp-br-question", dir: "auto" });
  showLine(text, question);
  return itemLink(
    solution,
    page,
    el(
      "span",
      { class: "vp-br-problem" },
      image ? el("img", { src: imageAddress(image, 96), alt: "", width: 46, height: 36, loading: "lazy" }) : null,
      el("span", {}, text, el("span", { class: "vp-br-meta", dir: "auto", text: originText(source, policy) })),
    ),
    { class: "vp-br-open" },
  );
}

/**
 * @param {BrowsedSolution} found
 * @param {string} column
 * @returns {Node | string}
 */
function cellOf(found, column) {
  if (column === "Steps") return stepCells(found);
  if (column === "Mean") return meanOf(found.mean_score);
  if (column === "Answer") return answerOf(found);
  if (column === "By") return peopleOf(found);
  if (column === "State") return stateOf(found.states);
  return el("time", { datetime: found.updated_at, title: formatTime(found.updated_at), text: ago(found.updated_at) });
}

/** @param {BrowsedSolution} found */
function stepCells(found) {
  const { labels, source } = shownLabels(found);
  const cells = labels.slice(0, MOST_CELLS).map((label, step) => {
    const score = found.scores?.[step] ?? null;
    const name = label === null ? "no label" : LABEL_NAMES[label];
    const against = contradict(label, score);
    return el(
      "span",
      { class: "vp-br-cell", "data-kind": labelKind(label), "data-contradicts": against, role: "listitem" },
      el("span", { "aria-hidden": "true" }, labelIcon(label), scoreBall(score, 12)),
      el("span", {
        class: "vp-hidden",
        text: `Step ${step + 1}: ${name}, ${spokenScore(score)}${against ? ", they contradict" : ""}`,
      }),
    );
  });
  const more = labels.length - cells.length;
  return el(
    "div",
    { class: "vp-br-cells" },
    el("div", { class: "vp-br-cells", role: "list", "aria-label": "Steps" }, ...cells),
    more > 0 ? el("span", { class: "vp-br-meta", text: `+${more}` }) : null,
    source === null ? null : el("span", { class: "vp-br-meta", dir: "auto", text: source }),
  );
}

/** @param {number | null} mean */
function meanOf(mean) {
  return el("span", { class: "vp-num" }, scoreBall(mean, 13), ` ${scoreText(mean)}`);
}

/** @param {BrowsedSolution} found */
function answerOf({ is_right: isRight }) {
  const text = isRight === null ? "not known" : isRight ? "right" : "wrong";
  const kind = isRight === null ? "none" : isRight ? "correct" : "wrong";
  return el(
    "span",
    { class: "vp-label-icon", "data-kind": kind, title: `Answer: ${text}` },
    isRight === null ? "–" : icon(isRight ? "check" : "cross", 14),
    el("span", { class: "vp-hidden", text }),
  );
}

/** @param {BrowsedSolution} found */
function peopleOf({ people }) {
  const initials = people.slice(0, 3).map((name) =>
    el("span", {
      class: "vp-br-person",
      "aria-hidden": "true",
      title: name,
      text: [...name][0]?.toUpperCase() ?? "?",
    }),
  );
  const more = people.length - initials.length;
  return el(
    "span",
    { class: "vp-br-people" },
    ...initials,
    more > 0 ? el("span", { class: "vp-br-meta", "aria-hidden": "true", text: `+${more}` }) : null,
    el("span", { class: "vp-hidden", text: people.join(", ") || "nobody" }),
  );
}

/** @param {ListState[]} states */
function stateOf(states) {
  const state = FIRST.find((each) => states.includes(each));
  if (!state) return el("span", { class: "vp-br-meta", text: "Not queued" });
  const [text, name] = STATES[state];
  return el("span", { class: "vp-br-status" }, icon(name, 14), text);
}

/**
 * "5 min", "3 h", "2 days", then the date.
 * @param {string} iso
 * @param {number} [now]
 */
export function ago(iso, now = Date.now()) {
  const minutes = Math.floor((now - Date.parse(iso)) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h`;
  if (minutes < 7 * 24 * 60) return `${Math.floor(minutes / (24 * 60))} d`;
  return new Date(iso).toLocaleDateString(undefined, { day: "numeric", month: "short", year: "numeric" });
}
