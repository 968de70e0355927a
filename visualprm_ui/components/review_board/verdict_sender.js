// Saves judgements one after the other: of several changes to one item that wait, the newest alone is sent. Knows no
// DOM.

import { call } from "../../assets/rest.js";

/** @import { ReviewItem } from "../../assets/api.d.ts" */
/** @import { Judgement } from "./judgement.js" */

const SOON = 400; // milliseconds without another change
const OUTLIVES = 16_000; // characters, of up to 3 bytes: browsers refuse what outlives its page above 64 KiB

/** @typedef {{ item: ReviewItem, judgement: Judgement }} Work */

export class VerdictSender {
  #path;
  #on;
  /** @type {Work | null} */
  #waiting = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer = undefined;
  /** @type {Promise<boolean>} */
  #last = Promise.resolve(true);

  /**
   * @param {string} path of the split
   * @param {object} on
   * @param {() => void} on.saving
   * @param {(work: Work) => void} on.saved
   * @param {(error: unknown) => void} on.failed
   */
  constructor(path, on) {
    this.#path = path;
    this.#on = on;
  }

  /**
   * Saves a judgement soon.
   * @param {Work} work
   */
  add(work) {
    clearTimeout(this.#timer);
    this.#waiting = work;
    this.#timer = setTimeout(() => this.flush(), SOON);
  }

  /**
   * Saves what waits now; true once everything is saved.
   * @returns {Promise<boolean>}
   */
  flush() {
    clearTimeout(this.#timer);
    const work = this.#waiting;
    this.#waiting = null;
    if (work) this.#last = this.#last.then(() => this.#send(work));
    return this.#last;
  }

  /** @param {Work} work */
  async #send(work) {
    const { item, judgement } = work;
    const { task, name, labels } = item;
    const body = { task, name, labels, ...judgement };
    this.#on.saving();
    try {
      const keepalive = JSON.stringify(body).length <= OUTLIVES; // the page may be left while it is under way
      await call(`${this.#path}/verdicts`, { method: "POST", body, keepalive });
    } catch (error) {
      this.#on.failed(error);
      this.#waiting ??= work; // the next flush sends it again, unless something newer waits
      return false;
    }
    this.#on.saved(work);
    return true;
  }
}
