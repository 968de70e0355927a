// Figures by source, by policy and by kind of error, as tables. The three overalls that are in print are named: they
// are not the same figure. What the paper prints stands apart.

import { el } from "../../assets/dom.js";
import { ERROR_TYPE_NAMES } from "../../assets/labels.js";
import { watchWidth } from "../../assets/wide.js";
import { withSteps } from "./address.js";
import { pageLink } from "./board.js";
import { labelledOf } from "./counts.js";
import { counted, countText, intervalText, points, rangeOf, undefinedText } from "./figures.js";
import { intervalPicture } from "./intervals.js";

/** @import { Estimate, StepBenchmark, StepFigures } from "../../assets/api.d.ts" */

/**
 * @typedef {object} Row
 * @property {Node} name
 * @property {StepFigures | null} figures null: a mean of the other rows
 * @property {Estimate} figure
 * @property {number | null} paper
 * @property {boolean} [isOverall]
 */

/**
 * Macro-F1 of every source, and the overalls.
 * @param {StepBenchmark} figures
 * @param {URLSearchParams} query
 */
export function sourceTable(figures, query) {
  const { sources, pooled, step_weighted: weighted, mean_of_sources: mean, resamples, paper } = figures;
  const many = `of the ${sources.length}`;
  /** @type {Row[]} */
  const rows = [
    ...sources.map((each) => ({
      name: nameOf(each, "source", query),
      figures: each,
      figure: each.macro_f1,
      paper: each.paper,
    })),
    {
      name: named("Pooled, all steps", paper ? "the paper’s" : ""),
      figures: pooled,
      figure: pooled.macro_f1,
      paper: pooled.paper,
      isOverall: true,
    },
    { name: named("Step-weighted mean", many), figures: null, figure: weighted, paper: null, isOverall: true },
    { name: named("Plain mean", many), figures: null, figure: mean, paper: null, isOverall: true },
  ];
  const note = `Intervals: ${countText(resamples)} bootstrap resamples of whole problems, the same in every row.`;
  const printed = paper ? ` Paper: ${paper.source}, ${paper.date}; no interval reported.` : "";
  return card(
    "By source",
    "Three overall figures are in use; they are not the same.",
    figureRows("Source", rows, pooled, paper !== null),
    el("p", { class: "vp-ev-note vp-ev-foot", text: `${note}${printed}` }),
  );
}

/**
 * Macro-F1 of every policy whose solutions are in the set.
 * @param {StepBenchmark} figures
 * @param {URLSearchParams} query
 */
export function policyTable({ policies, pooled }, query) {
  const rows = policies.map((each) => ({
    name: nameOf(each, "policy", query),
    figures: each,
    figure: each.macro_f1,
    paper: null,
  }));
  return card("By policy", "who wrote the solutions", figureRows("Policy", rows, pooled, false));
}

/**
 * Of the wrong steps with each kind of error, the share that is called wrong.
 * @param {StepBenchmark} figures
 */
export function detectionTable({ detection }) {
  const found = detection.filter(({ steps }) => steps > 0);
  const rows = found.map(({ error_type: type, steps, share }) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, ERROR_TYPE_NAMES[type]),
      el("td", { class: "vp-ev-r vp-num", text: countText(steps) }),
      figureCell(share, [0, 1], null),
    ),
  );
  return card(
    "By kind of error",
    "share of the wrong steps that are called wrong",
    table("By kind of error", ["Kind", "Wrong steps", "Found, 95 %"], rows),
  );
}

/**
 * @param {string} first heading of the first column
 * @param {Row[]} rows
 * @param {StepFigures} pooled
 * @param {boolean} hasPaper
 */
