// A step benchmark that is done: whether the reward model is better than a coin, by how much, and where it fails. First
// the headline, then why, then the mistakes themselves.

import { el, setAttr, setText } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { load as loadMaths } from "../../assets/maths.js";
import { address, call, errorText } from "../../assets/rest.js";
import { scoreBall, spokenScore } from "../../assets/scores.js";
import { asBody, datasetQuery, MISTAKES, stepFilters, stepQuery, withSteps } from "./address.js";
import { pageLink } from "./board.js";
import { copyButton } from "./copy_button.js";
import { countsAt, hundredthOf } from "./counts.js";
import { actionButton, canResume, openNew, pathOf, resume, resumeNote } from "./evaluation_actions.js";
import { commandNote, countText } from "./figures.js";
import { filterChips } from "./filter_chips.js";
import { headline } from "./headline.js";
import { factsOf, pageHead, warnings } from "./page_head.js";
import { popover } from "./popover.js";
import { recordStrip } from "./record.js";
import { calibrationChart, histogramChart, placeChart } from "./score_charts.js";
import { detectionTable, policyTable, sourceTable } from "./source_table.js";
import { QUEUED, stepList } from "./step_list.js";
import { thresholdCard } from "./threshold_card.js";

/** @import { EvaluatedStep, Evaluation, StepBenchmark } from "../../assets/api.d.ts" */
/** @import { PageContext, Shown } from "./board.js" */

const SETTLED_MS = 250; // after the threshold was moved, before steps are listed anew

/**
 * Shows the page.
 * @param {Evaluation} evaluation
 * @param {PageContext} context
 * @returns {Promise<Shown>}
 */
export async function show(evaluation, context) {
  loadMaths();
  const path = pathOf(evaluation);
  /** @type {StepBenchmark} */
  const figures = await call(`${path}/step-figures`);
  const here = new URLSearchParams({ id: evaluation.id });
  const fixed = evaluation.threshold ?? 0.5;
  let query = context.query;
  let threshold = thresholdOf(query, fixed);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const steps = mistakes(figures, path, here, context.isAdmin);
  const histogram = histogramChart(figures, here, threshold);
  const moved = (/** @type {number} */ wanted) => {
    threshold = wanted;
    histogram.move(wanted);
    steps.count(wanted);
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (context.signal.aborted) return;
      query = new URLSearchParams(location.search);
      if (wanted === fixed) query.delete("threshold");
      else query.set("threshold", String(wanted));
      context.remember(query);
      if (stepFilters(query).has("predicted")) steps.load(query, wanted);
    }, SETTLED_MS);
  };
  const status = el("p", { class: "vp-ev-note", role: "status" });
  const say = (/** @type {string} */ text) => setText(status, text);
  const card = thresholdCard(figures, here, threshold, moved);
  const why = [calibrationChart(figures, here), histogram.node, placeChart(figures, here)];
  const further = furtherTables(figures, here);
  steps.count(threshold);
  steps.load(query, threshold);

  const node = el(
    "div",
    { class: "vp-ev-page" },
    pageHead(evaluation.title, evaluation.title, factsOf(evaluation), actions(evaluation, context, say)),
    status,
    ...warnings(evaluation),
    recordStrip(figures.record, figures.command, commandNote(evaluation.set, evaluation.tuned?.set)),
    headline(figures),
    el("div", { class: "vp-ev-row vp-ev-two-thirds" }, sourceTable(figures, here), card.node),
    el("div", { class: "vp-ev-row vp-ev-thirds" }, ...why),
    further.length ? el("div", { class: "vp-ev-row vp-ev-halves" }, ...further) : null,
    steps.node,
  );
  /** @param {URLSearchParams} wanted */
  const update = (wanted) => {
    const isOther = String(stepFilters(wanted)) !== String(stepFilters(query));
    query = wanted;
    threshold = thresholdOf(wanted, fixed);
    card.move(threshold);
    histogram.move(threshold);
    steps.count(threshold);
    steps.load(query, threshold);
    if (isOther) steps.reveal();
  };
  return { node, update };
}

/**
 * @param {URLSearchParams} query
 * @param {number} fixed
 */
function thresholdOf(query, fixed) {
  const wanted = Number.parseFloat(query.get("threshold") ?? "");
  return wanted >= 0 && wanted <= 1 ? hundredthOf(wanted) / 100 : fixed;
}

/**
 * Tables that not every set has.
 * @param {StepBenchmark} figures
 * @param {URLSearchParams} here
 */
function furtherTables(figures, here) {
  return [
    ...(figures.policies.length > 1 ? [policyTable(figures, here)] : []),
    ...(figures.detection.some(({ steps }) => steps > 0) ? [detectionTable(figures)] : []),
  ];
}

/**
 * The list of steps, the most confident mistakes unless others are asked for.
 * @param {StepBenchmark} figures
 * @param {string} path
 * @param {URLSearchParams} here
 * @param {boolean} isAdmin
 */
