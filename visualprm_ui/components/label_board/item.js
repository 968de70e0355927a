// One item of a queue in a person's hands: the task as the server knows it, the person's changes applied to it, and
// undo. Pure: changes go out through `emit`, nothing is drawn or sent here. Steps are 0-based; a label is 1, 0, -1 or
// null (not labelled).

import { applyEvent, applyEvents, isSameDraft, NO_DETAIL } from "./draft.js";

/** @import { Change, LabelEvent, LabelTask, TaskChange } from "../../assets/api.d.ts" */
/** @import { ErrorType, Reveal, SkipReason, StepLabel } from "../../assets/api.d.ts" */
/** @import { Draft } from "./draft.js" */

/**
 * @typedef {"step_note" | "correction"} StepText a text about one step
 * @typedef {{ step: number | null, kind: Change["type"] }} Undone what undo took back
 * @typedef {Undone & { changes: Change[] }} UndoEntry the changes that take a change back
 * @typedef {(change: TaskChange) => LabelEvent | void} Emit stores a change and returns the event that it became
 */

export class Item {
  /** @type {LabelTask} */
  task;
  /** @type {Draft} */
  draft;
  /** @type {number} */
  current; // the current step
  /** @type {UndoEntry[]} */
  history;
  /** @type {Reveal | null} */
  reveal = null; // the scores, once they were asked for
  scoresHidden = false; // the person has put the revealed scores out of sight
  changed = false; // since the last submission in this tab
  /** @type {Emit} */
  #emit;
  /** @type {number | null} */
  #labelledLast = null; // the step labelled last, until the person goes elsewhere

  /**
   * @param {LabelTask} task
   * @param {object} options
   * @param {Emit} options.emit
   * @param {LabelEvent[]} [options.events] own events that the server has not seen
   * @param {UndoEntry[]} [options.history] what `undo` may take back, from an earlier visit
   */
  constructor(task, { emit, events = [], history = [] }) {
    this.task = task;
    this.draft = applyEvents(task, events);
    this.current = Math.max(0, this.draft.labels.indexOf(null)); // resume at the first step without a label
    this.history = history.filter(({ changes }) => Array.isArray(changes));
    this.#emit = emit;
  }

  get id() {
    return this.task.id;
  }

  get total() {
    return this.draft.labels.length;
  }

  get labelledCount() {
    return this.draft.labels.filter((label) => label !== null).length;
  }

  /** Whether the scores may be shown: after submission, or at any time where the project is not blind. */
  get canReveal() {
    return this.draft.submitted || this.draft.revealed || this.task.options?.blind === false;
  }

  /** The revealed scores; null while there are none and while the person has put them out of sight. */
  get shownReveal() {
    return this.scoresHidden ? null : this.reveal;
  }

  /** Whether nothing was said of the task. */
  get isUntouched() {
    const { labels, details, flagged, note, submitted } = this.draft;
    return (
      !submitted &&
      !flagged &&
      note === "" &&
      labels.every((label) => label === null) &&
      details.every((detail) => detail === NO_DETAIL)
    );
  }

  /** Whether others have taken the task over before anything was said of it here: nothing is left to do. */
  get takenOverUntouched() {
    return this.task.taken_over === true && this.isUntouched;
  }

