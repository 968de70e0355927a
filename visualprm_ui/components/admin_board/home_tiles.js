// For who has five minutes: what came in, what is ready, what waits, how good the labels are and the model on them.

import { el } from "../../assets/dom.js";
import { plural } from "../../assets/plural.js";
import { call, errorText } from "../../assets/rest.js";
import { points } from "../evaluate_board/figures.js";
import { intervalText, percentText } from "./progress_words.js";
import { datasetPath, exportPath, partPath, pathLink } from "./project_address.js";

/** @import { AgreementReport, Evaluation, Project, Statistic, Week } from "../../assets/api.d.ts" */

const WEEK = "Last seven days";
const READY = "Ready to export";
const WAITING = "Waiting for a decision";
const LABELS = "How good the labels are";
const MODEL = "How good the reward model is";

/**
 * @typedef {[text: string, path: string]} TileLink
 * @typedef {object} Tile
 * @property {string} title
 * @property {string} value the one figure, "" where there is none
 * @property {string} note
 * @property {TileLink[]} links
 */

/**
 * Returns the tiles, each of which fills as its figure comes; one that cannot be had says so and keeps the others.
 * @param {Project[] | null} projects null: only admins are told of them
 */
export function homeTiles(projects) {
  const tiles = [
    tile(WEEK, async () => weekTile(await call("api/dataset/week"))),
    tile(READY, async () => readyTile((await call("api/dataset")).exportable ?? 0, projects !== null)),
    tile(WAITING, async () => {
      /** @type {[{ splits: unknown[] }, { total: number }]} */
      const [{ splits }, { total }] = await Promise.all([
        call("api/splits?state=review"),
        call("api/disagreements?open_only=true&limit=1"),
      ]);
      return waitingTile(projects ?? [], splits.length, total);
    }),
    tile(LABELS, async () => {
      /** @type {AgreementReport} */
      const { groups } = await call("api/agreement");
      return labelsTile(projects, groups[0].alpha_nominal);
    }),
    tile(MODEL, async () => modelTile((await call("api/evaluations")).evaluations)),
  ];
  return el("div", { class: "vp-pp-tiles" }, ...tiles);
}

/**
 * Returns a tile that is drawn once it can be.
 * @param {string} title
 * @param {() => Promise<Tile>} find
 */
function tile(title, find) {
  const node = el("section", { class: "vp-card vp-pp-tile", "aria-label": title, "aria-busy": "true" });
  const fill = (/** @type {Tile} */ found) => {
    node.replaceChildren(...contentOf(found));
    node.removeAttribute("aria-busy");
  };
  node.replaceChildren(el("h2", { text: title }));
  find().then(fill, (error) => fill({ title, value: "", note: errorText(error), links: [] }));
  return node;
}

/** @param {Tile} tile */
function contentOf({ title, value, note, links }) {
  return [
    el("h2", { text: title }),
    ...(value ? [el("b", { class: "vp-num", text: value })] : []),
    el("p", { class: "vp-status-line", text: note }),
    ...links.map(([text, path]) => pathLink(path, { class: "vp-pp-link" }, text)),
  ];
}

/**
 * @param {Week} week
 * @returns {Tile}
 */
export function weekTile({ labels, people }) {
  const note = labels ? `given by ${people === 1 ? "one person" : `${people} people`}` : "Nothing was labelled.";
  return {
    title: WEEK,
    value: labels ? plural(labels, "label") : "",
    note,
    links: labels ? [["See the newest", datasetPath("browse", { sort: "-updated" })]] : [],
  };
}

/**
 * @param {number} labelled solutions, without gold and quiz items
 * @param {boolean} mayExport
 * @returns {Tile}
 */
export function readyTile(labelled, mayExport) {
  return {
    title: READY,
    value: labelled ? plural(labelled, "solution") : "",
    note: labelled ? "with labels of at least one person" : "Nothing is labelled yet.",
    links: labelled && mayExport ? [["Export", exportPath()]] : [],
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
    title: WAITING,
    value: all ? String(all) : "",
    note: all ? "" : "Nothing is waiting.",
    links,
  };
}

/**
 * @param {Pick<Project, "queues">[] | null} projects null: nothing is known of gold items
 * @param {Statistic} alpha
 * @returns {Tile}
 */
export function labelsTile(projects, alpha) {
  const gold = (projects ?? []).flatMap(({ queues }) =>
    queues.flatMap(({ people }) => people.map((person) => person.gold)),
  );
  const right = gold.reduce((sum, each) => sum + (each?.right ?? 0), 0);
  const steps = gold.reduce((sum, each) => sum + (each?.steps ?? 0), 0);
  const known = steps
    ? `${percentText(right / steps)} of ${plural(steps, "gold step")} right`
    : projects && "no gold item labelled yet";
  const sure = intervalText(alpha, (value) => value.toFixed(2));
  return {
    title: LABELS,
    value: alpha.value === null ? "" : `α ${alpha.value.toFixed(2)}`,
    note:
      alpha.value === null
        ? `${sure} ${steps ? known : ""}`.trim()
        : [`agreement, ${sure}`, known].filter(Boolean).join(" · "),
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
  const title = MODEL;
  if (!newest || !figure || figure.figure.value === null)
    return { title, value: "", note: "No model has been evaluated yet.", links: [["Evaluate one", "evaluate"]] };
  return {
    title,
    value: points(figure.figure.value),
    note: `${figure.name}, ${newest.title}`,
    links: [["See the evaluation", `evaluate?id=${encodeURIComponent(newest.id)}`]],
  };
}
