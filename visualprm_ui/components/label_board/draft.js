// One item in hand: the task as the server knows it, the person's changes on top, and the way back (undo). Pure: changes go out through
// `emit`, nothing is drawn or sent here. Steps are 0-based; a label is 1 (correct), 0 (neutral), -1 (wrong) or null (not labelled).

export const LABELS = [1, 0, -1];

export const ERROR_TYPES = ["perception", "calculation", "reasoning", "knowledge", "format"];

export const SKIP_REASONS = ["not_understood", "bad_problem", "bad_step_split", "unreadable_image", "wrong_reference"];

/** What can be said of a step besides its label. */
const NO_DETAIL = { note: "", correction: "", errorType: null };

/** What can change about a task, as the server sent it. */
export function draftOf(task) {
  const labels = task.steps.map((_, step) => (LABELS.includes(task.labels[step]) ? task.labels[step] : null));
  const details = task.steps.map((_, step) => detailOf(task.details?.[step]));
  const {
    flagged = false,
    note = "",
    skip_reason: skipReason = null,
    submitted = false,
    revealed = false,
    first_error: firstError = null,
  } = task;
  return { labels, details, firstError, flagged, note, skipReason, submitted, revealed };
}

function detailOf(stored) {
  if (!stored) return NO_DETAIL;
  const { note = "", correction = "", error_type: errorType = null } = stored;
  return { note, correction, errorType: ERROR_TYPES.includes(errorType) ? errorType : null };
}

function withDetail(draft, step, change) {
  return step in draft.details
    ? { ...draft, details: draft.details.with(step, { ...draft.details[step], ...change }) }
    : draft;
}

/** The draft after an event; the same rules as the server's, so that both agree without asking. */
export function applied(draft, event) {
  switch (event.type) {
    case "label": {
      if (!(event.step in draft.labels)) return draft;
      return { ...draft, labels: draft.labels.with(event.step, LABELS.includes(event.value) ? event.value : null) };
    }
    case "step_note":
      return withDetail(draft, event.step, { note: event.text });
    case "correction":
      return withDetail(draft, event.step, { correction: event.text });
    case "error_type":
      return withDetail(draft, event.step, {
        errorType: ERROR_TYPES.includes(event.error_type) ? event.error_type : null,
      });
    case "first_error":
      return { ...draft, firstError: event.step ?? null };
    case "note":
      return { ...draft, note: event.text };
    case "flag":
      return { ...draft, flagged: event.flagged };
    case "skip":
      return { ...draft, skipReason: event.reason, submitted: true };
    case "submit":
      return { ...draft, skipReason: null, submitted: true };
    case "reopen":
      return { ...draft, skipReason: null, submitted: false };
    default:
      return draft;
  }
}

/** The draft of a task with unsent events on top, oldest first. */
export function overlaid(task, events) {
  return events.reduce(applied, draftOf(task));
}

/** Does a step score at least 0.5 lean the way of the label? null where there is nothing to compare (neutral, unlabelled, unscored). */
export function agreement(label, score) {
  if (label !== 1 && label !== -1) return null;
  if (typeof score !== "number") return null;
  return score >= 0.5 === (label === 1);
}

/** An item that a person works on. */
export class Item {
  #emit;
  #latest = null; // the step labelled last, until the person goes elsewhere

  /** `emit(change)` stores {type, task, ...}. `events`: own unsent ones. `history`: what `undo` may take back, from an earlier visit. */
  constructor(task, { emit, events = [], history = [] }) {
    this.task = task;
    this.draft = overlaid(task, events);
    this.current = Math.max(0, this.draft.labels.indexOf(null)); // resume at the first step without a label
    this.history = history.filter(({ changes }) => Array.isArray(changes));
    this.reveal = null; // {scores, solution_score, reward_model} once asked for
    this.covered = false; // the person has put the revealed scores out of sight
    this.changed = false; // since the last submission in this tab
    this.#emit = emit;
  }

  get id() {
    return this.task.id;
  }

  get total() {
    return this.draft.labels.length;
  }

  get labelled() {
    return this.draft.labels.filter((label) => label !== null).length;
  }

  /** May the scores be asked for: after submission, or at any time where the project is not blind. */
  get mayReveal() {
    return this.draft.submitted || this.draft.revealed || this.task.options?.blind === false;
  }

