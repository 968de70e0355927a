// Two reward models on the same steps: the paired difference in one sentence, where it comes from, and the steps on
// which they differ most.

import { el, setAttr, setText } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { load as loadMaths } from "../../assets/maths.js";
import { address, call, errorText } from "../../assets/rest.js";
import { isScore, scoreBall, scoreText, spokenScore } from "../../assets/scores.js";
import { asBody, changed, PAIR_FILTERS, pairQuery } from "./address.js";
import { pageLink } from "./board.js";
import { comparedPlaces, comparedTable } from "./comparison_figures.js";
import { scoreGrid } from "./comparison_grid.js";
import { comparisonTable } from "./comparison_table.js";
import { comparisonTitle, differenceSentence, thresholdNote, thresholdWords } from "./comparison_words.js";
import { copyButton } from "./copy_button.js";
import { differenceFigure } from "./difference_figure.js";
import { counted, countText, thresholdText } from "./figures.js";
import { bigFigure } from "./headline.js";
import { pageHead } from "./page_head.js";
import { popover } from "./popover.js";
import { recordStrip } from "./record.js";
import { saveFile } from "./save_file.js";
import { gapPicture } from "./score_gap.js";
import { QUEUED, stepList } from "./step_list.js";

/** @import { ComparedStep, Comparison, Evaluation } from "../../assets/api.d.ts" */
/** @import { PageContext, Shown } from "./board.js" */

/** @type {Record<string, string | null>} */
const NO_FILTER = Object.fromEntries(PAIR_FILTERS.map((name) => [name, null]));

/**
 * Shows the page.
 * @param {PageContext} context
 * @returns {Promise<Shown>}
 */
export async function show({ query: first, isAdmin, navigate }) {
  loadMaths();
  const pair = new URLSearchParams({ a: first.get("a") ?? "", b: first.get("b") ?? "" });
  /** @type {Comparison} */
  const found = await call(`api/comparisons?${pair}`);
  let query = first;
  const steps = differing(found, pair, isAdmin);
  steps.load(query);
  const swap = changed(pair, { a: pair.get("b"), b: pair.get("a") });
  const actions = [
    pageLink(swap, { class: "vp-btn" }, icon("undo"), "Swap A and B"),
    copyButton("Copy link", () => location.href, "link"),
    popover(
      { class: "vp-btn" },
      [icon("download"), "Export"],
      [
        el("a", { href: address(`api/comparisons/report?${pair}`), download: "", text: "Report, one HTML file" }),
        fileButton("Table, CSV", "comparison.csv", () => comparisonTable(found, "csv")),
        fileButton("Table, Markdown", "comparison.md", () => comparisonTable(found, "markdown")),
      ],
    ),
  ];
  const counts = `${counted(found.solutions, "solution")}, ${counted(found.steps, "step")}`;
  const about = `the same ${counts}, ${thresholdWords(found)}`;
  const node = el(
    "div",
    { class: "vp-ev-page" },
    pageHead(comparisonTitle(found), "Compare", [el("span", { class: "vp-ev-sub", text: about })], actions),
    ...notes(found),
    el(
      "section",
      { class: "vp-card vp-ev-strip vp-ev-pair", "aria-label": "The difference" },
      side("a", found.a, found),
      side("b", found.b, found),
      differenceFigure(
        "B minus A, paired on the same steps · macro-F1",
        found.pooled.difference,
        differenceSentence(found),
      ),
    ),
    el(
      "div",
      { class: "vp-ev-row vp-ev-compare" },
      el("div", { class: "vp-ev-column" }, comparedTable(found), comparedPlaces(found)),
      scoreGrid(found, pair, (filters) => navigate(changed(pair, filters))),
    ),
    found.command ? recordStrip([], found.command) : null,
    steps.node,
  );
  return {
    node,
    update: (wanted) => {
      query = wanted;
      steps.load(query);
      steps.reveal();
    },
  };
}

/**
 * @param {string} text
 * @param {string} name of the file
 * @param {() => string} content
 */
function fileButton(text, name, content) {
  return el("button", { type: "button", text, onclick: () => saveFile(new Blob([content()]), name) });
}

/** @param {Comparison} found */
function notes({ only_in_a: a, only_in_b: b, ...found }) {
  const leftOut =
    `Left out: ${counted(a, "solution")} that only A has scored, ${countText(b)} that only B has. ` +
    "Run the evaluation that lacks some again to include them.";
  return [a + b > 0 ? leftOut : "", thresholdNote(found)]
    .filter(Boolean)
    .map((text) => el("p", { class: "vp-banner", role: "note" }, icon("info"), el("span", { text })));
}

/**
 * @param {"a" | "b"} which
 * @param {Evaluation} evaluation
 * @param {Comparison} found
 */
