// What this tab remembers of an item besides its labels: the way back (undo) and the seconds spent. Survives a reload, not a closed tab.

const LONGEST = 200; // undo entries kept

export class SessionMemory {
  #storage;
  #prefix;

  /** `storage`: sessionStorage or null. */
  constructor(storage, root, annotator) {
    this.#storage = storage;
    this.#prefix = `vp-item|${root}|${annotator}|`;
  }

  /** {history, seconds} of a task; empty for a new one. */
  load(task) {
    try {
      const { history, seconds } = JSON.parse(this.#storage?.getItem(this.#prefix + task) ?? "{}");
      const isSpent = typeof seconds === "number" && seconds > 0;
      return { history: Array.isArray(history) ? history : [], seconds: isSpent ? seconds : 0 };
    } catch {
      return { history: [], seconds: 0 };
    }
  }

  save(task, { history, seconds }) {
    try {
      this.#storage?.setItem(this.#prefix + task, JSON.stringify({ history: history.slice(-LONGEST), seconds }));
    } catch {
      // full or forbidden: undo then ends at the next reload, labels do not depend on it
    }
  }
}
