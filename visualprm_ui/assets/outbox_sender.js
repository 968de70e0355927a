// Sending what waits: in batches, one tab at a time, again after a failure. Knows records and receipts, and nothing of
// who listens.

import { backOff, batch, MAX_EVENTS } from "./batch.js";
import { DeferredCall } from "./deferred_call.js";
import { withTabLock } from "./tab_lock.js";

/** @import { LabelEvent, Receipt } from "./api.d.ts" */
/** @import { LocalRecords } from "./local_records.js" */

/**
 * @typedef {{ position: number }} About where a change was made, for messages; stays on this device
 * @typedef {{ event: LabelEvent, about: About | null }} Waiting a change that the server has not acknowledged
 * @typedef {Waiting & { key: string }} Keyed a waiting change with the name of its record
 * @typedef {"offline" | "server" | "signed_out" | "no_cookie" | "other_guest"} Problem why changes cannot be sent
 * @typedef {(events: LabelEvent[], options: { keepalive: boolean }) => Promise<Receipt>} Send throws an error with
 *   `status`
 * @typedef {object} SenderEvents
 * @property {() => void} changed what waits, or the problem, is another one
 * @property {(record: Keyed, reason: string, gone?: boolean) => void} refused `gone`: its task is not there any more
 * @property {(abouts: About[]) => void} late these tasks had been finished by others when they were submitted
 */

const UNSENDABLE = new Set([400, 413, 422]); // answers that no retry of the same batch will change

/**
 * The problem behind a refusal, by the remedy that the server names.
 * @type {Map<string | null | undefined, Problem>}
 */
const PROBLEM_BY_REMEDY = new Map([
  ["own-tab", "no_cookie"],
  ["reload", "other_guest"],
]);

export class OutboxSender {
  /** @type {Problem | null} */
  problem = null;
  /** @type {LocalRecords<Waiting>} */
  #waiting;
  /** @type {Send} */
  #send;
  /** @type {LockManager | null} */
  #locks;
  /** @type {string} */
  #lockName;
  /** @type {SenderEvents} */
  #on;
  #failures = 0; // in a row
  #limit = MAX_EVENTS;
  /** @type {Promise<void> | null} */
  #flushing = null; // the running flush
  #nextFlush = new DeferredCall(() => this.flush());
  #closed = false;

  /**
   * @param {object} options
   * @param {LocalRecords<Waiting>} options.waiting oldest first
   * @param {Send} options.send
   * @param {LockManager | null} options.locks
   * @param {string} options.lockName
   * @param {SenderEvents} options.on
   */
  constructor({ waiting, send, locks, lockName, on }) {
    this.#waiting = waiting;
    this.#send = send;
    this.#locks = locks;
    this.#lockName = lockName;
    this.#on = on;
  }

  /**
   * Sends soon, unless failures make it wait anyway.
   * @param {number} delay milliseconds
   */
  schedule(delay) {
    if (this.#failures === 0) this.#schedule(delay);
  }

  /** Sends everything now, whatever the back-off says; resolves when nothing waits or an attempt failed. */
  async flush() {
    this.#nextFlush.cancel();
    if (this.#closed) return;
    this.#flushing ??= this.#sendAll().finally(() => {
      this.#flushing = null;
    });
    await this.#flushing;
    if (this.#waiting.size > 0 && this.#failures === 0 && !this.#closed) await this.flush();
  }

  /**
   * The page may go away: sends the oldest batch in a request that outlives it. What is not confirmed is sent again
   * next time.
   */
  flushOnLeave() {
    const records = batch(this.#records(), this.#limit);
    if (records.length === 0) return;
    const sent = this.#send(
      records.map(({ event }) => event),
      { keepalive: true },
    );
    sent.then(
      (receipt) => this.#settle(records, receipt),
      () => {},
    );
  }

  /** Stops sending. */
  close() {
    this.#closed = true;
    this.#nextFlush.cancel();
  }

  /** @returns {Keyed[]} */
  #records() {
    return this.#waiting.entries().map(([key, record]) => ({ key, ...record }));
  }

  /** @param {number} delay milliseconds */
  #schedule(delay) {
    if (!this.#closed) this.#nextFlush.schedule(delay);
  }

  /** Without locks (plain http) two tabs may send the same changes, which the uuids make harmless. */
  async #sendAll() {
    await withTabLock(this.#locks, this.#lockName, async () => {
      this.#waiting.reload();
      while (this.#waiting.size > 0 && !this.#closed) {
        if (!(await this.#attempt())) return;
      }
    });
    this.#on.changed();
  }

  /** Sends one batch; true when it made progress. */
  async #attempt() {
    const records = batch(this.#records(), this.#limit);
    try {
      const receipt = await this.#send(
        records.map(({ event }) => event),
        { keepalive: false },
      );
      if (this.#settle(records, receipt)) return true;
      this.#failed("server");
      return false;
    } catch (error) {
      return this.#handleFailure(/** @type {{ status?: number, remedy?: string, message: string }} */ (error), records);
    }
  }

  /**
   * Decides what a failed request means; true when it made progress.
   * @param {{ status?: number, remedy?: string, message: string }} error
   * @param {Keyed[]} records
   */
  #handleFailure({ status = 0, remedy, message }, records) {
    if (UNSENDABLE.has(status)) {
      // One bad change must not hold up the others: halve until it is alone, then it is refused by name.
      if (records.length === 1) this.#on.refused(records[0], message);
      this.#limit = Math.max(1, Math.floor(records.length / 2));
      return true;
    }
    if (status === 401 || status === 403) this.#failed(PROBLEM_BY_REMEDY.get(remedy) ?? "signed_out");
    else this.#failed(status === 0 ? "offline" : "server");
    return false;
  }

  /**
   * Removes the changes that the server has acknowledged or refused; false when there are none.
   * @param {Keyed[]} records
   * @param {Partial<Receipt> | null} receipt
   */
  #settle(records, receipt) {
    const acknowledged = new Set(receipt?.acknowledged);
    const refusals = new Map(receipt?.rejected?.map((refusal) => [refusal.uuid, refusal]));
    let settled = 0;
    for (const record of records) {
      const { uuid } = record.event;
      const refusal = refusals.get(uuid);
      if (acknowledged.has(uuid)) this.#waiting.remove(record.key);
      else if (refusal) this.#on.refused(record, refusal.reason, refusal.gone);
      else continue;
      settled += 1;
    }
    if (settled === 0) return false;
    this.#failures = 0;
    this.problem = null;
    this.#limit = Math.min(MAX_EVENTS, this.#limit * 2);
    this.#on.changed();
    const late = (receipt?.late ?? []).map((task) => records.findLast(({ event }) => event.task === task)?.about);
    const known = late.filter((about) => about !== null && about !== undefined);
    if (known.length > 0) this.#on.late(known);
    return true;
  }

  /** @param {Problem} problem */
  #failed(problem) {
    this.#failures += 1;
    this.problem = problem;
    this.#on.changed();
    this.#nextFlush.cancel();
    this.#schedule(backOff(this.#failures));
  }
}