function figureRows(first, rows, pooled, hasPaper) {
  const coin = pooled.coin_floor;
  const range = rangeOf([...rows.flatMap(({ figure }) => [figure.value, figure.low, figure.high]), coin]);
  const span = ` · ${Math.round(100 * range[0])} to ${Math.round(100 * range[1])}, tick: coin`;
  const head = [first, "Correct / wrong", "F1 correct", "F1 wrong", `Macro-F1, 95 %${span}`];
  const body = rows.map(({ name, figures, figure, paper, isOverall = false }) => {
    const labelled = figures && labelledOf(figures.confusion);
    return el(
      "tr",
      { "data-overall": isOverall },
      el("th", { scope: "row" }, name),
      el("td", {
        class: "vp-ev-r vp-num vp-ev-wide",
        text: labelled ? `${countText(labelled.correct)} / ${countText(labelled.wrong)}` : "",
      }),
      classCell(figures?.f1_correct ?? null),
      classCell(figures?.f1_wrong ?? null),
      figureCell(figure, range, figures?.coin_floor ?? coin),
      hasPaper ? el("td", { class: "vp-ev-r vp-num vp-ev-paper", text: points(paper) }) : null,
    );
  });
  return table(first, hasPaper ? [...head, "Paper"] : head, body);
}

/** @param {Estimate | null} figure null: not of this row */
export function classCell(figure) {
  const text = figure === null ? "" : figure.value === null ? "undefined" : points(figure.value);
  const title = figure?.value === null ? figure.reason : null;
  return el("td", { class: "vp-ev-r vp-num vp-ev-wide", text, title });
}

/**
 * @param {Estimate} figure
 * @param {[number, number]} range
 * @param {number | null} floor
 */
export function figureCell(figure, range, floor) {
  if (figure.value === null) return el("td", {}, el("span", { class: "vp-ev-undefined", text: undefinedText(figure) }));
  const interval = intervalText(figure);
  return el(
    "td",
    {},
    el(
      "span",
      { class: "vp-ev-measure" },
      el("b", { class: "vp-num", text: points(figure.value) }),
      intervalPicture(figure, range, { floor }),
      el("span", { class: "vp-ev-note", text: interval || "no interval", title: interval ? null : figure.reason }),
    ),
  );
}

/**
 * @param {StepFigures} figures
 * @param {"source" | "policy"} filter
 * @param {URLSearchParams} query
 */
function nameOf({ name, solutions }, filter, query) {
  const text = name || "not named";
  const link = pageLink(
    withSteps(query, { label: "-1", predicted: "1", [filter]: name ?? "" }),
    { class: "vp-ev-name", dir: "auto", title: `List the mistakes of ${text}` },
    text,
  );
  const count = el("small", { title: counted(solutions, "solution") }, ` ${countText(solutions)}`);
  count.append(el("span", { class: "vp-hidden", text: solutions === 1 ? " solution" : " solutions" }));
  return el("span", {}, link, count);
}

/**
 * @param {string} text
 * @param {string} more
 */
function named(text, more) {
  return el("span", {}, el("span", { text }), el("small", { text: more ? ` ${more}` : "" }));
}

/**
 * @param {string} title
 * @param {string} note
 * @param {...Node} children
 */
function card(title, note, ...children) {
  return el(
    "section",
    { class: "vp-card vp-ev-table", "aria-label": title },
    el("div", { class: "vp-ev-top" }, el("h2", { text: title }), el("span", { class: "vp-ev-note", text: note })),
    ...children,
  );
}

/**
 * @param {string} name
 * @param {string[]} head
 * @param {Node[]} rows
 */
export function table(name, head, rows) {
  const wide = new Set(["Correct / wrong", "F1 correct", "F1 wrong", "Called correct", "Accuracy"]);
  const heading = (/** @type {string} */ text, /** @type {number} */ at) => {
    const [name, axis] = text.split(/(?= · )/);
    const isFigure = name.includes("95 %");
    const look = [at > 0 && !isFigure ? "vp-ev-r" : "", wide.has(name) ? "vp-ev-wide" : ""];
    if (name === "Paper") look.push("vp-ev-paper");
    const more = axis ? el("span", { class: "vp-ev-wide", text: axis }) : null;
    return el("th", { scope: "col", class: look.filter(Boolean).join(" ") || null }, name, more);
  };
  const node = el(
    "div",
    { class: "vp-ev-scroll" },
    el(
      "table",
      {},
      el("caption", { class: "vp-hidden", text: name }),
      el("thead", {}, el("tr", {}, ...head.map(heading))),
      el("tbody", {}, ...rows),
    ),
  );
  watchWidth(node);
  return node;
}
