// What can be said of a RunView: pick, order, majority, why. Pure functions, no DOM; choices themselves are computed by
// the server (`ranking`).

import { isScore, scoreBand, scoreText } from "../../assets/scores.js";

/** @import { Aggregation, RunView, SolutionCard } from "../../assets/api.d.ts" */

/**
 * The aggregations, in the order they are offered.
 * @type {readonly Aggregation[]}
 */
export const AGGREGATIONS = ["mean", "min", "max", "last", "product"];

/** @type {Record<Aggregation, string>} */
const REASONS = {
  mean: "Highest mean step score",
  min: "Highest weakest step",
  max: "Highest best step",
  last: "Highest last step",
  product: "Highest product of step scores",
};

/** What the finished run that a first visit shows is called; the server keeps none of that name. */
export const EXAMPLE_RUN = "example";

const WORDS = "zero one two three four five six seven eight nine ten eleven twelve".split(" ");

/**
 * Says in a sentence what the vote says, what the reward model picks, and which of them is right; "" where nothing can
 * be said.
 * @param {RunView} view
 * @param {Aggregation} aggregation
 */
export function runSentence(view, aggregation) {
  const { majority } = view;
  const best = pick(view, aggregation);
  if (!majority || !best?.answer || isLive(view)) return "";
  const number = (/** @type {number} */ count) => WORDS[count] ?? String(count);
  const vote = `${number(majority.count)} of ${number(view.finished)} solutions say ${majority.text}`;
  const right =
    best.matches === null ? "" : best.matches ? `, and ${best.answer} is right` : `, which is not ${view.reference}`;
  const picks = `scored step by step, the reward model picks ${best.group === majority.group ? "it too" : best.answer}`;
  return `${vote[0].toUpperCase()}${vote.slice(1)}; ${picks}${right}.`;
}

/**
 * Whether cards still change.
 * @param {Pick<RunView, "state">} view
 */
export function isLive(view) {
  return view.state === "queued" || view.state === "running";
}

/**
 * Returns the solution score of a card, null while it is undefined.
 * @param {SolutionCard | null | undefined} card
 * @param {Aggregation} aggregation
 */
export function solutionScore(card, aggregation) {
  const score = card?.scores?.[aggregation];
  return isScore(score) ? score : null;
}

/**
 * Returns the card that Best-of-N picks, or null when none is scored.
 * @param {RunView} view
 * @param {Aggregation} aggregation
 * @returns {SolutionCard | null}
 */
export function pick(view, aggregation) {
  const draw = rankedDifferent(view, aggregation)[0];
  return draw === undefined ? null : cardOf(view, draw);
}

/**
 * Returns the draws of different solutions, each the first of those that are word for word equal.
 * @param {Pick<RunView, "cards">} view
 */
export function differentDraws(view) {
  return view.cards.filter((card) => (card.same_as ?? null) === null).map((card) => card.draw);
}

/**
 * Returns the ranked draws, best first, each the first of those that are word for word equal to it.
 * @param {RunView} view
 * @param {Aggregation} aggregation
 */
function rankedDifferent(view, aggregation) {
  const first = new Map(view.cards.map((card) => [card.draw, card.same_as ?? card.draw]));
  return [...new Set((view.ranking?.[aggregation] ?? []).map((draw) => first.get(draw) ?? draw))];
}

/**
 * Returns how many solutions are word for word a card's, itself among them, by the draw of the first.
 * @param {Pick<RunView, "cards">} view
 */
export function copies(view) {
  /** @type {Map<number, number>} */
  const counts = new Map();
  for (const card of view.cards) {
    const draw = card.same_as ?? card.draw;
    counts.set(draw, (counts.get(draw) ?? 0) + 1);
  }
  return counts;
}

/**
 * @param {RunView} view
 * @param {number} draw
 */
export function cardOf(view, draw) {
  return view.cards.find((card) => card.draw === draw) ?? null;
}

/**
 * Returns the ranks of the scored solutions that differ, from 1, by draw.
 * @param {RunView} view
 * @param {Aggregation} aggregation
 */
export function ranks(view, aggregation) {
  return new Map(rankedDifferent(view, aggregation).map((draw, index) => [draw, index + 1]));
}

/**
 * What a solution is called on its card: "#1", or "another" where it has no rank.
 * @param {RunView} view
 * @param {Aggregation} aggregation
 * @param {number} draw
 */
export function rankName(view, aggregation, draw) {
  const rank = ranks(view, aggregation).get(draw);
  return rank ? `#${rank}` : "another";
}

/**
 * Returns the draws of different solutions that were cut off by the token limit: they take no part in any choice. None
 * while the run goes on, so that no card moves.
 * @param {Pick<RunView, "cards" | "state">} view
 */
export function cutOffDraws(view) {
  if (isLive(view)) return [];
  const cut = new Set(view.cards.filter((card) => card.truncated).map((card) => card.draw));
  return differentDraws(view).filter((draw) => cut.has(draw));
}

