// What rollouts counted of a solution's steps: a column for each measurement, the newest first.

import { el } from "../../assets/dom.js";
import { formatTime, labelIcon } from "./list_controls.js";

/** @import { RolloutLabels, RolloutMode, StepRollouts } from "../../assets/api.d.ts" */

/** @type {Record<RolloutMode, string>} */
const MODES = {
  every: "every completion",
  "first-success": "to the first success",
  "first-error": "to the first error",
};

/**
 * The head of a measurement's column: whose completions, how many, when.
 * @param {RolloutLabels} measured
 */
export function rolloutHead(measured) {
  const { policy_model: policy, revision, completions, mode, at } = measured;
  const facts = [revision.slice(0, 12), `${completions} a step, ${MODES[mode]}`, formatTime(at)];
  return el(
    "span",
    { title: recordText(measured) },
    el("span", { class: "vp-sv-model", text: `Monte-Carlo by ${policy}`, dir: "auto" }),
    el("span", { class: "vp-sv-stage", text: facts.join(" · ") }),
    el("span", { class: "vp-sv-stage", text: samplingText(measured) }),
  );
}

/**
 * How completions were drawn.
 * @param {Pick<RolloutLabels, "seed" | "temperature" | "max_new_tokens">} measured
 */
export function samplingText({ seed, temperature, max_new_tokens: longest }) {
  return `temperature ${temperature}, seed ${seed}, at most ${longest.toLocaleString("en")} tokens`;
}

/**
 * The whole record, for those who want to make the figures again.
 * @param {RolloutLabels} measured
 */
export function recordText(measured) {
  const { revision, prompt_version: prompt, dtype, device, top_p: topP, top_k: topK } = measured;
  const drawn = `${samplingText(measured)}, top-p ${topP}, top-k ${topK}`;
  return `Revision ${revision}, prompt ${prompt}, ${dtype} on ${device}, ${drawn}`;
}

/**
 * What was counted of a step, in words: "12 / 16", its interval, and what did not end or could not be read.
 * @param {StepRollouts} step
 * @returns {{ count: string, details: string[] }}
 */
export function countTexts({ reached, drawn, cut_off: cutOff, unread, interval, is_own: isOwn }) {
  if (drawn === 0) return { count: "not measured", details: [] };
  if (isOwn)
    return { count: reached ? "answer right" : cutOff || unread ? "no answer read" : "answer wrong", details: [] };
  const within = interval && `95 %: ${share(interval[0])} to ${share(interval[1])}`;
  return {
    count: `${reached} / ${drawn}`,
    details: [within, cutOff ? `${cutOff} cut off` : null, unread ? `${unread} unread` : null].filter(
      (each) => each !== null,
    ),
  };
}

/**
 * @param {RolloutLabels} measured
 * @param {number} step
 */
export function rolloutCell({ policy_model: policy, steps }, step) {
  const found = steps[step];
  const title = `Monte-Carlo by ${policy}`;
  if (found === undefined) return el("td", { "data-title": title }, "–");
  const { count, details } = countTexts(found);
  return el(
    "td",
    { "data-title": title },
    labelIcon(found.label),
    el("span", { class: "vp-num", text: ` ${count}` }),
    ...details.map((text) => el("span", { class: "vp-sv-detail", text })),
  );
}

/** @param {number} value in [0, 1] */
function share(value) {
  return value.toFixed(2);
}
