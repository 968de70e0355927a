// Changes on their way to the server. A change is kept on this device the moment it is made and leaves only when the server has
// acknowledged it; a reload, a closed tab, a killed server or a lost connection lose nothing. Knows events as {uuid, ts, task, ...}
// and nothing of labels, pages or HTTP: `send` is given. Sending twice is harmless, because the server drops a uuid it has seen.

import { LocalRecords } from "./local_records.js";

const BATCH_EVENTS = 100;
const BATCH_BYTES = 48_000; // a request that outlives its page may carry 64 KiB
const FIRST_DELAY = 500; // milliseconds
const LONGEST_DELAY = 15_000;
const LOCK_TIMEOUT = 5_000; // a frozen tab may hold the lock; after this long we send without it
const GUESTS = ["guest-", "anonymous"]; // how names of people without an account begin
const PROBLEM_BY_REMEDY = new Map([
  ["own-tab", "no_cookie"],
  ["reload", "other_guest"],
]); // of a refusal -> the trouble it is
const UNSENDABLE = new Set([400, 413, 422]); // answers that no retry of the same batch will change

/** How long to wait before attempt `failures + 1`, in milliseconds: 0.5 s doubling to 15 s, plus up to a fifth so that tabs spread out. */
export function backOff(failures, random = Math.random) {
  return Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (failures - 1)) * (1 + random() / 5);
}

/** The start of `records` that fits into one request, at least one. */
export function batch(records, limit = BATCH_EVENTS, bytes = BATCH_BYTES) {
  const chosen = [];
  let size = 0;
  for (const record of records) {
    size += new Blob([JSON.stringify(record.event)]).size + 1;
    if (chosen.length === limit || (chosen.length > 0 && size > bytes)) break;
    chosen.push(record);
  }
  return chosen;
}

/** A version 4 UUID; crypto.randomUUID is missing on plain http away from localhost. */
export function newUuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** How many changes of other guests at this app root the browser still holds: nobody can send them, as no guest comes back. */
export function orphans(storage, root, annotator) {
  const prefix = `vp-outbox|${root}|`;
  try {
    const names = Array.from({ length: storage?.length ?? 0 }, (_, i) => storage.key(i));
    const owners = names.filter((key) => key?.startsWith(prefix)).map((key) => key.slice(prefix.length).split("|")[0]);
    return owners.filter((owner) => owner !== annotator && GUESTS.some((start) => owner.startsWith(start))).length;
  } catch {
    return 0; // forbidden storage holds nothing
  }
}

/** One person's unsent changes at one app root. */
export class Outbox {
  #waiting; // shelf of {event, about} by "ts:uuid", so that keys sort by age
  #refused; // shelf of {event, about, reason}
  #send;
  #locks;
  #clock;
  #lockName;
  #lastTs = 0;
  #failures = 0;
  #problem = null; // null | "offline" | "server" | "signed_out" | "no_cookie" | "other_guest"
  #limit = BATCH_EVENTS;
  #flushing = null; // the running flush
  #timer = null;
  #timerDue = 0; // when the timer fires
  #log = []; // [key, event] of everything seen by this tab, for `since`
  #listeners = { change: [], event: [], refused: [], late: [] };
  #closed = false;
  #orphans; // how many changes of other guests lie in this browser