/**
 * Returns how many different solutions can be labelled: half-written and empty ones cannot.
 * @param {Pick<RunView, "cards">} view
 * @param {SolutionCard[]} [others] that go on from steps of these
 */
export function countToLabel(view, others = []) {
  const ready = [...view.cards, ...others].filter(
    (card) => card.solution && card.state !== "stopped" && card.steps.length > 0,
  );
  return new Set(ready.map(({ steps, truncated }) => JSON.stringify([steps.map(({ text }) => text), truncated]))).size;
}

/**
 * Says how many solutions Best-of-N could choose, where some were cut off; else "".
 * @param {RunView} view
 * @param {Aggregation} aggregation
 */
export function couldWinText(view, aggregation) {
  const cut = view.cards.filter((card) => card.truncated).length;
  if (!cut) return "";
  const could = view.ranking?.[aggregation]?.length ?? 0;
  return `${could || "None"} of ${view.finished} could win: ${cut} ${cut === 1 ? "was" : "were"} cut off.`;
}

/**
 * Returns the index of the first step that the exact checker calls wrong; -1 where there is none, or no checker.
 * @param {Pick<SolutionCard, "steps">} card
 */
export function firstWrong({ steps }) {
  return steps.findIndex(({ check }) => check?.label === -1);
}

/**
 * Returns the draws in the order to show, those that were cut off left out. By rank only once nothing changes any more;
 * unscored solutions follow as sampled.
 * @param {RunView} view
 * @param {Aggregation} aggregation
 * @param {boolean} byRank
 */
export function order(view, aggregation, byRank) {
  const cut = new Set(cutOffDraws(view));
  const sampled = differentDraws(view).filter((draw) => !cut.has(draw));
  if (!byRank || isLive(view)) return sampled;
  const ranked = rankedDifferent(view, aggregation);
  const seen = new Set(ranked);
  return [...ranked, ...sampled.filter((draw) => !seen.has(draw))];
}

/**
 * Returns those of the draws whose answer is in a group; all of them for null.
 * @param {Pick<RunView, "cards">} view
 * @param {number[]} draws
 * @param {string | null} group
 */
export function withAnswer(view, draws, group) {
  if (group === null) return draws;
  const inGroup = new Set(view.cards.filter((card) => card.group === group).map((card) => card.draw));
  return draws.filter((draw) => inGroup.has(draw));
}

/**
 * Returns the weakest scored step of a card, or null; the first of equals.
 * @param {SolutionCard} card
 */
export function weakest(card) {
  /** @type {{ index: number, score: number } | null} */
  let found = null;
  for (const [index, { score }] of card.steps.entries()) {
    if (isScore(score) && (found === null || score < found.score)) found = { index, score };
  }
  return found;
}

/**
 * Says whether an answer is the reference answer; "" where there is nothing to compare.
 * @param {boolean | null} matches
 */
export function matchText(matches) {
  return matches === null ? "" : matches ? "Correct." : "Differs from the reference answer.";
}

/**
 * Returns the part of the run that is done, 0 to 1.
 * @param {RunView} view
 */
export function runProgress(view) {
  if (!view.cards.length) return 0;
  return view.cards.reduce((sum, card) => sum + cardProgress(card), 0) / view.cards.length;
}

/** @param {SolutionCard} card */
function cardProgress(card) {
  if (card.state === "done" || card.state === "stopped") return 1;
  if (card.state === "scoring") return 0.85;
  return card.state === "writing" ? Math.min(0.8, 0.1 + 0.14 * card.steps.length) : 0;
}

/**
 * Explains the pick in sentences. `reason`: why this one; `others`: what the other aggregations would pick, where that
 * differs.
 * @param {RunView} view
 * @param {Aggregation} aggregation
 * @returns {{ reason: string, others: string }}
 */
export function explainPick(view, aggregation) {
  const best = pick(view, aggregation);
  if (!best) return { reason: "", others: "" };
  return { reason: reason(view, aggregation, best), others: disagreement(view, aggregation, best) };
}

/**
 * @param {RunView} view
 * @param {Aggregation} aggregation
 * @param {SolutionCard} best
 */
function reason(view, aggregation, best) {
  const low = weakest(best);
  const step = low ? `step ${low.index + 1}` : "";
  const highest = solutionScore(best, aggregation);
  const scoreOf = (/** @type {number} */ draw) => solutionScore(cardOf(view, draw), aggregation);
  const ranked = rankedDifferent(view, aggregation);
  const tied = ranked
    .filter((draw) => draw !== best.draw && scoreOf(draw) === highest)
    .map((draw) => rankName(view, aggregation, draw));
  const alone = ranked.length === 1;
  const equal = copies(view).get(ranked[0]) ?? 1;
  const only = equal > 1 ? `All ${equal} scored solutions are word for word the same` : "The only scored solution";
  const start = alone ? only : REASONS[aggregation];
  const tail =
    low && aggregation !== "min"
      ? `; weakest is ${step} at ${scoreText(low.score)}`
      : low && !alone
        ? ` (${step})`
        : "";
  const tie = tied.length ? `. Equal to ${enumerate(tied)}; the first sampled is taken` : "";
  return `${start}${tail}${tie}.`;
}

