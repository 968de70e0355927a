// Who enters a project for the first time, or after its guideline has changed, is shown the guideline without asking
// for it. This device remembers which version was put away; nobody is interrupted in the queue of a run.

import { passMark } from "./messages.js";

/** @import { LabelTask } from "../../assets/api.d.ts" */
/** @import { GuidelinePanel } from "./guideline.js" */

export class GuidelineReading {
  #storage;
  #prefix;
  #shown = new Set(); // queue and version: each once while the board is open

  /**
   * @param {Storage | null} storage localStorage
   * @param {string | null} annotator null: nobody who has to be shown it
   */
  constructor(storage, annotator) {
    this.#storage = storage;
    this.#prefix = annotator === null ? null : `vp-guideline|${new URL(".", document.baseURI).pathname}|${annotator}|`;
  }

  /**
   * Opens the panel where this task's version was not put away before. Only a project's tasks are held for a person.
   * @param {LabelTask} task
   * @param {GuidelinePanel} panel
   */
  arrived(task, panel) {
    const { queue, held_seconds: held, guideline_version: version } = task;
    const about = `${queue}|${version}`;
    if (this.#prefix === null || this.#shown.has(about) || held === null) return;
    const key = this.#prefix + queue;
    const last = this.#read(key);
    if (last === version) return;
    this.#shown.add(about);
    const why = last === null ? "Read this before you begin." : "The guideline has changed since you last worked here.";
    const how = globalThis.matchMedia?.("(hover: none)").matches
      ? "Close it to go on; the book above opens it again."
      : "Press G to close it, and again to reopen it.";
    const mark = task.is_quiz ? task.options.quiz_pass : null;
    const quiz = mark === null ? "" : `${passMark(mark)}: your labels count from then on.`;
    panel.introduce([why, quiz, how].filter(Boolean).join(" "), () => this.#write(key, version));
  }

  /** @param {string} key */
  #read(key) {
    try {
      return this.#storage?.getItem(key) ?? null;
    } catch {
      return null;
    }
  }

  /**
   * @param {string} key
   * @param {string} version
   */
  #write(key, version) {
    try {
      this.#storage?.setItem(key, version);
    } catch {
      // full or forbidden: it is shown again next time
    }
  }
}