  /**
   * The wrong step whose error is asked about: the current one, else the one labelled just before; null when neither is
   * wrong.
   */
  get questionedStep() {
    const steps = [this.current, this.#labelledLast];
    return steps.find((step) => step !== null && this.draft.labels[step] === -1) ?? null;
  }

  /** Whether every step has a label (and there is a step). */
  get isComplete() {
    return this.total > 0 && this.labelledCount === this.total;
  }

  /** The 0-based steps without a label. */
  get unlabelledSteps() {
    return this.draft.labels.flatMap((label, step) => (label === null ? [step] : []));
  }

  /** The first wrong step: the one the person chose, else the first labelled wrong; null when there is none. */
  get firstError() {
    if (this.draft.firstError !== null) return this.draft.firstError;
    const found = this.draft.labels.indexOf(-1);
    return found < 0 ? null : found;
  }

  /**
   * Labels a step; null takes the label back. True when something changed.
   * @param {StepLabel} value
   * @param {number} [step] the current one by default
   */
  setLabel(value, step = this.current) {
    this.#labelledLast = step;
    const before = this.draft.labels[step];
    if (before === undefined || before === value) return false;
    this.#change({ type: "label", step, value }, { type: "label", step, value: before }, step);
    return true;
  }

  /**
   * Goes to the next step after a label, at the end to the first that is still open.
   * @param {number} [step] the one that was labelled
   */
  advance(step = this.current) {
    const [firstOpen = step] = this.unlabelledSteps;
    this.current = step + 1 < this.total ? step + 1 : firstOpen;
  }

  /**
   * Moves the current step, stopping at the ends.
   * @param {number} by
   */
  move(by) {
    this.goto(this.current + by);
  }

  /**
   * Makes a step the current one, stopping at the ends.
   * @param {number} step
   */
  goto(step) {
    this.current = Math.max(0, Math.min(this.total - 1, step));
    this.#labelledLast = null;
  }

  toggleFlag() {
    const flagged = !this.draft.flagged;
    this.#change({ type: "flag", flagged }, { type: "flag", flagged: !flagged });
  }

  /**
   * Sets the note. False for an unchanged text.
   * @param {string} text
   */
  setNote(text) {
    if (text === this.draft.note) return false;
    this.#change({ type: "note", text }, { type: "note", text: this.draft.note });
    return true;
  }

  /**
   * Makes a step the first error; the one that counts anyway, or the chosen one again, goes back to the first wrong
   * label.
   * @param {number} step
   */
  toggleFirstError(step) {
    const before = this.draft.firstError;
    const chosen = before === step || (before === null && this.firstError === step) ? null : step;
    if (chosen === before) return false;
    this.#change({ type: "first_error", step: chosen }, { type: "first_error", step: before }, step);
    return true;
  }

  /**
   * Sets the type of a step's error and returns it; the same type again takes it back.
   * @param {ErrorType} type
   * @param {number} step
   */
  toggleErrorType(type, step) {
    const before = this.draft.details[step].errorType;
    const chosen = before === type ? null : type;
    const change = (/** @type {ErrorType | null} */ value) =>
      /** @type {Change} */ ({ type: "error_type", step, error_type: value });
    this.#change(change(chosen), change(before), step);
    return chosen;
  }

  /**
   * Sets a text about a step. False for an unchanged one.
   * @param {StepText} type
   * @param {string} text
   * @param {number} step
   */
  setStepText(type, text, step) {
    const before = this.draft.details[step][type === "correction" ? "correction" : "note"];
    if (text === before) return false;
    this.#change({ type, step, text }, { type, step, text: before }, step);
    return true;
  }

  /**
   * Leaves the item unlabelled.
   * @param {SkipReason} reason
   * @param {number} seconds that the item was on screen
   */
  skip(reason, seconds) {
    this.#apply({ type: "skip", reason, seconds, text: this.task.guideline_version });
    this.history.push({ changes: [{ type: "reopen" }], step: null, kind: "skip" });
    this.changed = false;
  }

  /**
   * Submits the labels, only when complete. True when it was done.
   * @param {number} seconds that the item was on screen
   */
  submit(seconds) {
    if (!this.isComplete) return false;
    this.#apply({ type: "submit", seconds, text: this.task.guideline_version });
    this.changed = false;
    return true;
  }

  /**
   * Takes the last change back; null when there is none left.
   * @returns {Undone | null}
   */
  undo() {
    const last = this.history.pop();
    if (last === undefined) return null;
    this.#reopenIfSubmitted(last.changes[0].type);
    for (const change of last.changes) this.#apply(change);
    this.changed = true;
    if (last.step !== null) this.goto(last.step);
    return { step: last.step, kind: last.kind };
  }

  /**
   * Takes the server's newer answer. True when anything on screen changes.
   * @param {LabelTask} task
   * @param {LabelEvent[]} events those it may not have seen
   */
  refresh(task, events) {
    const { draft, task: before } = this;
    this.task = { ...task, steps: before.steps };
    this.draft = applyEvents(this.task, events);
    return !isSameDraft(draft, this.draft) || task.taken_over !== before.taken_over;
  }

  /**
   * Applies an event of another tab.
   * @param {LabelEvent} event
   */
  receive(event) {
    this.draft = applyEvent(this.draft, event);
  }

  /**
   * @param {Change} change
   * @param {Change} inverse what takes it back
   * @param {number | null} [step] where undo goes
   */
  #change(change, inverse, step = null) {
    this.#reopenIfSubmitted(change.type);
    this.#apply(change);
    this.history.push({ changes: [inverse], step, kind: change.type });
    this.changed = true;
  }

  /**
   * A submitted item that is changed is open again, until it is submitted anew.
   * @param {Change["type"]} type of the change
   */
  #reopenIfSubmitted(type) {
    if (this.draft.submitted && type !== "reopen") this.#apply({ type: "reopen" });
  }

  /** @param {Change} change */
  #apply(change) {
    const event = this.#emit({ ...change, task: this.id });
    this.draft = applyEvent(this.draft, { ...change, ts: event?.ts });
  }
}
