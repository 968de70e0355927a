// Changes on their way to the server. A change is kept on this device the moment it is made and leaves only when the
// server has acknowledged it; a reload, a closed tab, a killed server or a lost connection lose nothing. Knows events
// by their uuid, time and task, and nothing of labels, pages or HTTP: `send` is given. Sending twice is harmless: the
// server drops a uuid it has seen.

import { LocalRecords } from "./local_records.js";
import { OutboxSender } from "./outbox_sender.js";
import { newUuid } from "./uuid.js";

/** @import { LabelEvent, TaskChange } from "./api.d.ts" */
/** @import { About, Keyed, Problem, Send, Waiting } from "./outbox_sender.js" */

/**
 * @typedef {Waiting & { reason: string, gone?: boolean }} Refusal a change that the server did not accept; `gone`: its
 *   task is not there any more
 * @typedef {object} OutboxState
 * @property {"saved" | "saving" | Problem} kind
 * @property {number} waiting
 * @property {number} refused
 * @property {boolean} volatile true while a change would not survive a reload
 * @property {number} orphans changes of other guests in this browser, which nobody can send any more
 * @typedef {{ at: number, pending: [string, LabelEvent][] }} Mark
 * @typedef {object} Listeners
 * @property {() => void} change `state` changed
 * @property {(event: LabelEvent) => void} event another tab made a change
 * @property {(refusal: Refusal) => void} refused
 * @property {(abouts: About[]) => void} late these tasks had been finished by others when they were submitted; the
 *   labels are kept
 */

const GUESTS = ["guest-", "anonymous"]; // how names of people without an account begin
// milliseconds: another tab sends its own changes; this helps when it dies before it could
const OTHER_TAB_DELAY = 2_000;

/**
 * Returns how many changes of other guests at this app root the browser still holds: nobody can send them, as no guest
 * comes back.
 * @param {Storage | null} storage
 * @param {string} root
 * @param {string} annotator
 */
export function orphans(storage, root, annotator) {
  const prefix = `vp-outbox|${root}|`;
  try {
    const keys = Array.from({ length: storage?.length ?? 0 }, (_, i) => storage?.key(i) ?? "");
    const owners = keys.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length).split("|")[0]);
    return owners.filter((owner) => owner !== annotator && GUESTS.some((start) => owner.startsWith(start))).length;
  } catch {
    return 0; // forbidden storage holds nothing
  }
}

/** @returns {{ [Kind in keyof Listeners]: Listeners[Kind][] }} */
function noListeners() {
  return { change: [], event: [], refused: [], late: [] };
}

/** One person's unsent changes at one app root. */
export class Outbox {
  /** @type {LocalRecords<Waiting>} */
  #waiting; // by "ts:uuid", so that names sort by age
  /** @type {LocalRecords<Refusal>} */
  #refused; // by uuid
  /** @type {OutboxSender} */
  #sender;
  /** @type {() => number} */
  #clock;
  #lastTs = 0;
  /** @type {[string, LabelEvent][]} */
  #log = []; // everything seen by this tab, for `since`
  #listeners = noListeners();
  /** @type {number} */
  #orphans;

  /**
   * @param {object} options
   * @param {string} options.root the path of the app's root
   * @param {string} options.annotator whose changes they are
   * @param {Send} options.send
   * @param {Storage | null} [options.storage] localStorage
   * @param {LockManager | null} [options.locks]
   * @param {() => number} [options.clock] milliseconds since 1970
   */
  constructor({ root, annotator, send, storage = null, locks = null, clock = Date.now }) {
    const name = `${root}|${annotator}`;
    this.#waiting = new LocalRecords(storage, `vp-outbox|${name}|`);
    this.#refused = new LocalRecords(storage, `vp-refused|${name}|`);
    this.#orphans = orphans(storage, root, annotator);
    this.#clock = clock;
    this.#sender = new OutboxSender({
      waiting: this.#waiting,
      send,
      locks,
      lockName: `vp-outbox|${name}`,
      on: {
        changed: () => this.#changed(),
        refused: (record, reason, gone) => this.#refuse(record, reason, gone),
        late: (abouts) => {
          for (const listener of this.#listeners.late) listener(abouts);
        },
      },
    });
    for (const [, { event }] of this.#waiting.entries()) this.#lastTs = Math.max(this.#lastTs, event.ts);
  }

