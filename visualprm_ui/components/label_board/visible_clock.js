// How long an item was really on screen: runs while the tab is visible and the item is shown. `now` is in milliseconds.

export class VisibleClock {
  /** @type {() => number} */
  #now;
  /** @type {number} */
  #spent;
  /** @type {number | null} */
  #since = null;

  /**
   * @param {number} [spent] seconds from an earlier visit
   * @param {() => number} [now] in milliseconds
   */
  constructor(spent = 0, now = () => performance.now()) {
    this.#now = now;
    this.#spent = spent * 1000;
  }

  /** Goes on counting; a running clock just goes on. */
  run() {
    this.#since ??= this.#now();
  }

  pause() {
    if (this.#since !== null) this.#spent += this.#now() - this.#since;
    this.#since = null;
  }

  /** Seconds so far, to a tenth. */
  get seconds() {
    const running = this.#since === null ? 0 : this.#now() - this.#since;
    return Math.round((this.#spent + running) / 100) / 10;
  }
}