function mistakes(figures, path, here, isAdmin) {
  const segment = (/** @type {string} */ text, /** @type {Record<string, string>} */ filters) => {
    const count = el("span", {});
    return { node: pageLink(withSteps(here, filters), { class: "vp-segment" }, `${text} `, count), count, filters };
  };
  const segments = [
    segment("Called right, labelled wrong", MISTAKES),
    segment("Called wrong, labelled right", { label: "1", predicted: "-1" }),
  ];
  const chips = el("div", { class: "vp-ev-chips" });
  const status = el("span", { class: "vp-ev-note", role: "status" });
  let asked = new URLSearchParams();
  const queue = el(
    "button",
    { type: "button", class: "vp-btn" },
    icon("label"),
    el("span", { text: `Queue the first ${QUEUED} for labelling` }),
  );
  queue.addEventListener("click", async () => {
    setText(status, "");
    try {
      const { openQueue } = await import("./queue_dialog.js");
      const title = `Mistakes of ${figures.evaluation.reward_models[0]?.name ?? "the reward model"}`;
      await openQueue(`${path}/queue`, asBody(asked), QUEUED, title);
    } catch (error) {
      setText(status, errorText(error));
    }
  });
  const list = stepList({
    title: "Most confident mistakes",
    name: "mistakes",
    path: `${path}/steps`,
    cells: (/** @type {EvaluatedStep} */ { score }) => [scoreCell(score)],
    controls: [
      el(
        "div",
        { class: "vp-segments", role: "group", "aria-label": "Which mistakes" },
        ...segments.map(({ node }) => node),
      ),
      chips,
      el(
        "span",
        { class: "vp-ev-end" },
        status,
        el(
          "span",
          { class: "vp-ev-keys vp-ev-wide", "aria-hidden": "true" },
          kbd("J"),
          kbd("K"),
          "move ·",
          kbd("↵"),
          "open",
        ),
        isAdmin ? queue : "",
      ),
    ],
  });
  return {
    node: list.node,
    reveal: list.reveal,
    count: (/** @type {number} */ threshold) => {
      const { right, wrong } = countsAt(figures.above, figures.pooled.confusion, hundredthOf(threshold));
      setText(segments[0].count, countText(right.wrong));
      setText(segments[1].count, countText(wrong.correct));
    },
    load: (/** @type {URLSearchParams} */ query, /** @type {number} */ threshold) => {
      asked = stepQuery(query, threshold);
      const filters = stepFilters(query);
      for (const { node, filters: own } of segments)
        setAttr(node, "aria-current", String(new URLSearchParams(own)) === String(filters) ? "true" : null);
      chips.replaceChildren(...filterChips(filters, here, threshold));
      list.linkToDataset(datasetQuery(filters, threshold, figures.evaluation.set));
      list.load(asked);
    },
  };
}

/** @param {number | null} score */
export function scoreCell(score) {
  return el(
    "span",
    { class: "vp-ev-score vp-num" },
    scoreBall(score),
    el("span", { "aria-hidden": "true", text: score === null ? "–" : score.toFixed(3) }),
    el("span", { class: "vp-hidden", text: score === null ? "score not read" : `score ${spokenScore(score)}` }),
  );
}

/** @param {string} key */
function kbd(key) {
  return el("span", { class: "vp-kbd", text: key });
}

/**
 * @param {Evaluation} evaluation
 * @param {PageContext} context
 * @param {(sentence: string) => void} say
 */
function actions(evaluation, { isAdmin, navigate, reload }, say) {
  const path = pathOf(evaluation);
  const link = (/** @type {string} */ text, /** @type {string} */ end) =>
    el("a", { href: address(`${path}/${end}`), download: true, text });
  const files = [
    link("Table, CSV", "table?format=csv"),
    link("Table, Markdown", "table?format=markdown"),
    link("Table, LaTeX", "table?format=latex"),
    link("Report, one HTML file", "report"),
  ];
  const again = el("button", { type: "button", class: "vp-btn" }, icon("play"), el("span", { text: "Run again" }));
  again.addEventListener("click", () => openNew(evaluation, ({ id }) => navigate(new URLSearchParams({ id }))));
  const goOn = actionButton(
    "Resume",
    "play",
    async () => {
      await resume(evaluation);
      await reload();
    },
    say,
  );
  goOn.title = resumeNote(evaluation);
  return [
    ...(isAdmin && canResume(evaluation) ? [goOn] : []),
    pageLink(new URLSearchParams({ mark: evaluation.id }), { class: "vp-btn" }, icon("compare"), "Compare with…"),
    popover({ class: "vp-btn" }, [icon("download"), "Export"], files),
    copyButton("Copy link", () => location.href, "link"),
    ...(isAdmin ? [again] : []),
  ];
}
