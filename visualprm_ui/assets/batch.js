// How much is sent at once and how long a failed attempt waits. Pure.

/** @import { LabelEvent } from "./api.d.ts" */

/** The most events of one request; the server takes no more. */
export const MAX_EVENTS = 100;

const MAX_BYTES = 48_000; // a request that outlives its page may carry 64 KiB
const FIRST_DELAY = 500; // milliseconds
const LONGEST_DELAY = 15_000;

/**
 * Returns how long to wait before the next attempt, in milliseconds: 0.5 s doubling to 15 s, plus up to a fifth so that
 * tabs spread out.
 * @param {number} failures in a row so far, at least 1
 * @param {() => number} [random]
 */
export function backOff(failures, random = Math.random) {
  return Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (failures - 1)) * (1 + random() / 5);
}

/**
 * Returns the start of `records` that fits into one request, at least one.
 * @template {{ event: LabelEvent }} T
 * @param {T[]} records
 * @param {number} [limit] the most events
 * @param {number} [bytes] the most bytes
 * @returns {T[]}
 */
export function batch(records, limit = MAX_EVENTS, bytes = MAX_BYTES) {
  const chosen = [];
  let size = 0;
  for (const record of records) {
    size += new Blob([JSON.stringify(record.event)]).size + 1;
    if (chosen.length === limit || (chosen.length > 0 && size > bytes)) break;
    chosen.push(record);
  }
  return chosen;
}
