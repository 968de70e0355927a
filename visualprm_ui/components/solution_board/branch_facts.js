// What is said of rollouts and of solutions that go on from a step. Pure: no DOM.

import { plural } from "../../assets/plural.js";
import { calibratedText, scoreText } from "../../assets/scores.js";
import { differentDraws, rankName } from "./run_facts.js";

/** @import { Aggregation, BranchesView, Continuations } from "../../assets/api.d.ts" */
/** @import { LiveBranchView, RunView, TallyView } from "../../assets/api.d.ts" */

export const COMPLETIONS = 16; // of a press of "Roll out": VisualPRM, sec. 3.2
export const AGAIN = 8; // solutions of a press of "Sample again"

const FIRST_NUMBER = 1000; // above every draw of a run: cards are told apart by their numbers

/**
 * "44–86 %": the interval in whole percent; "" where there is none.
 * @param {Pick<TallyView, "low" | "high">} tally
 */
export function intervalText({ low, high }) {
  if (low === null || high === null) return "";
  return `${Math.round(100 * low)}–${Math.round(100 * high)} %`;
}

/**
 * "11 of 16", "16 completions" where there is no reference answer.
 * @param {TallyView} tally
 */
export function countText({ reached, drawn }) {
  return reached === null ? plural(drawn, "completion") : `${reached} of ${drawn}`;
}

/**
 * The answers besides the reference and what states none: "others: 70 ×8, 90 ×1; 2 cut off". "" where there is nothing.
 * @param {TallyView} tally
 */
export function othersText({ answers, cut_off, unread }) {
  const others = answers.filter(({ matches }) => matches !== true);
  const listed = others.map(({ text, count }) => `${shortened(text)} ×${count}`).join(", ");
  const isKnown = answers.some(({ matches }) => matches !== null);
  const none = [cut_off ? `${cut_off} cut off` : "", unread ? `${unread} without an answer` : ""].filter(Boolean);
  return [listed && (isKnown ? `others: ${listed}` : listed), none.join(", ")].filter(Boolean).join("; ");
}

/** @param {string} text */
function shortened(text, length = 24) {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

/**
 * What screen readers say of a measurement in one sentence.
 * @param {TallyView} tally
 * @param {string | null} reference
 */
export function spokenTally(tally, reference) {
  const interval = intervalText(tally).replace("–", " to ");
  const reach = tally.reached === null ? "" : ` reach ${reference}, 95 % interval ${interval}`;
  return [`${countText(tally)}${reach}`, othersText(tally)].filter(Boolean).join("; ");
}

/**
 * How far something is that is being made, or why it ended early.
 * @param {LiveBranchView} live
 */
export function liveText({ kind, state, ahead, finished, n, message, waiting }) {
  if (state === "queued") return ahead > 0 ? `${plural(ahead, "request")} before this one` : "Starting…";
  const rests = waiting ? ` · ${waiting}` : "";
  const noun = kind === "rollouts" ? "completions" : "solutions";
  if (state === "running") return `${finished} of ${n} ${noun} written${rests}`;
  if (state === "stopped" && kind === "rollouts") return "Stopped, so nothing was counted.";
  return message ?? "";
}

/** @param {Pick<LiveBranchView, "state">} live */
export function isGoingOn({ state }) {
  return state === "queued" || state === "running";
}

/**
 * Why nothing can be made from a step on besides an edit; "" where it can.
 * @param {{ steps: unknown[], truncated: boolean }} card
 * @param {number} step
 */
export function endText({ steps, truncated }, step) {
  if (step < steps.length - 1) return "";
  return truncated ? "The solution was cut off in this step." : "The solution ends here, so nothing follows it.";
}

/**
 * What a step's score was found to mean; "" where that was not measured.
 * @param {{ score: number | null, calibrated: number | null }} step
 */
export function meaningText({ score, calibrated }) {
  const text = calibratedText(calibrated);
  return (
    text && `Score ${scoreText(score)}, ${text}: the share of completions that reach the answer from steps scored so.`
  );
}

/**
 * "after an edit of step 4 of #3", "from step 3 of #1": where solutions go on from.
 * @param {RunView} view
 * @param {Aggregation} aggregation
 * @param {Pick<Continuations, "solution" | "step" | "edit">} where
 */
export function originText(view, aggregation, { solution, step, edit }) {
  const card = view.cards.find((each) => each.solution === solution);
  const first = card?.same_as ?? card?.draw;
  const of = first === undefined ? "" : ` of ${nameOf(view, aggregation, first)}`;
  return edit === null ? `from step ${step + 1}${of}` : `after an edit of step ${step + 1}${of}`;
}

/**
 * @param {RunView} view
 * @param {Aggregation} aggregation
 * @param {number} draw
 */
function nameOf(view, aggregation, draw) {
  const name = rankName(view, aggregation, draw);
  return name.startsWith("#") ? name : `solution ${draw + 1}`;
}

/**
 * What goes on from steps of a run, the oldest first: what is finished, and what is being written.
 * @param {BranchesView} branches
 * @returns {(Pick<Continuations, "id" | "solution" | "step" | "edit" | "cards"> &
 *   { tally: TallyView | null, live: LiveBranchView | null })[]}
 */
export function continued({ continuations, live }) {
  const writing = live.filter((each) => each.kind === "solutions" && each.cards.some(({ steps }) => steps.length));
  const done = new Set(continuations.map(({ id }) => id));
  return [
    ...continuations.map((each) => ({ ...each, live: null })),
    ...writing
      .filter(({ id, state }) => !done.has(id) && state !== "failed" && state !== "stopped")
      .map((each) => ({ ...each, tally: null, live: each })),
  ];
}

/**
 * Solutions that go on from a step as a run of their own, so that they are drawn as others: none is ranked or votes.
 * @param {RunView} view
 * @param {ReturnType<typeof continued>[number]} group
 * @param {number} place of the group among all
 * @returns {{ view: RunView, draws: number[] }}
 */
export function asRun(view, { cards, live }, place) {
  const first = FIRST_NUMBER * (place + 1);
  const numbered = cards.map((card) => ({
    ...card,
    draw: first + card.draw,
    same_as: card.same_as === null ? null : first + card.same_as,
  }));
  const ranking = { mean: [], min: [], max: [], last: [], product: [] };
  /** @type {RunView} */
  const own = {
    ...view,
    state: live ? "running" : "done",
    cards: numbered,
    ranking,
    answers: [],
    majority: null,
  };
  return { view: own, draws: differentDraws(own) };
}
