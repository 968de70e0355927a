// A run as Markdown, to read and to quote. Pure. Loaded when it is asked for.

import { scoreText } from "../../assets/scores.js";
import { copies, cutOffDraws, order, pick, rankName, solutionScore } from "./run_facts.js";
import { runFacts } from "./run_header.js";

/** @import { Aggregation, RunView, SolutionCard } from "../../assets/api.d.ts" */

/**
 * @param {RunView} view
 * @param {Aggregation} aggregation
 */
export function runMarkdown(view, aggregation) {
  const best = pick(view, aggregation);
  const facts = runFacts(view).map(([name, value]) => (name ? `${name} ${value}` : value));
  const picked = best ? oneLine(best.answer ?? "no answer") : "none";
  const { majority } = view;
  const vote = majority ? `${oneLine(majority.text)}, ${majority.count} of ${view.finished}` : "none";
  const lines = [
    `# ${oneLine(view.question)}`,
    "",
    ...(view.reference ? [`Reference answer: ${oneLine(view.reference)}`, ""] : []),
    facts.join(" · "),
    "",
    `${view.search ? "Guided search" : "Best-of-N"} (${aggregation}): ${picked}`,
    ...(view.search ? [] : [`Majority vote: ${vote}`]),
  ];
  const counts = copies(view);
  for (const draw of [...order(view, aggregation, true), ...cutOffDraws(view)]) {
    const card = view.cards.find((each) => each.draw === draw);
    if (card) lines.push("", ...solutionLines(view, aggregation, card, counts.get(draw) ?? 1));
  }
  return `${lines.join("\n")}\n`;
}

/**
 * @param {RunView} view
 * @param {Aggregation} aggregation
 * @param {SolutionCard} card
 * @param {number} count
 */
function solutionLines(view, aggregation, card, count) {
  const score = solutionScore(card, aggregation);
  const marks = [
    count > 1 ? `×${count}` : "",
    card.matches === null || card.truncated ? "" : card.matches ? "correct" : "differs",
    card.truncated ? "cut off" : "",
    score === null ? "" : `${aggregation} ${scoreText(score)}`,
  ].filter(Boolean);
  const title = `## ${rankName(view, aggregation, card.draw)}: ${oneLine(card.answer ?? "no answer")}`;
  const steps = card.steps.map((step, index) => {
    const text = step.text.replace(/\n/g, "\n   "); // a step of several lines stays one item
    return `${index + 1}. ${text}${step.score === null ? "" : ` (${scoreText(step.score)})`}`;
  });
  return [marks.length ? `${title} (${marks.join(", ")})` : title, "", ...steps];
}

/** @param {string} text */
function oneLine(text) {
  return text.replace(/\s+/g, " ").trim();
}