/**
 * @param {RunView} view
 * @param {Aggregation} aggregation
 * @param {SolutionCard} best
 */
function disagreement(view, aggregation, best) {
  /** @type {Map<SolutionCard, Aggregation[]>} */
  const byCard = new Map();
  for (const other of AGGREGATIONS) {
    const card = other === aggregation ? null : pick(view, other);
    if (card && card.draw !== best.draw) byCard.set(card, [...(byCard.get(card) ?? []), other]);
  }
  if (!byCard.size) return rankedDifferent(view, aggregation).length > 1 ? "All five aggregations pick it." : "";
  const phrases = [...byCard].map(([card, others]) => {
    const answer = sameAnswer(card, best) ? " (same answer)" : card.answer ? ` (${shorten(card.answer)})` : "";
    return `${enumerate(others)} would pick ${rankName(view, aggregation, card.draw)}${answer}`;
  });
  const text = phrases.join("; ");
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}

/**
 * Whether both cards reached the same answer.
 * @param {SolutionCard} a
 * @param {SolutionCard} b
 */
export function sameAnswer(a, b) {
  return a.group !== null && a.group !== undefined && a.group === b.group;
}

/**
 * "a", "a and b", "a, b and c".
 * @param {string[]} names
 */
export function enumerate(names) {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** @param {string} text */
function shorten(text, length = 24) {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

/**
 * Returns the line under the majority answer.
 * @param {RunView} view
 * @param {Aggregation} aggregation
 */
export function majorityText(view, aggregation) {
  const { majority } = view;
  if (!majority) return "";
  const count = `${majority.count} of ${view.finished}`;
  if (majority.tied) {
    const others = view.answers
      .filter((answer) => answer.count === majority.count && answer.group !== majority.group)
      .map((answer) => shorten(answer.text));
    return `${count} · tied with answer${others.length > 1 ? "s" : ""} ${enumerate(others.slice(0, 3))}`;
  }
  const best = pick(view, aggregation);
  if (isLive(view) || !best) return count;
  return `${count} · ${best.group === majority.group ? "same as the pick" : "differs from the pick"}`;
}

/**
 * Returns the line beside the heading: how far, how long, how many tokens.
 * @param {RunView} view
 */
export function runSummary(view) {
  const time = typeof view.seconds === "number" ? ` in ${seconds(view.seconds)}` : "";
  if (view.state === "queued")
    return view.ahead > 0 ? `${view.ahead} ${view.ahead === 1 ? "run" : "runs"} before yours` : "Starting";
  const wait = view.waiting ? ` · ${view.waiting}` : "";
  if (view.state === "running" && view.search)
    return `Step ${view.search.rounds.length + 1}${time.replace(" in ", " · ")}${wait}`;
  if (view.state === "running")
    return `${view.finished} of ${view.sampling.n} finished${time.replace(" in ", " · ")}${wait}`;
  const count =
    view.search || view.finished === view.sampling.n ? `${view.finished}` : `${view.finished} of ${view.sampling.n}`;
  const tokens = view.tokens ? ` · ${view.tokens.toLocaleString("en")} tokens` : "";
  const different = differentDraws(view).length;
  return `${count}${time}${tokens}${different < view.cards.length ? ` · ${different} different` : ""}`;
}

/**
 * When a run was started, in the reader's own time: "14:02" today, else "3 May 2026, 14:02".
 * @param {string} iso
 * @param {Date} [now]
 */
export function startedText(iso, now = new Date()) {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  const time = at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  if (at.toDateString() === now.toDateString()) return `today ${time}`;
  return `${at.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" })}, ${time}`;
}

/**
 * "3.1 s", "2 min 05 s".
 * @param {number} value
 */
export function seconds(value) {
  if (value < 99.95) return `${value.toFixed(1)} s`;
  const whole = Math.round(value);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

/**
 * Returns what the chart says to those who do not see it.
 * @param {RunView} view
 * @param {Aggregation} aggregation
 */
export function chartText(view, aggregation) {
  const best = pick(view, aggregation);
  if (!best) return "Score by step: nothing is scored yet.";
  const scores = best.steps.map(
    (step, index) => `step ${index + 1} ${isScore(step.score) ? scoreText(step.score) : "not scored"}`,
  );
  const doubtful = view.cards.filter((card) => card.steps.some((step) => (scoreBand(step.score) ?? 5) <= 2)).length;
  const rest = `${doubtful} of ${view.cards.length} solutions have a step that is probably wrong.`;
  return `Score by step. The pick, solution ${best.draw + 1}: ${scores.join(", ")}. ${rest}`;
}
