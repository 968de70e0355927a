// What Monte-Carlo labels are worth: those of a policy's completions beside labels that are trusted, on the same steps.
// First how far they agree, then at which threshold of the share, then the steps where they do not.

import { el, setAttr, setText } from "../../assets/dom.js";
import { load as loadMaths } from "../../assets/maths.js";
import { call, errorText } from "../../assets/rest.js";
import { labelsQuery, MISTAKES, stepFilters, stepQuery, withSteps } from "./address.js";
import { pageLink } from "./board.js";
import { calibrationSection } from "./calibration_section.js";
import { policyOf } from "./calibration_words.js";
import { copyButton } from "./copy_button.js";
import { commandNote, counted, countText, shareText } from "./figures.js";
import { filterChips } from "./filter_chips.js";
import { shareCard } from "./monte_carlo_card.js";
import { choiceBar, chosenOf, none } from "./monte_carlo_choices.js";
import { labelsHeadline } from "./monte_carlo_headline.js";
import { measuredOptions, pointAt, shareWords, thresholdOf } from "./monte_carlo_points.js";
import { thresholdTable } from "./monte_carlo_table.js";
import { pageHead } from "./page_head.js";
import { recordStrip } from "./record.js";
import { stepList } from "./step_list.js";

/** @import { EvaluatedStep, LabelledSetList, MonteCarloLabels } from "../../assets/api.d.ts" */
/** @import { PageContext, Shown } from "./board.js" */

export const TITLE = "What Monte-Carlo labels are worth";
const SETTLED_MS = 250; // after the threshold was moved, before steps are listed anew

/**
 * Shows the page.
 * @param {PageContext} context
 * @returns {Promise<Shown>}
 */
export async function show(context) {
  loadMaths();
  /** @type {LabelledSetList} */
  const found = await call("api/evaluations/sets");
  const sets = found.sets.filter((each) => each.is_stored);
  const here = chosenOf(context.query, sets);
  if (here === null) return { node: page([none(), calibrationOf(measuredOptions(sets)[0]?.value, context)], []) };
  const choices = choiceBar(here, sets, context);
  try {
    /** @type {MonteCarloLabels} */
    const found = await call(`api/monte-carlo-labels?${labelsQuery(here)}`);
    return figures(found, here, choices, context);
  } catch (error) {
    const alert = el("p", { class: "vp-banner", role: "alert", text: errorText(error) });
    return { node: page([choices, alert, calibrationOf(here.get("measured"), context)], []) };
  }
}

/**
 * @param {MonteCarloLabels} found
 * @param {URLSearchParams} here the address without filters of steps
 * @param {Node} choices
 * @param {PageContext} context
 * @returns {Shown}
 */
function figures(found, here, choices, context) {
  let query = context.query;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const steps = disagreements(here);
  const moved = (/** @type {number} */ wanted) => {
    table.mark(wanted);
    steps.count(found, wanted);
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (context.signal.aborted) return;
      query = new URLSearchParams(location.search);
      if (wanted === 0) query.delete("threshold");
      else query.set("threshold", String(wanted));
      context.remember(query);
      steps.load(query, wanted);
    }, SETTLED_MS);
  };
  const table = thresholdTable(found, (wanted) => card.move(wanted, true));
  const card = shareCard(found, here, moved);
  const set = (/** @type {URLSearchParams} */ wanted) => {
    const threshold = thresholdOf(wanted);
    card.move(threshold, false);
    table.mark(threshold);
    steps.count(found, threshold);
    steps.load(wanted, threshold);
  };
  set(query);
  const note = [
    commandNote(found),
    found.equal
      ? `${counted(found.equal, "solution")} identical to another of their run: the export writes those once.`
      : "",
  ];
  const node = page(
    [
      choices,
      recordStrip(found.record, found.command, note.filter(Boolean).join(" ")),
      labelsHeadline(found),
      el("div", { class: "vp-ev-row vp-ev-card-first" }, card.node, table.node),
      calibrationOf(here.get("measured"), context),
      steps.node,
    ],
    [
      el("span", {
        class: "vp-ev-sub",
        text: `${counted(found.solutions, "solution")}, ${counted(found.steps, "step")}`,
      }),
    ],
  );
  /** @param {URLSearchParams} wanted */
  const update = (wanted) => {
    const isOther = String(stepFilters(wanted)) !== String(stepFilters(query));
    query = wanted;
    set(wanted);
    if (isOther) steps.reveal();
  };
  return { node, update };
}

/**
 * What scores say of the same completions; null of a file's, whose policy nobody knows.
 * @param {string | null | undefined} measured
 * @param {PageContext} context
 */
function calibrationOf(measured, context) {
  const policy = policyOf(measured);
  return policy === null ? null : calibrationSection(policy, context);
}

/**
 * @param {(Node | null)[]} content
 * @param {Node[]} facts
 */
function page(content, facts) {
  const actions = [copyButton("Copy link", () => location.href, "link")];
  return el("div", { class: "vp-ev-page" }, pageHead(TITLE, "Monte-Carlo labels", facts, actions), ...content);
}

/**
 * The steps on which both differ, the surest first.
 * @param {URLSearchParams} here
 */
function disagreements(here) {
  const segment = (/** @type {string} */ text, /** @type {Record<string, string>} */ filters) => {
    const count = el("span", {});
    return { node: pageLink(withSteps(here, filters), { class: "vp-segment" }, `${text} `, count), count, filters };
  };
  const segments = [
    segment("Called correct, labelled wrong", MISTAKES),
    segment("Called wrong, labelled correct", { label: "1", predicted: "-1" }),
  ];
  const chips = el("div", { class: "vp-ev-chips" });
  const list = stepList({
    title: "Where the two differ",
    name: "differences",
    path: "api/monte-carlo-labels/steps",
    cells: (/** @type {EvaluatedStep} */ { score }) => [shareCell(score)],
    controls: [
      el(
        "div",
        { class: "vp-segments", role: "group", "aria-label": "Which steps" },
        ...segments.map(({ node }) => node),
      ),
      chips,
    ],
  });
  return {
    node: list.node,
    reveal: list.reveal,
    count: (/** @type {MonteCarloLabels} */ found, /** @type {number} */ threshold) => {
      const { confusion } = pointAt(found.points, threshold);
      setText(segments[0].count, confusion === null ? "–" : countText(confusion.false_positives));
      setText(segments[1].count, confusion === null ? "–" : countText(confusion.false_negatives));
    },
    load: (/** @type {URLSearchParams} */ query, /** @type {number} */ threshold) => {
      const filters = stepFilters(query);
      for (const { node, filters: own } of segments)
        setAttr(node, "aria-current", String(new URLSearchParams(own)) === String(filters) ? "true" : null);
      chips.replaceChildren(...filterChips(filters, here, threshold));
      list.load(new URLSearchParams([...labelsQuery(here), ...stepQuery(query, threshold)]));
    },
  };
}

/** @param {number | null} share */
function shareCell(share) {
  const text = share === null ? "–" : shareWords(share);
  return el(
    "span",
    { class: "vp-ev-score vp-num", title: share === null ? null : `${shareText(share, 1)} of the completions` },
    el("span", { "aria-hidden": "true", text: `mc ${text}` }),
    el("span", { class: "vp-hidden", text: `${text} of the completions reach the answer` }),
  );
}