  /** `storage`: localStorage or null. `send(events, {keepalive})` resolves to {acknowledged, rejected, late} or throws with `status`. */
  constructor({ root, annotator, send, storage = null, locks = null, clock = Date.now }) {
    const name = `${root}|${annotator}`;
    this.#waiting = new LocalRecords(storage, `vp-outbox|${name}|`);
    this.#refused = new LocalRecords(storage, `vp-refused|${name}|`);
    this.#lockName = `vp-outbox|${name}`;
    this.#orphans = orphans(storage, root, annotator);
    this.#send = send;
    this.#locks = locks;
    this.#clock = clock;
    for (const [, { event }] of this.#waiting.entries()) this.#lastTs = Math.max(this.#lastTs, event.ts);
  }

  /** Calls `listener` on "change" (of `state`), "event" (a change of another tab: event), "refused" ({event, about, reason}), "late" (the
   *  `about` of each task that others had taken over by the time it was handed in; it is kept all the same). */
  on(kind, listener) {
    this.#listeners[kind].push(listener);
  }

  /** Keeps a change and sends it soon. `about` stays on this device (where the change was made, for messages). Returns the event. */
  add(change, about = null) {
    // Strictly rising, also when the clock is set back: the order of keys is the order of deeds.
    this.#lastTs = Math.max(this.#clock(), this.#lastTs + 1);
    const event = { uuid: newUuid(), ts: this.#lastTs, ...change };
    const key = `${String(event.ts).padStart(15, "0")}:${event.uuid}`;
    this.#waiting.put(key, { event, about });
    this.#remember(key, event);
    this.#notify("change");
    if (this.#failures === 0) this.#schedule(0);
    return event;
  }

  /** Unsent events, oldest first; of one task where given. */
  pending(task = null) {
    const events = this.#waiting.entries().map(([, record]) => record.event);
    return task === null ? events : events.filter((event) => event.task === task);
  }

  /** A mark for `since`: take it before asking the server for a task. */
  mark() {
    return { at: this.#log.length, pending: this.#waiting.entries().map(([key, { event }]) => [key, event]) };
  }

  /** The task's events that the server may not have seen when it answered a question asked at `mark`, oldest first. */
  since(mark, task) {
    const seen = new Map([...mark.pending, ...this.#log.slice(mark.at)]);
    return [...seen]
      .filter(([, event]) => event.task === task)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, event]) => event);
  }

  /** Refused changes with the server's reason, oldest first; they stay until dismissed. */
  refused() {
    return this.#refused.entries().map(([, record]) => record);
  }

  /** Forgets a refused change after the person has read it. */
  dismiss(uuid) {
    this.#refused.remove(uuid);
    this.#notify("change");
  }

  /** What to show: {kind: saved | saving | offline | server | signed_out | no_cookie | other_guest, waiting, refused, volatile, orphans}. */
  get state() {
    const waiting = this.#waiting.size;
    let kind = "saved";
    if (waiting > 0) kind = this.#problem ?? "saving";
    return {
      kind,
      waiting,
      refused: this.#refused.size,
      volatile: this.#waiting.volatile || this.#refused.volatile,
      orphans: this.#orphans,
    };
  }

  /** Sends everything now, whatever the back-off says; resolves when nothing waits or an attempt failed. */
  async flush() {
    this.#stopTimer();
    if (this.#closed) return;
    if (this.#flushing === null) this.#flushing = this.#sendAll().finally(() => (this.#flushing = null));
    await this.#flushing;
    if (this.#waiting.size > 0 && this.#failures === 0 && !this.#closed) await this.flush();
  }

  /** The page may go away: sends the oldest batch in a request that outlives it. What is not confirmed is sent again next time. */
  flushOnLeave() {
    const records = batch(this.#records(), this.#limit);
    if (records.length === 0) return;
    this.#send(
      records.map(({ event }) => event),
      { keepalive: true },
    ).then(
      (answer) => this.#settle(records, answer),
      () => {},
    );
  }

  /** Takes in a "storage" event: another tab of the same person made, sent or lost changes. */
  storageChanged({ key, newValue }) {
    const refusal = this.#refused.applyStorageEvent(key, newValue);
    const taken = this.#waiting.applyStorageEvent(key, newValue);
    if (refusal === undefined && taken === undefined) return;
    if (taken && taken.record !== null) {
      const { event } = taken.record;
      this.#lastTs = Math.max(this.#lastTs, event.ts);
      this.#remember(taken.name, event);
      this.#notify("event", event);
    }
    this.#notify("change");
    // The other tab sends its own; this only helps when that tab dies before it could.
    if (this.#waiting.size > 0 && this.#failures === 0) this.#schedule(2_000);
  }

  /** Stops sending and telling. What waits stays on the device. */
  close() {
    this.#closed = true;
    this.#stopTimer();
    this.#listeners = { change: [], event: [], refused: [], late: [] };
  }

  #records() {
    return this.#waiting.entries().map(([key, record]) => ({ key, ...record }));
  }

  #remember(key, event) {
    this.#log.push([key, event]);
  }

  #notify(kind, detail) {
    for (const listener of this.#listeners[kind]) listener(detail);
  }

  #schedule(delay) {
    const due = performance.now() + delay;
    if (this.#closed || (this.#timer !== null && this.#timerDue <= due)) return;
    this.#stopTimer();
    this.#timerDue = due;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.flush();
    }, delay);
  }

  #stopTimer() {
    clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** Runs `work` while no other tab of this person sends; without locks (plain http) both send, which the uuids make harmless. */
  async #withLock(work) {
    if (!this.#locks) return work();
    let ran = false;
    const locked = () => {
      ran = true;
      return work();
    };
    try {
      return await this.#locks.request(this.#lockName, { signal: AbortSignal.timeout(LOCK_TIMEOUT) }, locked);
    } catch (error) {
      if (ran) throw error;
      return work();
    }
  }

  async #sendAll() {
    await this.#withLock(async () => {
      this.#waiting.reload();
      while (this.#waiting.size > 0 && !this.#closed) {
        if (!(await this.#attempt())) return;
      }
    });
    this.#notify("change");
  }

  /** Sends one batch; true when it made progress. */
  async #attempt() {
    const records = batch(this.#records(), this.#limit);
    try {
      const answer = await this.#send(
        records.map(({ event }) => event),
        { keepalive: false },
      );
      if (this.#settle(records, answer)) return true;
      this.#failed("server");
      return false;
    } catch (error) {
      return this.#handleFailure(error, records);
    }
  }

  /** Decides what a failed request means. */
  #handleFailure(error, records) {
    const status = error?.status ?? 0;
    if (UNSENDABLE.has(status)) {
      // One bad change must not hold up the others: halve until it stands alone, then it is refused by name.
      if (records.length === 1) this.#refuse(records[0], error.message);
      this.#limit = Math.max(1, Math.floor(records.length / 2));
      return true;
    }
    if (status === 401 || status === 403) this.#failed(PROBLEM_BY_REMEDY.get(error.remedy) ?? "signed_out");
    else this.#failed(status === 0 ? "offline" : "server");
    return false;
  }

  /** Takes the settled changes out; false when the answer settled none of them. */
  #settle(records, answer) {
    const acknowledged = new Set(answer?.acknowledged ?? []);
    const reasons = new Map((answer?.rejected ?? []).map(({ uuid, reason }) => [uuid, reason]));
    let settled = 0;
    for (const record of records) {
      const { uuid } = record.event;
      if (acknowledged.has(uuid)) this.#waiting.remove(record.key);
      else if (reasons.has(uuid)) this.#refuse(record, reasons.get(uuid));
      else continue;
      settled += 1;
    }
    if (settled === 0) return false;
    this.#failures = 0;
    this.#problem = null;
    this.#limit = Math.min(BATCH_EVENTS, this.#limit * 2);
    this.#notify("change");
    const late = (answer.late ?? [])
      .map((task) => records.findLast(({ event }) => event.task === task)?.about)
      .filter(Boolean);
    if (late.length > 0) this.#notify("late", late);
    return true;
  }

  #refuse({ key, event, about }, reason) {
    const refusal = { event, about, reason: String(reason || "The server gave no reason.") };
    this.#refused.put(event.uuid, refusal); // first kept there, then taken from here: never nowhere
    this.#waiting.remove(key);
    this.#notify("refused", refusal);
    this.#notify("change");
  }

  #failed(problem) {
    this.#failures += 1;
    this.#problem = problem;
    this.#notify("change");
    this.#stopTimer();
    this.#schedule(backOff(this.#failures));
  }
}
