// What is said of how far an evaluation is. Pure.

import { inWords, isUnfinished } from "../transfer_panel/job_text.js";
import { counted, countText } from "./figures.js";

/** @import { Evaluation } from "../../assets/api.d.ts" */

const MAKING = "making"; // the problems of the nano benchmark, before its first evaluation
/** @type {Record<string, string>} what goes on in a phase */
const WORDS = { [MAKING]: "Making problems", figures: "Computing figures", sampling: "Sampling" };

/**
 * @typedef {object} StateWords
 * @property {string} word e.g. "Running"
 * @property {string} count of what is done; "" where it says nothing
 * @property {string} note below it
 * @property {"on" | "still" | "bad" | "done"} look
 */

/**
 * "1st", "2nd", "11th".
 * @param {number} number
 */
export function ordinal(number) {
  const last = number % 10;
  const isTeen = Math.floor((number % 100) / 10) === 1;
  const ending = isTeen ? "th" : ({ 1: "st", 2: "nd", 3: "rd" }[last] ?? "th");
  return `${number}${ending}`;
}

/**
 * The noun of an evaluation's rows.
 * @param {Pick<Evaluation, "kind"> & Partial<Pick<Evaluation, "phase">>} evaluation
 */
export function rowNoun({ kind, phase }) {
  return kind === "step_benchmark" && phase !== MAKING ? "solution" : "problem";
}

/**
 * "1.3 solutions/s", or a minute's where it takes longer; "" where nothing is known.
 * @param {Pick<Evaluation, "fresh" | "seconds" | "kind"> & Partial<Pick<Evaluation, "phase">>} evaluation
 */
export function rateText({ fresh, seconds, kind, phase }) {
  if (fresh === 0 || seconds <= 0) return "";
  const rate = fresh / seconds;
  const noun = `${rowNoun({ kind, phase })}s`;
  return rate >= 0.1 ? `${rate.toFixed(1)} ${noun}/s` : `${(60 * rate).toFixed(1)} ${noun}/min`;
}

/**
 * "0.25", the seconds that one row takes; a dash where none was done in them.
 * @param {Pick<Evaluation, "fresh" | "seconds">} evaluation
 */
export function secondsEach({ fresh, seconds }) {
  return fresh > 0 ? (seconds / fresh).toFixed(2) : "–";
}

/**
 * "about 21 min left, 1.3 solutions/s".
 * @param {Parameters<typeof rateText>[0] & Pick<Evaluation, "seconds_left">} evaluation
 */
export function paceText(evaluation) {
  const { seconds_left: left } = evaluation;
  return [left === null ? "" : `about ${inWords(left)} left`, rateText(evaluation)].filter(Boolean).join(" · ");
}

/**
 * @param {Evaluation} evaluation
 * @returns {StateWords}
 */
export function stateWords(evaluation) {
  const { state, rows, total, waits_behind: behind, message, seconds, failed } = evaluation;
  const count = total === null ? "" : `${countText(rows)} of ${countText(total)}`;
  const kept = rows === 0 ? "nothing done yet" : `${counted(rows, rowNoun(evaluation))} kept`;
  if (state === "done") {
    const some = failed > 0 ? ` · ${countText(failed)} failed` : "";
    return { word: `Done in ${inWords(seconds)}${some}`, count: "", note: "", look: "done" };
  }
  if (state === "failed") return { word: "Stopped", count, note: message ?? "It failed.", look: "bad" };
  if (state === "cancelled") return { word: "Cancelled", count, note: `${kept}; resume at any time`, look: "still" };
  if (state === "waiting") {
    const place = behind === null ? "" : behind === 0 ? ", next" : `, ${ordinal(behind + 1)}`;
    return { word: `Waiting${place}`, count, note: kept, look: "still" };
  }
  const note = [paceText(evaluation), message].filter(Boolean).join(" · ");
  return { word: phaseWord(evaluation), count, note, look: "on" };
}

/** @param {Pick<Evaluation, "phase">} evaluation */
function phaseWord({ phase }) {
  return WORDS[phase] ?? "Running";
}

/**
 * Whether an evaluation is among those that still go on, or could.
 * @param {Pick<Evaluation, "state">} evaluation
 */
export function isNow({ state }) {
  return state !== "done";
}

/**
 * Whether any of them changes by itself.
 * @param {Pick<Evaluation, "state">[]} evaluations
 */
export function isAnyOn(evaluations) {
  return evaluations.some(isUnfinished);
}
