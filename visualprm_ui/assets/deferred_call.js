// A call that is made later, once: of several schedules the earliest counts.

export class DeferredCall {
  /** @type {() => void} */
  #work;
  /** @type {ReturnType<typeof setTimeout> | null} */
  #timer = null;
  #due = 0; // when the timer fires, on the clock of performance.now()

  /** @param {() => void} work */
  constructor(work) {
    this.#work = work;
  }

  /**
   * Makes the call in `delay` milliseconds, unless it is made sooner anyway.
   * @param {number} delay
   */
  schedule(delay) {
    const due = performance.now() + delay;
    if (this.#timer !== null && this.#due <= due) return;
    this.cancel();
    this.#due = due;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#work();
    }, delay);
  }

  cancel() {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