  /**
   * Calls `listener` on each event of a kind.
   * @template {keyof Listeners} Kind
   * @param {Kind} kind
   * @param {Listeners[Kind]} listener
   */
  on(kind, listener) {
    this.#listeners[kind].push(listener);
  }

  /**
   * Keeps a change, sends it soon, and returns the event it became.
   * @param {TaskChange} change
   * @param {About | null} [about]
   * @returns {LabelEvent}
   */
  add(change, about = null) {
    // Strictly rising, also when the clock is set back: records sort in the order in which changes were made.
    this.#lastTs = Math.max(this.#clock(), this.#lastTs + 1);
    const event = { uuid: newUuid(), ts: this.#lastTs, ...change };
    const key = `${String(event.ts).padStart(15, "0")}:${event.uuid}`;
    this.#waiting.put(key, { event, about });
    this.#log.push([key, event]);
    this.#changed();
    this.#sender.schedule(0);
    return event;
  }

  /**
   * Returns unsent events, oldest first.
   * @param {string | null} [task] of this task only
   */
  pending(task = null) {
    const events = this.#waiting.entries().map(([, record]) => record.event);
    return task === null ? events : events.filter((event) => event.task === task);
  }

  /**
   * Returns a mark for `since`: take it before asking the server for a task.
   * @returns {Mark}
   */
  mark() {
    return { at: this.#log.length, pending: this.#waiting.entries().map(([key, { event }]) => [key, event]) };
  }

  /**
   * Returns the task's events that the server may not have seen when it answered a question asked at `mark`, oldest
   * first.
   * @param {Mark} mark
   * @param {string} task
   */
  since(mark, task) {
    const seen = new Map([...mark.pending, ...this.#log.slice(mark.at)]);
    return [...seen]
      .filter(([, event]) => event.task === task)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, event]) => event);
  }

  /** Returns refused changes with the server's reason, oldest first; they stay until dismissed. */
  refused() {
    return this.#refused.entries().map(([, record]) => record);
  }

  /**
   * Forgets a refused change after the person has read it.
   * @param {string} uuid
   */
  dismiss(uuid) {
    this.#refused.remove(uuid);
    this.#changed();
  }

  /** @returns {OutboxState} */
  get state() {
    const waiting = this.#waiting.size;
    return {
      kind: waiting > 0 ? (this.#sender.problem ?? "saving") : "saved",
      waiting,
      refused: this.#refused.size,
      volatile: this.#waiting.volatile || this.#refused.volatile,
      orphans: this.#orphans,
    };
  }

  /** Sends everything now, whatever the back-off says; resolves when nothing waits or an attempt failed. */
  flush() {
    return this.#sender.flush();
  }

  /**
   * The page may go away: sends the oldest batch in a request that outlives it. What is not confirmed is sent again
   * next time.
   */
  flushOnLeave() {
    this.#sender.flushOnLeave();
  }

  /**
   * Applies a "storage" event: another tab of the same person made, sent or lost changes.
   * @param {{ key: string | null, newValue: string | null }} event
   */
  storageChanged({ key, newValue }) {
    const refused = this.#refused.applyStorageEvent(key, newValue);
    const waiting = this.#waiting.applyStorageEvent(key, newValue);
    if (refused === undefined && waiting === undefined) return;
    if (waiting?.record) {
      const { event } = waiting.record;
      this.#lastTs = Math.max(this.#lastTs, event.ts);
      this.#log.push([waiting.name, event]);
      for (const listener of this.#listeners.event) listener(event);
    }
    this.#changed();
    if (this.#waiting.size > 0) this.#sender.schedule(OTHER_TAB_DELAY);
  }

  /** Stops sending and calling listeners. What waits stays on the device. */
  close() {
    this.#sender.close();
    this.#listeners = noListeners();
  }

  #changed() {
    for (const listener of this.#listeners.change) listener();
  }

  /**
   * @param {Keyed} record
   * @param {string} reason
   * @param {boolean} [gone]
   */
  #refuse({ key, event, about }, reason, gone = false) {
    const why = { reason: String(reason || "The server gave no reason."), ...(gone ? { gone } : {}) };
    const refusal = { event, about, ...why };
    this.#refused.put(event.uuid, refusal); // first stored there, then removed here: it is never nowhere
    this.#waiting.remove(key);
    for (const listener of this.#listeners.refused) listener(refusal);
    this.#changed();
  }
}
