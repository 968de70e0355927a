// The tasks of one queue, as the server answers them, each fetched once. Knows no DOM and no events.

/** @import { LabelTask, TaskAnswer } from "../../assets/api.d.ts" */

export class TaskCache {
  /** @type {(path: string) => Promise<TaskAnswer>} */
  #ask;
  /** @type {() => boolean} */
  #settled;
  /** @type {() => number} */
  #clock;
  /** @type {Map<number, Promise<LabelTask | null>>} */
  #answers = new Map(); // position -> promise of an answer, until it is refreshed
  /** @type {Map<number, number>} */
  #leases = new Map(); // position -> when the lease of its answer runs out, on this device's clock
  #counted = 0; // changes of `done` by ourselves

  /**
   * @param {string} queue its id
   * @param {(path: string) => Promise<TaskAnswer>} ask
   * @param {() => boolean} [settled] whether the server has heard of everything done here
   * @param {() => number} [clock] milliseconds
   */
  constructor(queue, ask, settled = () => true, clock = () => Date.now()) {
    this.queue = queue;
    this.#ask = ask;
    this.#settled = settled;
    this.#clock = clock;
    this.title = "";
    this.done = 0;
    this.total = 0;
    // of those done: begun here, and finished by others after this person's time for them had run out
    this.takenOver = 0;
    /** @type {TaskAnswer["blocked"]} */
    this.blocked = null; // why the last answer held no task although the queue is not finished
  }

  /** Whether the server has heard of everything done here. */
  get isSettled() {
    return this.#settled();
  }

  /** The first task the server thinks is not submitted, or null at the end of the queue. */
  async next() {
    return this.#load("next");
  }

  /**
   * Returns the task at a 0-based position of this annotator's sequence, from memory where it is there; null where none
   * can be had now.
   * @param {number} position
   * @returns {Promise<LabelTask | null>}
   */
  at(position) {
    const answer = this.#answers.get(position) ?? this.#fetch(position);
    this.#answers.set(position, answer);
    return answer;
  }

  /**
   * The same, always asked anew.
   * @param {number} position
   */
  refetch(position) {
    this.invalidate(position);
    return this.at(position);
  }

  /** @param {number} position */
  invalidate(position) {
    this.#answers.delete(position);
  }

  /** Asks for every task anew. */
  forget() {
    this.#answers.clear();
  }

  /**
   * Whether `at` needs no request.
   * @param {number} position
   */
  has(position) {
    return this.#answers.has(position);
  }

  /**
   * Whether `at` needs no request and the task's lease has not run out since.
   * @param {number} position
   */
  hasFresh(position) {
    return this.has(position) && this.#clock() < (this.#leases.get(position) ?? Infinity);
  }

  /**
   * Counts submissions that the server may not have heard of yet.
   * @param {number} by
   */
  countDone(by) {
    this.#counted += 1;
    this.done = Math.max(0, Math.min(this.total, this.done + by));
  }

  /** @param {number} position */
  async #fetch(position) {
    const asked = this.#clock();
    try {
      const task = await this.#load(`tasks/${position}`);
      if (task === null) this.#answers.delete(position); // nothing to hand out at present: ask again later
      this.#leases.set(position, asked + (task?.held_seconds ?? Infinity) * 1000);
      return task;
    } catch (error) {
      this.#answers.delete(position); // a failure is not remembered
      throw error;
    }
  }

  /** @param {string} what */
  async #load(what) {
    const known = this.#settled();
    const counted = this.#counted;
    const answer = await this.#ask(`api/queues/${encodeURIComponent(this.queue)}/${what}`);
    const { task, progress, title, blocked = null } = answer;
    this.title = title;
    this.blocked = blocked;
    this.total = progress.total;
    this.takenOver = progress.taken_over;
    // An answer from before the latest submission would turn the count back.
    if (known && counted === this.#counted) this.done = progress.done;
    return task;
  }
}
