// The charts beside the list of solutions: labels by the place of a step, scores by label, time for an item. They count
// what the list shows; a bar narrows it. What nobody labelled, scored or timed is said to be so, never drawn as 0.

import { el } from "../../assets/dom.js";
import { plural } from "../../assets/plural.js";
import { scoreText } from "../../assets/scores.js";
import { barChart } from "./bar_chart.js";
import { changed, LAST_PLACE } from "./browse_query.js";
import { listLink } from "./list_link.js";

/** @import { LabelCounts, SolutionSummary, TimeBins } from "../../assets/api.d.ts" */
/** @import { Bar } from "./bar_chart.js" */

const COUNTS = ["correct", "neutral", "wrong", "no label"];
const MOST_BARS = 11; // as many as leave each the 24 px that a finger needs, in a panel of 304

/**
 * Returns the panel.
 * @param {SolutionSummary} summary
 * @param {URLSearchParams} query
 */
export function charts(summary, query) {
  return el(
    "aside",
    { class: "vp-card vp-br-charts", "aria-label": "Distributions" },
    wrongByPlace(summary.by_place, query),
    scoresByLabel(summary.by_score, query),
    timeForAnItem(summary.times, query),
  );
}

/** @param {LabelCounts} counts */
export const labelledOf = ({ correct, neutral, wrong }) => correct + neutral + wrong;

/**
 * "17 %", or a dash of nothing.
 * @param {number} part
 * @param {number} all
 */
export function percent(part, all) {
  return all === 0 ? "–" : `${Math.round((100 * part) / all)} %`;
}

/** @param {LabelCounts} counts */
function cells({ correct, neutral, wrong, unlabelled }) {
  return [correct, neutral, wrong, unlabelled];
}

/**
 * Returns every two neighbours added up.
 * @template T
 * @param {readonly T[]} bins
 * @param {(one: T, other: T) => T} add
 * @returns {T[]}
 */
export function inPairs(bins, add) {
  return bins.flatMap((bin, at) => {
    if (at % 2 === 1) return [];
    return [at + 1 < bins.length ? add(bin, bins[at + 1]) : bin];
  });
}

/**
 * @param {LabelCounts} one
 * @param {LabelCounts} other
 */
function together(one, other) {
  return {
    correct: one.correct + other.correct,
    neutral: one.neutral + other.neutral,
    wrong: one.wrong + other.wrong,
    unlabelled: one.unlabelled + other.unlabelled,
  };
}

/**
 * @param {URLSearchParams} list
 * @returns {Bar["link"]}
 */
function linkTo(list) {
  return (attributes, content) => listLink(list, content, attributes);
}

/**
 * @param {LabelCounts[]} places
 * @param {URLSearchParams} query
 */
function wrongByPlace(places, query) {
  const shares = places.map((counts) =>
    labelledOf(counts) === 0 ? 0 : (counts.wrong + counts.neutral) / labelledOf(counts),
  );
  const most = Math.max(0.05, ...shares);
  const isLabelled = places.some((counts) => labelledOf(counts) > 0);
  const at = query.get("label") === "-1" ? query.get("step") : null;
  const bars = places.map((counts, place) => {
    const all = labelledOf(counts);
    const name = place === LAST_PLACE ? `${place + 1}+` : String(place + 1);
    const share =
      all === 0 ? "no label" : `${percent(counts.wrong, all)} wrong, ${percent(counts.neutral, all)} neutral`;
    const isCurrent = at === String(place);
    return {
      label: name,
      text: `Step ${name}: ${share} of ${plural(all, "label")}`,
      parts:
        all === 0
          ? []
          : [
              { kind: "wrong", size: counts.wrong / all / most },
              { kind: "neutral", size: counts.neutral / all / most },
            ],
      isCurrent,
      link: linkTo(changed(query, isCurrent ? { label: null, step: null } : { label: "-1", step: String(place) })),
    };
  });
  const current = at === null ? null : places[Number(at)];
  return barChart({
    title: "Wrong labels by position of the step",
    note: current
      ? `at ${Number(at) + 1}: ${percent(current.wrong, labelledOf(current))}`
      : isLabelled
        ? `up to ${percent(most, 1)}`
        : "",
    bars: isLabelled ? bars : [],
    empty: "No step here is labelled.",
    figures: [["Step", ...COUNTS], places.map((counts, place) => [bars[place].label, ...cells(counts)])],
    legend: legend(
      [
        ["wrong", "wrong"],
        ["neutral", "neutral"],
      ],
      "% of labelled steps",
    ),
  });
}

