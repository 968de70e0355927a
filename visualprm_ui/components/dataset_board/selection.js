// The solutions that are selected in the list. They stay selected on other pages and under other filters, until they
// are let go or the page is closed.

/** @import { BrowsedSolution } from "../../assets/api.d.ts" */

/** Solutions by their ids, each with its problem; null where it was never shown. */
export class Selection {
  /** @type {Map<string, string | null>} */
  #chosen = new Map();
  /** @type {Set<() => void>} */
  #listeners = new Set();

  get ids() {
    return [...this.#chosen.keys()];
  }

  get size() {
    return this.#chosen.size;
  }

  /** The problems of the selected solutions; null where one of them is not known. */
  get problems() {
    const problems = new Set(this.#chosen.values());
    return problems.has(null) ? null : /** @type {string[]} */ ([...problems]);
  }

  /** @param {string} solution */
  has(solution) {
    return this.#chosen.has(solution);
  }

  /**
   * @param {Pick<BrowsedSolution, "solution" | "problem">} found
   * @param {boolean} isChosen
   */
  set({ solution, problem }, isChosen) {
    if (isChosen) this.#chosen.set(solution, problem);
    else this.#chosen.delete(solution);
    this.#tell();
  }

  /** @param {string[]} solutions further ones */
  add(solutions) {
    for (const each of solutions) if (!this.#chosen.has(each)) this.#chosen.set(each, null);
    this.#tell();
  }

  clear() {
    this.#chosen.clear();
    this.#tell();
  }

  /**
   * Follows every change, in place of whoever followed before.
   * @param {() => void} listener
   */
  follow(listener) {
    this.#listeners = new Set([listener]);
    listener();
  }

  #tell() {
    for (const listener of this.#listeners) listener();
  }
}
