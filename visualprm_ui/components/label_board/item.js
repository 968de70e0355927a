import { applyEvent, applyEvents, NO_DETAIL } from "./draft.js";

/** An item that a person works on. */
export class Item {
  #emit;
  #labelledLast = null; // the step labelled last, until the person goes elsewhere

  /** `emit(change)` stores {type, task, ...}. `events`: own unsent ones. `history`: what `undo` may take back, from an earlier visit. */
  constructor(task, { emit, events = [], history = [] }) {
    this.task = task;
    this.draft = applyEvents(task, events);
    this.current = Math.max(0, this.draft.labels.indexOf(null)); // resume at the first step without a label
    this.history = history.filter(({ changes }) => Array.isArray(changes));
    this.reveal = null; // {scores, solution_score, reward_model} once asked for
    this.scoresHidden = false; // the person has put the revealed scores out of sight
    this.changed = false; // since the last submission in this tab
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

  /** May the scores be asked for: after submission, or at any time where the project is not blind. */
  get canReveal() {
    return this.draft.submitted || this.draft.revealed || this.task.options?.blind === false;
  }

  /** The revealed scores, unless they are out of sight: then null, as before. */
  get shownReveal() {
    return this.scoresHidden ? null : this.reveal;
  }

  /** Others have taken it over and nothing was said of it here: nothing is left to do. */
  get takenOverUntouched() {
    const { labels, details, flagged, note, submitted } = this.draft;
    return (
      this.task.taken_over === true &&
      !submitted &&
      !flagged &&
      note === "" &&
      labels.every((label) => label === null) &&
      details.every((detail) => detail === NO_DETAIL)
    );
  }

  /** The wrong step that is asked what is wrong with it: the one in hand, else the one labelled just before; null when neither is wrong. */
  get questionedStep() {
    return [this.current, this.#labelledLast].find((step) => this.draft.labels[step] === -1) ?? null;
  }

  /** Every step has a label (and there is a step). */
  get isComplete() {
    return this.total > 0 && this.labelledCount === this.total;
  }

  /** 0-based steps without a label. */
  get unlabelledSteps() {
    return this.draft.labels.flatMap((label, step) => (label === null ? [step] : []));
  }

  /** Labels a step (the current one by default); null takes the label back. True when something changed. */
  setLabel(value, step = this.current) {
    this.#labelledLast = step;
    const before = this.draft.labels[step];
    if (before === undefined || before === value) return false;
    this.#change([{ type: "label", step, value }], [{ type: "label", step, value: before }], step);
    return true;
  }

  /** The step after a label: the next one, at the end the first that is still open. */
  advance(step = this.current) {
    const [firstOpen = step] = this.unlabelledSteps;
    this.current = step + 1 < this.total ? step + 1 : firstOpen;
  }

  /** Moves the current row by `by`, stopping at the ends. */
  move(by) {
    this.goto(this.current + by);
  }

  /** Makes a step the current row, stopping at the ends. */
  goto(step) {
    this.current = Math.max(0, Math.min(this.total - 1, step));
    this.#labelledLast = null;
  }

  toggleFlag() {
    const flagged = !this.draft.flagged;
    this.#change([{ type: "flag", flagged }], [{ type: "flag", flagged: !flagged }]);
  }

  /** Sets the note; an unchanged text is no change. */
  setNote(text) {
    if (text === this.draft.note) return false;
    this.#change([{ type: "note", text }], [{ type: "note", text: this.draft.note }]);
    return true;
  }

  /** The first wrong step: the one the person chose, else the first labelled wrong; null when there is none. */
  get firstError() {
    if (this.draft.firstError !== null) return this.draft.firstError;
    const found = this.draft.labels.indexOf(-1);
    return found < 0 ? null : found;
  }

  /** Makes a step the first error; the one that counts anyway, or the chosen one again, goes back to the first wrong label. */
  toggleFirstError(step) {
    const before = this.draft.firstError;
    const chosen = before === step || (before === null && this.firstError === step) ? null : step;
    if (chosen === before) return false;
    this.#change([{ type: "first_error", step: chosen }], [{ type: "first_error", step: before }], step);
    return true;
  }

  /** Says what kind of error a step holds; the same kind again takes it back. */
  toggleErrorType(type, step) {
    const before = this.draft.details[step].errorType;
    const chosen = before === type ? null : type;
    this.#change(
      [{ type: "error_type", step, error_type: chosen }],
      [{ type: "error_type", step, error_type: before }],
      step,
    );
    return chosen;
  }

  /** Sets a step's "step_note" or "correction"; an unchanged text is no change. */
  setStepText(type, text, step) {
    const before = this.draft.details[step][type === "correction" ? "correction" : "note"];
    if (text === before) return false;
    this.#change([{ type, step, text }], [{ type, step, text: before }], step);
    return true;
  }

  /** Leaves the item unlabelled for one of SKIP_REASONS. */
  skip(reason, seconds) {
    this.#apply({ type: "skip", reason, seconds });
    this.history.push({ changes: [{ type: "reopen" }], step: null, kind: "skip" });
    this.changed = false;
  }

  /** Hands the labels in; only when complete. True when it was done. */
  submit(seconds) {
    if (!this.isComplete) return false;
    this.#apply({ type: "submit", seconds });
    this.changed = false;
    return true;
  }

  /** Takes the last change back; returns {step, kind} of it, or null when there is none left. */
  undo() {
    const last = this.history.pop();
    if (last === undefined) return null;
    this.#reopenIfSubmitted(last.changes[0].type);
    for (const change of last.changes) this.#apply(change);
    this.changed = true;
    if (last.step !== null) this.goto(last.step);
    return { step: last.step, kind: last.kind };
  }

  /** Takes in the server's newer answer. `events`: those it may not have seen. True when anything on screen changes. */
  refresh(task, events) {
    const shownReveal = () => JSON.stringify([this.draft, this.task.taken_over]);
    const before = shownReveal();
    this.task = { ...task, steps: this.task.steps };
    this.draft = applyEvents(this.task, events);
    return shownReveal() !== before;
  }

  /** Takes in an event made in another tab. */
  receive(event) {
    this.draft = applyEvent(this.draft, event);
  }

  #change(changes, inverse, step = null) {
    this.#reopenIfSubmitted(changes[0].type);
    for (const change of changes) this.#apply(change);
    this.history.push({ changes: inverse, step, kind: changes[0].type });
    this.changed = true;
  }

  /** A submitted item that is changed is open again, until it is submitted anew. */
  #reopenIfSubmitted(type) {
    if (this.draft.submitted && type !== "reopen") this.#apply({ type: "reopen" });
  }

  #apply(change) {
    this.draft = applyEvent(this.draft, change);
    this.#emit({ task: this.id, ...change });
  }
}