  /** The revealed scores, unless they are out of sight: then null, as before. */
  get shown() {
    return this.covered ? null : this.reveal;
  }

  /** Others have taken it over and nothing was said of it here: nothing is left to do. */
  get gone() {
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
  get asked() {
    return [this.current, this.#latest].find((step) => this.draft.labels[step] === -1) ?? null;
  }

  /** Every step has a label (and there is a step). */
  get complete() {
    return this.total > 0 && this.labelled === this.total;
  }

  /** 0-based steps without a label. */
  get open() {
    return this.draft.labels.flatMap((label, step) => (label === null ? [step] : []));
  }

  /** Labels a step (the current one by default); null takes the label back. True when something changed. */
  label(value, step = this.current) {
    this.#latest = step;
    const before = this.draft.labels[step];
    if (before === undefined || before === value) return false;
    this.#change([{ type: "label", step, value }], [{ type: "label", step, value: before }], step);
    return true;
  }

  /** The step after a label: the next one, at the end the first that is still open. */
  advance(step = this.current) {
    const [firstOpen = step] = this.open;
    this.current = step + 1 < this.total ? step + 1 : firstOpen;
  }

  /** Moves the current row by `by`, stopping at the ends. */
  move(by) {
    this.goto(this.current + by);
  }

  /** Makes a step the current row, stopping at the ends. */
  goto(step) {
    this.current = Math.max(0, Math.min(this.total - 1, step));
    this.#latest = null;
  }

  flag() {
    const flagged = !this.draft.flagged;
    this.#change([{ type: "flag", flagged }], [{ type: "flag", flagged: !flagged }]);
  }

  /** Sets the note; an unchanged text is no change. */
  note(text) {
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
  markFirstError(step) {
    const before = this.draft.firstError;
    const chosen = before === step || (before === null && this.firstError === step) ? null : step;
    if (chosen === before) return false;
    this.#change([{ type: "first_error", step: chosen }], [{ type: "first_error", step: before }], step);
    return true;
  }

  /** Says what kind of error a step holds; the same kind again takes it back. */
  errorType(type, step) {
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
  write(type, text, step) {
    const before = this.draft.details[step][type === "correction" ? "correction" : "note"];
    if (text === before) return false;
    this.#change([{ type, step, text }], [{ type, step, text: before }], step);
    return true;
  }

  /** Leaves the item unlabelled for one of SKIP_REASONS. */
  skip(reason, seconds) {
    this.#put({ type: "skip", reason, seconds });
    this.history.push({ changes: [{ type: "reopen" }], step: null, kind: "skip" });
    this.changed = false;
  }

  /** Hands the labels in; only when complete. True when it was done. */
  submit(seconds) {
    if (!this.complete) return false;
    this.#put({ type: "submit", seconds });
    this.changed = false;
    return true;
  }

  /** Takes the last change back; returns {step, kind} of it, or null when there is none left. */
  undo() {
    const last = this.history.pop();
    if (last === undefined) return null;
    this.#wake(last.changes[0].type);
    for (const change of last.changes) this.#put(change);
    this.changed = true;
    if (last.step !== null) this.goto(last.step);
    return { step: last.step, kind: last.kind };
  }

  /** Takes in the server's newer answer. `events`: those it may not have seen. True when anything on screen changes. */
  refresh(task, events) {
    const shown = () => JSON.stringify([this.draft, this.task.taken_over]);
    const before = shown();
    this.task = { ...task, steps: this.task.steps };
    this.draft = overlaid(this.task, events);
    return shown() !== before;
  }

  /** Takes in an event made in another tab. */
  receive(event) {
    this.draft = applied(this.draft, event);
  }

  #change(changes, inverse, step = null) {
    this.#wake(changes[0].type);
    for (const change of changes) this.#put(change);
    this.history.push({ changes: inverse, step, kind: changes[0].type });
    this.changed = true;
  }

  /** A submitted item that is changed is open again, until it is submitted anew. */
  #wake(type) {
    if (this.draft.submitted && type !== "reopen") this.#put({ type: "reopen" });
  }

  #put(change) {
    this.draft = applied(this.draft, change);
    this.#emit({ task: this.id, ...change });
  }
}
