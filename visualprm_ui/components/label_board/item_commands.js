// What each command does to the current item. Labels are painted first and sent by the outbox; nothing here waits for
// the server between a key press and its paint, but revealing the scores.

import { ERROR_TYPE_NAMES, LABEL_NAMES } from "../../assets/labels.js";
import { call, errorText, statusOf } from "../../assets/rest.js";
import { undoMessage, unlabelledMessage } from "./messages.js";

/** @import { ErrorType, SkipReason, StepLabel } from "../../assets/api.d.ts" */
/** @import { ActionBar } from "./action_bar.js" */
/** @import { BoardLayout } from "./board_layout.js" */
/** @import { Item, StepText } from "./item.js" */
/** @import { ItemView } from "./item_view.js" */
/** @import { QueueNavigation } from "./queue_navigation.js" */
/** @import { TaskCache } from "./task_cache.js" */

/**
 * @typedef {object} Board what the commands work with
 * @property {TaskCache} source
 * @property {QueueNavigation} navigation
 * @property {BoardLayout} layout
 * @property {ActionBar} actionBar
 * @property {() => boolean} revealsAfterSubmit
 * @property {(moved?: boolean) => void} draw `moved`: the current step is another one
 */

/** @param {StepLabel} label */
function labelName(label) {
  return label === null ? null : LABEL_NAMES[label];
}

export class ItemCommands {
  #board;

  /** @param {Board} board */
  constructor(board) {
    this.#board = board;
  }

  /**
   * The view of the current item; null while there is none.
   * @returns {ItemView | null}
   */
  get view() {
    return this.#board.navigation.here;
  }

  /**
   * Labels a step and goes on to the next one.
   * @param {StepLabel} label
   * @param {number} [step] the current one by default
   */
  label(label, step) {
    const item = this.#item;
    if (!item) return;
    const at = step ?? item.current;
    const wasSubmitted = item.draft.submitted;
    item.goto(at);
    const changed = item.setLabel(label, at);
    if (label !== null) item.advance(at);
    this.#countReopened(item, wasSubmitted);
    this.#board.draw(true);
    if (changed) this.#announce(`Step ${at + 1}: ${labelName(label) ?? "no label"}. Now step ${item.current + 1}.`);
    this.#board.navigation.preload();
  }

  /** @param {number} by steps */
  move(by) {
    const item = this.#item;
    if (!item) return;
    item.move(by);
    this.#board.draw(true);
    const label = labelName(item.draft.labels[item.current]) ?? "not labelled";
    this.#announce(`Step ${item.current + 1} of ${item.total}, ${label}`);
  }

