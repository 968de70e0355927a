// The tasks of one queue, as the server tells them, with the neighbours kept ready. Knows no DOM and no events.

export class TaskCache {
  #ask;
  #settled;
  #clock;
  #answers = new Map(); // position -> promise of an answer, until it is refreshed
  #leases = new Map(); // position -> when the lease that its answer told of runs out, on this device's clock
  #counted = 0; // changes of `done` by ourselves

  /** `ask(path)` resolves to parsed JSON or throws with `status`; `settled()`: the server has heard of everything done here. */
  constructor(queue, ask, settled = () => true, clock = () => Date.now()) {
    this.queue = queue;
    this.#ask = ask;
    this.#settled = settled;
    this.#clock = clock;
    this.title = "";
    this.done = 0;
    this.total = 0;
    this.takenOver = 0; // of those done: begun here, and finished by others after this person's time for them had run out
    this.blocked = null; // {why, text}: why the last answer held no task although the queue is not finished
  }

  /** The first task the server thinks is not submitted, or null at the end of the queue. */
  async next() {
    return this.#load("next");
  }

  /** The task at a 0-based position of this person's way, from memory where it is there; null where none can be had now. */
  at(position) {
    if (!this.#answers.has(position)) this.#answers.set(position, this.#fetch(position));
    return this.#answers.get(position);
  }

  /** The same, asked anew. */
  refetch(position) {
    this.invalidate(position);
    return this.at(position);
  }

  invalidate(position) {
    this.#answers.delete(position);
  }

  /** True where `at` needs no request. */
  has(position) {
    return this.#answers.has(position);
  }

  /** True where `at` needs no request and tells of an item that nobody else can have got since. */
  hasFresh(position) {
    return this.has(position) && this.#clock() < (this.#leases.get(position) ?? Infinity);
  }

  /** Counts a submission the server may not have heard of yet. */
  countDone(by) {
    this.#counted += 1;
    this.done = Math.max(0, Math.min(this.total, this.done + by));
  }

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

  async #load(what) {
    const known = this.#settled();
    const counted = this.#counted;
    const {
      task,
      progress,
      title,
      blocked = null,
    } = await this.#ask(`api/queues/${encodeURIComponent(this.queue)}/${what}`);
    this.title = title;
    this.blocked = blocked;
    this.total = progress.total;
    this.takenOver = progress.taken_over;
    // An answer from before the latest submission would turn the count back.
    if (known && counted === this.#counted) this.done = progress.done;
    return task;
  }
}