function side(which, evaluation, { pooled, threshold_a: a, threshold_b: b }) {
  const [model] = evaluation.reward_models;
  const name = model ? `${model.name}${model.revision ? ` @${model.revision.slice(0, 12)}` : ""}` : "";
  const threshold = `threshold ${thresholdText(which === "a" ? a : b)}`;
  return el(
    "div",
    {},
    el(
      "h3",
      {},
      el("span", { class: "vp-ev-side", "data-side": which, text: which.toUpperCase() }),
      pageLink(new URLSearchParams({ id: evaluation.id }), { class: "vp-ev-link", dir: "auto" }, evaluation.title),
    ),
    bigFigure(pooled[which]),
    el("p", { class: "vp-ev-note", dir: "auto", text: [name, threshold].filter(Boolean).join(" · ") }),
  );
}

/**
 * Where they disagree most.
 * @param {Comparison} found
 * @param {URLSearchParams} pair
 * @param {boolean} isAdmin
 */
function differing(found, pair, isAdmin) {
  /** @type {[which: string | null, text: string, count: number | null][]} */
  const choices = [
    [null, "All", null],
    ["only_a_right", "Only A right", found.only_a_right],
    ["only_b_right", "Only B right", found.only_b_right],
  ];
  const segments = choices.map(([which, text, count]) => ({
    which,
    node: pageLink(
      changed(pair, { which }),
      { class: "vp-segment" },
      count === null ? text : `${text} ${countText(count)}`,
    ),
  }));
  const chips = el("div", { class: "vp-ev-chips" });
  const status = el("span", { class: "vp-ev-note", role: "status" });
  let asked = pair;
  const queue = el(
    "button",
    { type: "button", class: "vp-btn" },
    icon("label"),
    el("span", { text: "Queue for a second opinion" }),
  );
  queue.addEventListener("click", async () => {
    setText(status, "");
    try {
      const { openQueue } = await import("./queue_dialog.js");
      const title = `Where ${found.a.title} and ${found.b.title} differ`.slice(0, 200);
      await openQueue("api/comparisons/queue", asBody(asked), QUEUED, title);
    } catch (error) {
      setText(status, errorText(error));
    }
  });
  const list = stepList({
    title: "Where they disagree most",
    name: "pairs",
    path: "api/comparisons/steps",
    cells: (/** @type {ComparedStep} */ step) => [
      gapPicture(step.score, step.score_b, found),
      sideScore("A", step.score),
      sideScore("B", step.score_b),
    ],
    controls: [
      el(
        "div",
        { class: "vp-segments", role: "group", "aria-label": "Which steps" },
        ...segments.map(({ node }) => node),
      ),
      chips,
      el("span", { class: "vp-ev-end" }, status, isAdmin ? queue : ""),
    ],
  });
  return {
    node: list.node,
    reveal: list.reveal,
    load: (/** @type {URLSearchParams} */ query) => {
      asked = pairQuery(query);
      const which = query.get("which");
      const isBox = query.has("a_from") || query.has("b_from");
      for (const { node, which: own } of segments)
        setAttr(node, "aria-current", own === which && !isBox ? "true" : null);
      chips.replaceChildren(...pairChips(query, pair));
      list.load(asked);
    },
  };
}

/**
 * @param {URLSearchParams} query
 * @param {URLSearchParams} pair
 */
function pairChips(query, pair) {
  const which = query.get("which");
  /** @type {[text: string, names: string[]][]} */
  const found = [];
  if (which === "both_right") found.push(["both right", ["which"]]);
  if (which === "both_mistaken") found.push(["both wrong", ["which"]]);
  const range = (/** @type {string} */ side) =>
    [`${side}_from`, `${side}_to`].map((name) => Number(query.get(name) ?? (name.endsWith("to") ? 1 : 0)));
  if (query.has("a_from")) {
    const [a, b] = [range("a"), range("b")].map(([from, to]) => `${thresholdText(from)} to ${thresholdText(to)}`);
    found.push([`A ${a}, B ${b}`, PAIR_FILTERS.slice(1)]);
  }
  return found.map(([text, names]) => {
    const rest = changed(query, Object.fromEntries(names.map((name) => [name, null])));
    const kept = changed(pair, { ...NO_FILTER, which: rest.get("which") });
    return pageLink(kept, { class: "vp-ev-chip", "aria-label": `Drop the filter: ${text}` }, text, icon("cross", 12));
  });
}

/**
 * @param {string} name
 * @param {number | null} score
 */
function sideScore(name, score) {
  return el(
    "span",
    { class: "vp-ev-score vp-num" },
    el("small", { text: name }),
    scoreBall(score),
    el("span", { "aria-hidden": "true", text: scoreText(score) }),
    el("span", { class: "vp-hidden", text: isScore(score) ? spokenScore(score) : "not read" }),
  );
}
