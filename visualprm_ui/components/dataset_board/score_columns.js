// The scores of a solution, a column for each reward model and revision, the newest first.

import { el } from "../../assets/dom.js";
import { scoreBall, scoreText } from "../../assets/scores.js";
import { formatTime } from "./list_controls.js";

/** @import { ScoringView } from "../../assets/api.d.ts" */

/**
 * The head of a model's column: its name, revision, date and the mean.
 * @param {ScoringView} scoring
 */
export function modelHead(scoring) {
  const { reward_model: name, revision, at, score } = scoring;
  const facts = [revision?.slice(0, 12), formatTime(at), score === null ? null : `mean ${scoreText(score)}`];
  return el(
    "span",
    { title: recordText(scoring) },
    el("span", { class: "vp-sv-model", text: name, dir: "auto" }),
    el("span", { class: "vp-sv-stage", text: facts.filter(Boolean).join(" · ") }),
  );
}

/**
 * How the scores came about, as far as it is known.
 * @param {Pick<ScoringView, "revision" | "prompt_version" | "dtype" | "one_pass">} scoring
 */
export function recordText({ revision, prompt_version: prompt, dtype, one_pass: onePass }) {
  if (revision === null) return "How these scores came about is not known.";
  const passes = onePass === null ? "" : onePass ? ", all steps in one pass" : ", each step in a pass of its own";
  return `Revision ${revision}, prompt ${prompt}, ${dtype}${passes}`;
}

/**
 * A model's score of a step.
 * @param {ScoringView} scoring
 * @param {number} step
 */
export function scoreCell({ reward_model: name, scores }, step) {
  const score = scores[step];
  return el(
    "td",
    { class: "vp-num", "data-title": name },
    ...(typeof score === "number" ? [scoreBall(score, 13), ` ${scoreText(score)}`] : ["–"]),
  );
}
