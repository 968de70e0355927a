// Another labelled set to tune the threshold on, a dev split, instead of one that is fixed now.

import { el, setText } from "../../assets/dom.js";
import { choice } from "../transfer_panel/modal.js";
import { counted } from "./figures.js";
import { LIKE } from "./set_options.js";

/** @import { Evaluation, EvaluationExtent, LabelledSet, LabelledSetChoice } from "../../assets/api.d.ts" */
/** @import { SetOption } from "./set_options.js" */

/**
 * @typedef {object} DevSplit
 * @property {string} key
 * @property {string} name
 * @property {number | null} solutions
 * @property {Record<string, string | boolean | null>} set as it is asked for
 */

const NONE = "";

/**
 * The sets that a threshold can be tuned on, and the one of an earlier evaluation: all but the one that is evaluated,
 * and those that hold it or are a part of it.
 * @param {LabelledSetChoice[]} sets
 * @param {Pick<SetOption, "project" | "source" | "labels"> | null} evaluated
 * @param {LabelledSet | null} like
 * @returns {DevSplit[]}
 */
export function devSplits(sets, evaluated, like) {
  const found = sets
    .filter((each) => each.is_stored && (evaluated === null || !isOfSame(each, evaluated)))
    .map(({ name, project, data_source, labels, solutions }) => {
      const set = { project, data_source, labels };
      return { key: JSON.stringify(set), name, solutions, set };
    });
  if (like === null) return found;
  const { name, solutions, project, queue, evaluation, data_source, policy_model, labels } = like;
  const set = { project, queue, evaluation, data_source, policy_model, labels };
  return [{ key: LIKE, name, solutions, set }, ...found];
}

/**
 * Whether a set is the evaluated one, whoever labels it, holds it, or is a part of it.
 * @param {LabelledSetChoice} set
 * @param {Pick<SetOption, "project" | "source" | "labels">} evaluated
 */
function isOfSame({ project, data_source: source, labels }, evaluated) {
  const isWhole = (/** @type {{ project: string | null, source: string | null }} */ each) =>
    each.project === null && each.source === null;
  if (isWhole({ project, source }) || isWhole(evaluated)) return evaluated.labels.includes(labels);
  return project === evaluated.project && source === evaluated.source;
}

/**
 * @param {LabelledSetChoice[]} sets
 * @param {Evaluation | null} before that is repeated
 * @param {() => void} changed
 */
export function devSplitField(sets, before, changed) {
  const like = before?.tuned?.set ?? null;
  let chosen = like === null ? NONE : LIKE;
  /** @type {DevSplit[]} */
  let splits = [];
  const note = el("p", { class: "vp-ev-note" });
  const place = el("span", {});
  const node = el("div", {}, el("div", { class: "vp-ev-new-row" }, "Or tune the threshold on", place), note);
  const draw = (/** @type {Pick<SetOption, "project" | "source" | "labels"> | null} */ evaluated) => {
    splits = devSplits(sets, evaluated, like);
    if (!splits.some(({ key }) => key === chosen)) chosen = NONE;
    /** @type {[string, string][]} */
    const options = splits.map(({ key, name, solutions }) => [
      key,
      solutions === null ? name : `${name} · ${counted(solutions, "solution")}`,
    ]);
    const select = choice("vp-ev-dev", "Tune the threshold on", [[NONE, "nothing"], ...options], chosen, (key) => {
      chosen = key;
      changed();
    });
    place.replaceChildren(select);
  };
  return {
    node,
    draw,
    /** What is asked for; null: nothing is tuned. */
    set: () => splits.find(({ key }) => key === chosen)?.set ?? null,
    clear: () => {
      chosen = NONE;
      const select = place.querySelector("select");
      if (select) select.value = NONE;
    },
    told: (/** @type {Pick<EvaluationExtent, "dev"> | null} */ extent) => setText(note, devNote(extent?.dev ?? null)),
  };
}

/**
 * What a dev split is, as it will be used; "" without one.
 * @param {Pick<LabelledSet, "problems" | "solutions" | "steps"> | null} dev
 */
export function devNote(dev) {
  if (dev === null) return "";
  const counts = [
    dev.solutions === null ? "" : counted(dev.solutions, "solution"),
    dev.steps === null ? "" : counted(dev.steps, "labelled step"),
  ].filter(Boolean);
  return (
    `${counts.join(", ")}, of problems that are not tested. The threshold with the highest macro-F1 on them is ` +
    "used; solutions without scores are scored first."
  );
}
