// What can be said of a RunView: pick, order, majority, why. Pure functions, no DOM; choices themselves are computed by the server (`ranking`).

import { isScore, scoreBand, scoreText } from "../../assets/scores.js";

/** The aggregations, in the order they are offered. */
export const AGGREGATIONS = ["mean", "min", "max", "last", "product"];

const REASONS = {
  mean: "Highest mean step score",
  min: "Highest weakest step",
  max: "Highest best step",
  last: "Highest last step",
  product: "Highest product of step scores",
};

/** True while cards still change. */
export function isLive(view) {
  return view.state === "queued" || view.state === "running";
}

/** The solution score of a card under an aggregation, null while undefined. */
export function solutionScore(card, aggregation) {
  const score = card?.scores?.[aggregation];
  return isScore(score) ? score : null;
}

/** The card Best-of-N picks under `how`, or null when none is scored. */
export function pick(view, aggregation) {
  const draw = view.ranking?.[aggregation]?.[0];
  return draw === undefined ? null : (view.cards.find((card) => card.draw === draw) ?? null);
}

/** draw -> rank from 1, for the scored solutions. */
export function ranks(view, aggregation) {
  return new Map((view.ranking?.[aggregation] ?? []).map((draw, index) => [draw, index + 1]));
}

/** What a solution is called on its card: "#1", or "another" where it has no rank. */
export function rankName(view, aggregation, draw) {
  const rank = ranks(view, aggregation).get(draw);
  return rank ? `#${rank}` : "another";
}

/** The draws in the order to show. By rank only once nothing changes any more; unscored solutions follow as sampled. */
export function order(view, aggregation, byRank) {
  const sampled = view.cards.map((card) => card.draw);
  if (!byRank || isLive(view)) return sampled;
  const ranked = view.ranking?.[aggregation] ?? [];
  const seen = new Set(ranked);
  return [...ranked, ...sampled.filter((draw) => !seen.has(draw))];
}

/** The weakest scored step of a card {index, score}, or null. The first of equals. */
export function weakest(card) {
  let found = null;
  card.steps.forEach((step, index) => {
    if (isScore(step.score) && (!found || step.score < found.score)) found = { index, score: step.score };
  });
  return found;
}

/** The part of the run that is done, 0 to 1. */
export function runProgress(view) {
  if (!view.cards.length) return 0;
  const part = (card) => {
    if (card.state === "done" || card.state === "stopped") return 1;
    if (card.state === "scoring") return 0.85;
    return card.state === "writing" ? Math.min(0.8, 0.1 + 0.14 * card.steps.length) : 0;
  };
  return view.cards.reduce((sum, card) => sum + part(card), 0) / view.cards.length;
}

/** Why this pick: sentences for people. `says`: the reason; `others`: what the other aggregations would pick, where that differs. */
export function explainPick(view, aggregation) {
  const best = pick(view, aggregation);
  if (!best) return { says: "", others: "" };
  return { says: reason(view, aggregation, best), others: disagreement(view, aggregation, best) };
}

function reason(view, aggregation, best) {
  const low = weakest(best);
  const step = low ? `step ${low.index + 1}` : "";
  const tied = view.ranking[aggregation]
    .filter(
      (draw) =>
        draw !== best.draw &&
        solutionScore(
          view.cards.find((card) => card.draw === draw),
          aggregation,
        ) === solutionScore(best, aggregation),
    )
    .map((draw) => rankName(view, aggregation, draw));
  const alone = view.ranking[aggregation].length === 1;
  const start = alone ? "The only scored solution" : REASONS[aggregation];
  const tail =
    low && aggregation !== "min"
      ? `; weakest is ${step} at ${scoreText(low.score)}`
      : low && !alone
        ? ` (${step})`
        : "";
  const tie = tied.length ? `. Equal to ${enumerate(tied)}; the first sampled is taken` : "";
  return `${start}${tail}${tie}.`;
}

function disagreement(view, aggregation, best) {
  const byDraw = new Map();
  for (const other of AGGREGATIONS) {
    const card = other === aggregation ? null : pick(view, other);
    if (card && card.draw !== best.draw) byDraw.set(card, [...(byDraw.get(card) ?? []), other]);
  }
  if (!byDraw.size) return view.ranking[aggregation].length > 1 ? "All five aggregations pick it." : "";
  const phrases = [...byDraw].map(
    ([card, aggregations]) =>
      `${enumerate(aggregations)} would pick ${rankName(view, aggregation, card.draw)}${sameAnswer(card, best) ? " (same answer)" : card.answer ? ` (${shorten(card.answer)})` : ""}`,
  );
  const text = phrases.join("; ");
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}

/** True when both cards reached the same answer. */
export function sameAnswer(a, b) {
  return a.group !== null && a.group !== undefined && a.group === b.group;
}

/** "a", "a and b", "a, b and c". */
export function enumerate(spokenScore) {
  return spokenScore.length < 2
    ? spokenScore.join("")
    : `${spokenScore.slice(0, -1).join(", ")} and ${spokenScore.at(-1)}`;
}

function shorten(text, length = 24) {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

/** The line under the majority answer. */
export function majorityText(view, aggregation) {
  const { majority } = view;
  if (!majority) return "";
  const count = `${majority.count} of ${view.finished}`;
  if (majority.tied) {
    const others = view.answers
      .filter((answer) => answer.count === majority.count && answer.group !== majority.group)
      .map((answer) => shorten(answer.text));
    return `${count} · tie with ${enumerate(others.slice(0, 3))}`;
  }
  const best = pick(view, aggregation);
  if (isLive(view) || !best) return count;
  return `${count} · ${best.group === majority.group ? "same as the pick" : "differs from the pick"}`;
}

/** The line beside the heading: how far, how long, how much. */
export function runSummary(view) {
  const time = typeof view.seconds === "number" ? ` in ${seconds(view.seconds)}` : "";
  if (view.state === "queued")
    return view.ahead > 0 ? `${view.ahead} ${view.ahead === 1 ? "run" : "runs"} before yours` : "Starting";
  if (view.state === "running") return `${view.finished} of ${view.sampling.n} finished${time.replace(" in ", " · ")}`;
  const count = view.finished === view.sampling.n ? `${view.finished}` : `${view.finished} of ${view.sampling.n}`;
  return `${count}${time}${view.tokens ? ` · ${view.tokens.toLocaleString("en")} tokens` : ""}`;
}

/** "3.1 s", "2 min 05 s". */
export function seconds(value) {
  if (value < 99.95) return `${value.toFixed(1)} s`;
  const whole = Math.round(value);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

/** An answer as text for `setMaths`: bare LaTeX gets delimiters, everything else stays. */
export function answerText(answer) {
  if (!answer) return "";
  return /\\[a-zA-Z]|[\^_]\{/.test(answer) && !/\$|\\\(|\\\[/.test(answer) ? `\\(${answer}\\)` : answer;
}

/** What the chart says to those who do not see it. */
export function chartText(view, aggregation) {
  const best = pick(view, aggregation);
  if (!best) return "Score by step: nothing is scored yet.";
  const scores = best.steps.map(
    (step, index) => `step ${index + 1} ${isScore(step.score) ? scoreText(step.score) : "not scored"}`,
  );
  const doubtful = view.cards.filter((card) => card.steps.some((step) => (scoreBand(step.score) ?? 5) <= 2)).length;
  return `Score by step. The pick, solution ${best.draw + 1}: ${scores.join(", ")}. ${doubtful} of ${view.cards.length} solutions have a step that is probably wrong.`;
}
