// A person's own items counted: what is done, flagged, skipped or came back, how many today, how fast, how long the
// rest takes. Pure.

import { skipReasonPhrase } from "../../assets/labels.js";

/** @import { MappedItem } from "../../assets/api.d.ts" */
/** @import { IconName } from "../../assets/icons.js" */

/** @typedef {"all" | "returned" | "flagged" | "skipped"} Kept which items are shown */
/** @typedef {{ today: number, pace: number | null, left: number | null }} Pace `pace` and `left` in seconds */

/** @type {Record<MappedItem["state"], IconName | null>} */
export const STATE_ICONS = { open: null, done: "check", skipped: "skip", returned: "undo" };

/** @type {Record<Kept, (item: MappedItem) => boolean>} */
export const KEEPS = {
  all: () => true,
  returned: ({ state }) => state === "returned",
  flagged: ({ flagged }) => flagged,
  skipped: ({ state }) => state === "skipped",
};

/**
 * How the person gets on: what they finished since midnight here, the median time of what they labelled, and how long
 * the rest takes at that pace. Undefined while nothing is labelled.
 * @param {MappedItem[]} items
 * @param {number} open items that are left, those not on the list yet among them
 * @param {Date} [now]
 * @returns {Pace}
 */
export function paceOf(items, open, now = new Date()) {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  const today = items.filter(({ done_at: at }) => at !== null && new Date(at) >= midnight).length;
  const times = items.flatMap(({ seconds }) => (seconds === null ? [] : [seconds])).toSorted((a, b) => a - b);
  if (times.length === 0) return { today, pace: null, left: null };
  const middle = times.length / 2;
  const pace = (times[Math.ceil(middle) - 1] + times[Math.floor(middle)]) / 2;
  return { today, pace, left: pace * open };
}

/**
 * "today 11 · your pace 2 min 10 s a solution · about 1 h left".
 * @param {Pace} pace
 */
export function paceText({ today, pace, left }) {
  const parts = [`today ${today}`];
  if (pace !== null) parts.push(`your pace ${durationText(pace)} a solution`);
  if (left !== null && left > 0) parts.push(`about ${roughText(left)} left`);
  return parts.join(" · ");
}

/** @param {number} seconds */
function durationText(seconds) {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  return whole % 60 === 0 ? `${whole / 60} min` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** @param {number} seconds */
function roughText(seconds) {
  const minutes = Math.max(1, Math.round(seconds / 60));
  return minutes < 60 ? `${minutes} min` : `${Math.round(minutes / 30) / 2} h`;
}

/**
 * What is to be read of an item: why it was skipped or came back, and the person's own note.
 * @param {MappedItem} item
 */
export function itemText(item) {
  const { state, flagged, skip_reason: reason, note, returned, is_quiz: isQuiz } = item;
  const parts = [
    isQuiz ? (state === "done" ? "entry quiz, done" : "entry quiz") : "",
    state === "returned" ? `${cameBack(item)}${returned ? `: “${returned}”` : ""}` : "",
    reason === null ? "" : `skipped: ${skipReasonPhrase(reason)}`,
    flagged ? "flagged" : "",
    note ? `“${note}”` : "",
  ];
  return parts.filter(Boolean).join(", ") || (state === "done" ? "done" : "to do");
}

/**
 * "found wrong by rex", "came back with its split from rex", "came back".
 * @param {Pick<MappedItem, "returned_by" | "found_wrong">} item
 */
export function cameBack({ returned_by: by, found_wrong: isWrong }) {
  if (by === null) return "came back";
  return isWrong ? `found wrong by ${by}` : `came back with its split from ${by}`;
}

/**
 * The sign of an item. A flag goes before all others, and those that were found wrong have one of their own.
 * @param {Pick<MappedItem, "state" | "flagged" | "found_wrong">} item
 * @returns {IconName | null}
 */
export function signOf({ state, flagged, found_wrong: isWrong }) {
  if (flagged) return "flag";
  return state === "returned" && isWrong ? "cross" : STATE_ICONS[state];
}

/**
 * Returns what came back, those of one reviewer in the same words together, as a whole split comes back at once; what
 * was found wrong itself stands apart, and first.
 * @param {MappedItem[]} items
 */
export function returnedTogether(items) {
  /** @type {Map<string, MappedItem[]>} */
  const groups = new Map();
  for (const item of items.filter(({ state }) => state === "returned")) {
    const key = JSON.stringify([item.returned_by, item.returned, item.found_wrong]);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups.values()].toSorted(([a], [b]) => Number(b.found_wrong) - Number(a.found_wrong));
}

/** @typedef {{ state: MappedItem["state"] | "flagged", text: string }} Count */

/**
 * "8 done", "1 flagged", "28 to do, 2 of them not assigned yet", each with the state it counts; what there is none of
 * is left out.
 * @param {MappedItem[]} items
 * @param {number} total items of this person, those not on the list yet among them
 * @returns {Count[]}
 */
export function countsOf(items, total) {
  const count = (/** @type {(item: MappedItem) => boolean} */ keeps) => items.filter(keeps).length;
  const finished = count(({ state }) => state === "done" || state === "skipped");
  const unlisted = total - items.length; // come when the person gets to them
  const wrong = count((item) => KEEPS.returned(item) && item.found_wrong);
  /** @type {[number, Count["state"], string][]} */
  const counts = [
    [count(({ state }) => state === "done"), "done", "done"],
    [count(KEEPS.flagged), "flagged", "flagged"],
    [count(KEEPS.skipped), "skipped", "skipped"],
    [count(KEEPS.returned), "returned", wrong > 0 ? `came back, ${wrong} of them found wrong` : "came back"],
    [Math.max(0, total - finished), "open", unlisted > 0 ? `to do, ${unlisted} of them not assigned yet` : "to do"],
  ];
  return counts.filter(([number]) => number > 0).map(([number, state, text]) => ({ state, text: `${number} ${text}` }));
}