  /** @param {number} step */
  goto(step) {
    if (!this.#item || this.#item.current === step) return;
    this.#item.goto(step);
    this.#board.draw();
  }

  /**
   * Says what type of error a wrong step has; the same type again takes it back.
   * @param {ErrorType} type
   * @param {number} [step] the one that is asked about
   */
  errorType(type, step) {
    const item = this.#item;
    if (!item?.task.options?.error_types) return;
    const at = step ?? this.#questionedStep(item);
    if (item.draft.labels[at] !== -1) {
      this.#board.layout.toast.show("Only a wrong step has a type of error: press 3 first");
      return;
    }
    const chosen = this.#change(item, () => item.toggleErrorType(type, at));
    const name = chosen ? `${ERROR_TYPE_NAMES[chosen]} error` : "no type of error";
    this.#announce(`Step ${at + 1}: ${name}.`);
    if (chosen && at === item.current) {
      item.advance(at);
      this.#board.draw(true);
    }
  }

  /** @param {number} [step] the one that is asked about */
  firstError(step) {
    const item = this.#item;
    if (!item?.task.options?.first_error) return;
    this.#change(item, () => item.toggleFirstError(step ?? this.#questionedStep(item)));
    this.#announce(`First error: ${item.firstError === null ? "none" : `step ${item.firstError + 1}`}.`);
  }

  /** @param {StepText} type */
  openField(type) {
    const item = this.#item;
    if (item?.task.options?.step_notes) this.view?.steps.openField(this.#questionedStep(item), type);
  }

  /**
   * @param {StepText} type
   * @param {string} text
   * @param {number} step
   */
  write(type, text, step) {
    const item = this.#item;
    if (item) this.#change(item, () => item.setStepText(type, text, step));
  }

  flag() {
    const item = this.#item;
    if (!item) return;
    this.#change(item, () => item.toggleFlag());
    this.#board.layout.toast.show(item.draft.flagged ? "Flagged" : "Flag removed");
  }

  /** @param {string} text */
  note(text) {
    const item = this.#item;
    if (item) this.#change(item, () => item.setNote(text));
  }

  /** Saves what is being typed anywhere at the board. */
  commit() {
    this.#board.actionBar.commitNote();
    this.view?.steps.commit();
  }

  undo() {
    this.commit();
    const item = this.#item;
    if (!item) return;
    const undone = this.#change(item, () => item.undo());
    this.#board.draw(true);
    const nothing = "Nothing to undo in this item. Press [ for the previous one.";
    this.#board.layout.toast.show(undone ? undoMessage(undone) : nothing);
  }

  /** @param {SkipReason} reason */
  skip(reason) {
    this.commit();
    if (!this.view) return;
    const { item, clock } = this.view;
    if (!item.draft.submitted) this.#board.source.countDone(1);
    item.skip(reason, clock.seconds);
    this.#board.layout.toast.show("Item skipped. Press [ to go back to it.");
    this.#board.navigation.follow();
  }

  /** Submits the item, or goes on where it is submitted already; shows the next open step where labels are missing. */
  submit() {
    this.commit();
    if (!this.view) return;
    const { item, clock } = this.view;
    if (item.takenOverUntouched || (item.draft.submitted && !item.changed)) {
      this.#board.navigation.goOn();
      return;
    }
    if (!item.isComplete) {
      this.#showMissing(item);
      return;
    }
    if (!item.draft.submitted) this.#board.source.countDone(1);
    item.submit(clock.seconds);
    this.#announce("Submitted.");
    if (this.#board.revealsAfterSubmit() && item.reveal === null) this.reveal();
    else this.#board.navigation.goOn();
  }

  /** @param {number} by items */
  turnTo(by) {
    const item = this.#item;
    if (!item) return;
    const position = item.task.position + by;
    if (position < 0 || position >= this.#board.source.total) {
      this.#board.layout.toast.show(by < 0 ? "This is the first item" : "This is the last item");
      return;
    }
    this.commit();
    this.#board.navigation.open(position);
  }

  /** Shows the scores of a submitted item, or hides them. */
  scores() {
    const item = this.#item;
    if (!item) return;
    if (!item.canReveal) {
      this.#board.layout.toast.show("Submit your labels first: the scores stay hidden until then");
    } else if (item.reveal === null) {
      this.reveal();
    } else {
      item.scoresHidden = !item.scoresHidden;
      this.#board.draw();
    }
  }

  /** Shows all items of this person, as the server knows them. */
  async openMap() {
    this.commit();
    const { source, navigation, layout } = this.#board;
    await navigation.sent();
    try {
      const { openItemMap } = await import("./item_map_dialog.js");
      const here = navigation.here?.item.task.position ?? null;
      await openItemMap(source, here, layout, (position) => navigation.open(position));
    } catch (error) {
      layout.toast.show(errorText(error), 5000);
    }
  }

  reference() {
    if (this.view?.problem.toggleReference()) return;
    this.#board.layout.toast.show("This problem has no reference answer");
  }

  /**
   * Fetches the scores.
   * @param {boolean} [wasRequested] false: nobody asked, so that a refusal needs no message
   */
  async reveal(wasRequested = true) {
    const item = this.#item;
    if (!item) return;
    const { layout, navigation, draw } = this.#board;
    draw();
    await navigation.sent(); // the server shows scores to those whose submission it has
    try {
      item.reveal = await call(`api/tasks/${encodeURIComponent(item.id)}/reveal`);
    } catch (error) {
      if (wasRequested || statusOf(error) !== 403) layout.toast.show(errorText(error), 5000);
      return;
    }
    if (this.#item !== item) return;
    draw();
    this.#announce(layout.hint);
  }

  get #item() {
    return this.view?.item ?? null;
  }

  /** @param {string} text */
  #announce(text) {
    this.#board.layout.announce(text);
  }

  /**
   * The step that questions are about when no row was touched.
   * @param {Item} item
   */
  #questionedStep(item) {
    return item.questionedStep ?? item.current;
  }

  /** @param {Item} item */
  #showMissing(item) {
    item.goto(item.unlabelledSteps[0] ?? 0);
    this.#board.draw(true);
    const nothing = "There are no steps to label. Press S to skip this item.";
    this.#board.layout.toast.show(item.total === 0 ? nothing : unlabelledMessage(item.unlabelledSteps));
  }

  /**
   * Makes a change and draws it.
   * @template T
   * @param {Item} item
   * @param {() => T} work
   * @returns {T}
   */
  #change(item, work) {
    const wasSubmitted = item.draft.submitted;
    const result = work();
    this.#countReopened(item, wasSubmitted);
    this.#board.draw();
    return result;
  }

  /**
   * A change to a submitted item opens it again: one item fewer is done.
   * @param {Item} item
   * @param {boolean} wasSubmitted
   */
  #countReopened(item, wasSubmitted) {
    if (wasSubmitted && !item.draft.submitted) this.#board.source.countDone(-1);
  }
}
