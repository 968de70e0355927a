// What this tab remembers of an item besides its labels: the way back (undo) and the seconds spent. Survives a reload,
// not a closed tab.

/** @import { UndoEntry } from "./item.js" */

const LONGEST = 200; // undo entries kept

export class SessionMemory {
  /** @type {Storage | null} */
  #storage;
  /** @type {string} */
  #prefix;

  /**
   * @param {Storage | null} storage sessionStorage
   * @param {string} root the path of the app's root
   * @param {string} annotator
   */
  constructor(storage, root, annotator) {
    this.#storage = storage;
    this.#prefix = `vp-item|${root}|${annotator}|`;
  }

  /**
   * Returns what is remembered of a task; empty for a new one.
   * @param {string} task
   * @returns {{ history: UndoEntry[], seconds: number }}
   */
  load(task) {
    try {
      const { history, seconds } = JSON.parse(this.#storage?.getItem(this.#prefix + task) ?? "{}");
      const isSpent = typeof seconds === "number" && seconds > 0;
      return { history: Array.isArray(history) ? history : [], seconds: isSpent ? seconds : 0 };
    } catch {
      return { history: [], seconds: 0 };
    }
  }

  /**
   * @param {string} task
   * @param {{ history: UndoEntry[], seconds: number }} memory
   */
  save(task, { history, seconds }) {
    try {
      this.#storage?.setItem(this.#prefix + task, JSON.stringify({ history: history.slice(-LONGEST), seconds }));
    } catch {
      // full or forbidden: undo then ends at the next reload, labels do not depend on it
    }
  }
}