/**
 * @param {LabelCounts[] | null} summary
 * @param {URLSearchParams} query
 */
function scoresByLabel(summary, query) {
  const bins = summary && inPairs(summary, together);
  const shown = bins?.some((counts) => labelledOf(counts) > 0) ? bins : null;
  const most = Math.max(1, ...(shown ?? []).map(({ correct, wrong }) => Math.max(correct, wrong)));
  const at = query.get("score_from");
  const size = shown ? 1 / shown.length : 0;
  const bars = (shown ?? []).map(({ correct, wrong }, bin) => {
    const [from, to] = [bin * size, (bin + 1) * size].map((score) => score.toFixed(1));
    const isLast = bin === (shown?.length ?? 0) - 1;
    const isCurrent =
      at !== null && Number(at) <= bin * size + 1e-9 && Number(query.get("score_to") ?? 1) > bin * size + 1e-9;
    const narrowed = {
      label: "-1",
      score_from: String(Number(from)),
      score_to: isLast ? null : String(Number(to)),
    };
    return {
      label: bin === 0 ? "0" : from === "0.5" ? "0.5" : isLast ? "1" : "",
      text: `Score ${from} to ${to}: ${correct} correct, ${wrong} wrong. Show the wrong ones`,
      parts: [
        { kind: "correct", size: correct / most },
        { kind: "wrong", size: wrong / most, below: true },
      ],
      isCurrent,
      link: linkTo(changed(query, isCurrent ? { label: null, score_from: null, score_to: null } : narrowed)),
    };
  });
  const rows = (bins ?? []).map((counts, bin, all) => [scoreText((bin + 0.5) / all.length), ...cells(counts)]);
  return barChart({
    title: "Scores by label",
    note: bars.length ? "press to narrow" : "",
    bars,
    empty: bins === null ? "No step here is scored." : "No scored step here is labelled.",
    figures: [["Score about", ...COUNTS], rows],
    legend: legend(
      [
        ["correct", "correct, upwards"],
        ["wrong", "wrong, downwards"],
      ],
      "",
    ),
    isMirrored: true,
  });
}

/**
 * @param {TimeBins | null} summary
 * @param {URLSearchParams} query
 */
function timeForAnItem(summary, query) {
  const times = summary && withFewBars(summary);
  const most = Math.max(1, ...(times?.solutions ?? []));
  const count = (times?.solutions ?? []).reduce((sum, each) => sum + each, 0);
  const bars = (times?.solutions ?? []).map((solutions, bin, all) => {
    const width = times?.width ?? 1;
    const isLast = bin === all.length - 1;
    const [from, to] = [bin * width, (bin + 1) * width];
    const isCurrent = query.get("seconds_from") === String(from);
    const narrowed = { seconds_from: String(from), seconds_to: isLast ? null : String(to) };
    return {
      label: bin % 5 === 0 && bin < 16 ? timeText(from).replace(" min", "") : "",
      text: `${timeText(from)} ${isLast ? "or longer" : `to ${timeText(to)}`}: ${plural(solutions, "solution")}`,
      parts: [{ kind: "plain", size: solutions / most }],
      isCurrent,
      link: linkTo(changed(query, isCurrent ? { seconds_from: null, seconds_to: null } : narrowed)),
    };
  });
  return barChart({
    title: "Time for an item",
    note: times ? `median ${timeText(times.median)}, ${plural(count, "solution")}` : "",
    bars,
    empty: "No times are known for what is listed.",
    figures: [["From", "solutions"], bars.map(({ text }, bin) => [text, times?.solutions[bin] ?? 0])],
  });
}

/**
 * Returns the times in bars that are wide enough to press.
 * @param {TimeBins} times
 * @returns {TimeBins}
 */
export function withFewBars(times) {
  if (times.solutions.length <= MOST_BARS) return times;
  return { ...times, width: 2 * times.width, solutions: inPairs(times.solutions, (one, other) => one + other) };
}

/**
 * "45 s", "1:30 min".
 * @param {number} seconds
 */
export function timeText(seconds) {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const rest = String(whole % 60).padStart(2, "0");
  return whole % 60 === 0 ? `${whole / 60} min` : `${Math.floor(whole / 60)}:${rest} min`;
}

/**
 * @param {[kind: string, text: string][]} kinds
 * @param {string} note
 */
function legend(kinds, note) {
  return el(
    "p",
    { class: "vp-bars-legend", "aria-hidden": "true" },
    ...kinds.map(([kind, text]) => el("span", { class: `vp-bars-key vp-bars-key-${kind}`, text })),
    note ? el("span", { text: note }) : null,
  );
}
