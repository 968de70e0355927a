// The line above the cards: the run in numbers, and the switches of order and aggregation.

import { el, setAttr, setText, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { THRESHOLD } from "../../assets/prediction.js";
import { LEGEND, scoreBall } from "../../assets/scores.js";
import { AGGREGATIONS, isLive, runSummary } from "./run_facts.js";

/** @import { Aggregation, RunView } from "../../assets/api.d.ts" */
/** @import { IconName } from "../../assets/icons.js" */

/** @typedef {ReturnType<typeof buildToolbar>} Toolbar its nodes */

/**
 * Builds the line above the cards: how far the run is, the switches of order and aggregation.
 */
export function buildToolbar() {
  const summary = el("span", { class: "vp-run-summary" });
  const asCards = segment("Solutions", "cards", "grid");
  const asTree = segment("Where they part", "tree", "branch");
  asTree.setAttribute("aria-keyshortcuts", "T");
  const byView = el("div", { class: "vp-segments", role: "group", "aria-label": "View" }, asCards, asTree);
  const rank = segment("By rank", "rank");
  const sampled = segment("As sampled", "draw");
  const byOrder = el(
    "div",
    { class: "vp-segments", role: "group", "aria-label": "Order of the solutions" },
    rank,
    sampled,
  );
  const aggregations = AGGREGATIONS.map((aggregation) => segment(aggregation, aggregation));
  const byAggregation = el(
    "div",
    { class: "vp-segments", role: "group", "aria-label": "Solution score: aggregation of the step scores" },
    ...aggregations,
  );
  const checker = el("p", { class: "vp-checker", hidden: true });
  const legend = el(
    "dl",
    { class: "vp-legend" },
    el("dt", { text: "Step score" }),
    ...LEGEND.map(({ range, middle }) =>
      el("dd", {}, scoreBall(middle, 13), el("span", { class: "vp-num", text: range })),
    ),
  );
  const node = el(
    "div",
    { class: "vp-tools" },
    el("div", { class: "vp-tools-row" }, el("h2", { id: "vp-solutions-title", text: "Solutions" }), summary),
    checker,
    el(
      "div",
      { class: "vp-tools-row" },
      byView,
      byOrder,
      el(
        "div",
        { class: "vp-aggregation" },
        el("span", { class: "vp-tools-label", "aria-hidden": "true", text: "Score" }),
        byAggregation,
      ),
      legend,
    ),
  );
  return { node, summary, byView, asCards, asTree, byOrder, rank, sampled, byAggregation, aggregations, checker };
}

/**
 * @param {string} text
 * @param {string} value
 * @param {IconName} [sign]
 */
function segment(text, value, sign) {
  const attributes = { type: "button", class: "vp-segment", "data-value": value, "aria-pressed": "false" };
  return el("button", attributes, sign ? icon(sign, 14) : null, text);
}

/**
 * @param {Toolbar} tools
 * @param {RunView} view
 * @param {{ aggregation: Aggregation, byRank: boolean, asTree: boolean }} choice
 */
export function drawToolbar(tools, view, { aggregation, byRank, asTree }) {
  const live = isLive(view);
  setText(tools.summary, runSummary(view));
  const checker = checkerText(view);
  show(tools.checker, checker !== "");
  setText(tools.checker, checker);
  show(tools.byView, !live && view.cards.length > 1);
  show(tools.byOrder, !live && view.cards.length > 1 && !asTree);
  setAttr(tools.asCards, "aria-pressed", String(!asTree));
  setAttr(tools.asTree, "aria-pressed", String(asTree));
  setAttr(tools.rank, "aria-pressed", String(byRank));
  setAttr(tools.sampled, "aria-pressed", String(!byRank));
  for (const button of tools.aggregations)
    setAttr(button, "aria-pressed", String(button.dataset.value === aggregation));
}

/** @param {RunView} view */
function checkerText({ checker }) {
  if (!checker || checker.steps === 0) return "";
  const right = `the reward model is right on ${checker.right} of ${checker.steps} steps`;
  const explanation = "The sign beside each score is the checker's own verdict; misses are framed.";
  return `Exact checker: ${right} (a score above ${THRESHOLD} calls a step right). ${explanation}`;
}
