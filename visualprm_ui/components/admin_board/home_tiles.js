// For who has five minutes: what came in, what is ready, what waits, how good the labels are and the model on them.

import { el } from "../../assets/dom.js";
import { plural } from "../../assets/plural.js";
import { call } from "../../assets/rest.js";
import { points } from "../evaluate_board/figures.js";
import { intervalText, percentText } from "./progress_words.js";
import { datasetPath, partPath, pathLink } from "./project_address.js";

/** @import { AgreementReport, DatasetSummary, Evaluation, EvaluationList } from "../../assets/api.d.ts" */
/** @import { Project, Statistic, Week } from "../../assets/api.d.ts" */

/**
 * @typedef {[text: string, path: string]} TileLink
 * @typedef {object} Tile
 * @property {string} title
 * @property {string} value the one figure, "" where there is none
 * @property {string} note
 * @property {TileLink[]} links
 */

/**
 * Returns the tiles; a figure that cannot be had says so and keeps the others.
 * @param {Project[]} projects
 */
export async function homeTiles(projects) {
  /** @type {[Week, DatasetSummary, AgreementReport, { splits: unknown[] }, { total: number }, EvaluationList]} */
  const [week, dataset, agreement, { splits }, { total }, { evaluations }] = await Promise.all([
    call("api/dataset/week"),
    call("api/dataset"),
    call("api/agreement"),
    call("api/splits?state=review"),
    call("api/disagreements?open_only=true&limit=1"),
    call("api/evaluations"),
  ]);
  const tiles = [
    weekTile(week),
    readyTile(dataset.exportable ?? 0),
    waitingTile(projects, splits.length, total),
    labelsTile(projects, agreement.groups[0].alpha_nominal),
    modelTile(evaluations),
  ];
  return el("div", { class: "vp-pp-tiles" }, ...tiles.map(draw));
}

/** @param {Tile} tile */
function draw({ title, value, note, links }) {
  return el(
    "section",
    { class: "vp-card vp-pp-tile", "aria-label": title },
    el("h2", { text: title }),
    value ? el("b", { class: "vp-num", text: value }) : null,
    el("p", { class: "vp-status-line", text: note }),
    ...links.map(([text, path]) => pathLink(path, { class: "vp-pp-link" }, text)),
  );
}

/**
 * @param {Week} week
 * @returns {Tile}
 */
export function weekTile({ labels, people }) {
  const note = labels ? `given by ${people === 1 ? "one person" : `${people} people`}` : "Nothing was labelled.";
  return {
    title: "Last seven days",
    value: labels ? plural(labels, "label") : "",
    note,
    links: labels ? [["See the newest", datasetPath("browse", { sort: "-updated" })]] : [],
  };
}

/**
 * @param {number} labelled solutions, without gold and quiz items
 * @returns {Tile}
 */
export function readyTile(labelled) {
  return {
    title: "Ready to export",
    value: labelled ? plural(labelled, "solution") : "",
    note: labelled ? "with labels of at least one person" : "Nothing is labelled yet.",
    links: labelled ? [["Go to the export", "dataset"]] : [],
  };
}

/**
 * @param {Pick<Project, "project" | "title" | "archived" | "queues">[]} projects
 * @param {number} splits ready for review
 * @param {number} disagreements open ones
 * @returns {Tile}
 */
export function waitingTile(projects, splits, disagreements) {
  /** @type {TileLink[]} */
  const links = [];
  if (splits) links.push([`${plural(splits, "split")} to review`, "review"]);
  if (disagreements) links.push([`${plural(disagreements, "disagreement")} to decide`, "adjudicate"]);
  let failed = 0;
  for (const { project, title, archived, queues } of projects) {
    const count = queues.flatMap(({ people }) => people.filter(({ quiz }) => quiz === "failed")).length;
    if (archived || count === 0) continue;
    failed += count;
    links.push([`${count} failed the quiz of ${title}`, partPath(project, "people")]);
  }
  const all = splits + disagreements + failed;
  return {
    title: "Waiting for a decision",
    value: all ? String(all) : "",
    note: all ? "" : "Nothing is waiting.",
    links,
  };
}

/**
 * @param {Pick<Project, "queues">[]} projects
 * @param {Statistic} alpha
 * @returns {Tile}
 */
export function labelsTile(projects, alpha) {
  const gold = projects.flatMap(({ queues }) => queues.flatMap(({ people }) => people.map((person) => person.gold)));
  const right = gold.reduce((sum, each) => sum + (each?.right ?? 0), 0);
  const steps = gold.reduce((sum, each) => sum + (each?.steps ?? 0), 0);
  const known = steps
    ? `${percentText(right / steps)} of ${plural(steps, "gold step")} right`
    : "no gold item labelled yet";
  const sure = intervalText(alpha, (value) => value.toFixed(2));
  return {
    title: "How good the labels are",
    value: alpha.value === null ? "" : `α ${alpha.value.toFixed(2)}`,
    note: alpha.value === null ? `${sure} ${steps ? known : ""}`.trim() : `agreement, ${sure} · ${known}`,
    links: [["See the agreement", datasetPath("agreement", {})]],
  };
}

/**
 * @param {Evaluation[]} evaluations the newest first
 * @returns {Tile}
 */
export function modelTile(evaluations) {
  const newest = evaluations.find(({ headline }) => headline !== null && headline.figure.value !== null);
  const figure = newest?.headline;
  const title = "Quality of the reward model";
  if (!newest || !figure || figure.figure.value === null)
    return { title, value: "", note: "No model has been evaluated yet.", links: [["Evaluate one", "evaluate"]] };
  return {
    title,
    value: points(figure.figure.value),
    note: `${figure.name}, ${newest.title}`,
    links: [["See the evaluation", `evaluate?id=${encodeURIComponent(newest.id)}`]],
  };
}
