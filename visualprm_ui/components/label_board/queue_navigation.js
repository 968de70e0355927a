// Navigation through a queue: which item comes next, what is preloaded, what is asked of the server again. Draws
// nothing; tells its listener where it arrived. An answer that comes after the person has moved on is dropped.

import { errorText, statusOf } from "../../assets/rest.js";
import { applyEvents } from "./draft.js";
import { ItemView } from "./item_view.js";
import { PASSED } from "./messages.js";

/** @import { Label, LabelEvent, LabelTask } from "../../assets/api.d.ts" */
/** @import { Mark, Outbox } from "../../assets/outbox.js" */
/** @import { Draft } from "./draft.js" */
/** @import { SessionMemory } from "./session_memory.js" */
/** @import { StepsListener } from "./step_row.js" */
/** @import { TaskCache } from "./task_cache.js" */

/**
 * What was done in this tab; `waiting` changes are not sent yet, and the entry quiz may have been the last of it.
 * @typedef {{ waiting: number, steps: number, labels: Record<Label, number>, skipped: number, flagged: number,
 *   endedWithQuiz: boolean }} TabSummary
 * @typedef {object} NavigationListener
 * @property {() => void} waiting an answer of the server is awaited
 * @property {() => void} arrived `here` is another item
 * @property {(summary: TabSummary) => void} finished there is no next item
 * @property {(error: unknown, retry: () => void) => void} failed
 * @property {(text: string) => void} notice something is said above the item that is shown: the one that was asked
 *   for is not there, or the entry quiz is passed
 * @property {(position: number) => void} lost others have taken the item over, the next one is shown
 * @property {() => void} changed the current item is not as it was drawn
 */

const PRELOADED = 2; // items kept ready
const KEPT_VIEWS = 12; // items whose nodes are kept; one of nine steps has about 1,250
const SEND_TIMEOUT = 4_000; // milliseconds the end of a queue waits for the outbox before it says what is unsent

export class QueueNavigation {
  #source;
  #outbox;
  #memory;
  #on;
  /** @type {Map<string, ItemView>} */
  #views = new Map(); // by task id
  /** @type {Map<string, Draft>} */
  #closedDrafts = new Map(); // by task id, of the items whose views were dropped
  #navigationId = 0; // counts moves: an answer to an earlier one is dropped
  #reviewing = false; // came back to a submitted item: Enter goes on one by one
  #arrivedByQueue = false; // nobody asked for this very item
  /** @type {boolean | null} */
  #quizPassed = null; // as the server said it last

  /**
   * @param {object} options
   * @param {TaskCache} options.source
   * @param {Outbox} options.outbox
   * @param {SessionMemory} options.memory
   * @param {NavigationListener & StepsListener} options.on
   */
  constructor({ source, outbox, memory, on }) {
    this.#source = source;
    this.#outbox = outbox;
    this.#memory = memory;
    this.#on = on;
    /** @type {ItemView | null} */
    this.here = null; // null at the end of the queue
    outbox.on("change", () => this.#tidy());
  }

  /**
   * Goes to the next item that is not submitted, the one after this where possible; without one the queue is finished.
   * @returns {Promise<void>}
   */
  async follow() {
    const from = this.here?.item.task.position ?? -1;
    const navigationId = this.#leave();
    this.#reviewing = false;
    this.#arrivedByQueue = true;
    try {
      const near = this.#source.hasFresh(from + 1) ? this.#open(await this.#source.at(from + 1)) : null;
      if (near) return this.#arrive(navigationId, near, true);
      if (navigationId === this.#navigationId) this.#on.waiting();
      await this.sent();
      const task = this.#open(await this.#source.next()) ?? (await this.#search(from));
      return task ? this.#arrive(navigationId, task, this.#views.has(task.id)) : this.#finish(navigationId);
    } catch (error) {
      return this.#fail(navigationId, error, () => this.follow());
    }
  }

  /**
   * Goes to the item at a 0-based position, submitted or not; where this person has none there, to the next open one.
   * @param {number} position
   * @returns {Promise<void>}
   */
  async open(position) {
    const navigationId = this.#leave();
    this.#arrivedByQueue = false;
    const ready = this.#source.has(position);
    if (!ready) this.#on.waiting();
    const mark = this.#outbox.mark(); // what is sent while the server answers may be missing from its answer
    try {
      const task = await this.#source.at(position);
      if (task === null) return this.#finish(navigationId);
      const built = this.#views.has(task.id); // from an older answer
      const { item } = this.#viewOf(task, mark);
      this.#reviewing = item.draft.submitted;
      return this.#arrive(navigationId, task, ready || built);
    } catch (error) {
      if (statusOf(error) !== 404) return this.#fail(navigationId, error, () => this.open(position));
      if (navigationId !== this.#navigationId) return undefined;
      await this.follow(); // an old address, or another person's: there is no such position in this sequence
      return this.#on.notice(errorText(error));
    }
  }

  /**
   * Goes on after an item is done: to the next open one, or while looking through submitted ones simply to the next.
   */
  goOn() {
    const next = (this.here?.item.task.position ?? -1) + 1;
    return this.#reviewing && next < this.#source.total ? this.open(next) : this.follow();
  }

  /** Builds the next items with their pictures while this one is being labelled. */
  async preload() {
    if (this.here === null) return;
    const from = this.here.item.task.position;
    try {
      for (let position = from + 1; position <= Math.min(from + PRELOADED, this.#source.total - 1); position += 1) {
        const task = await this.#source.at(position);
        if (task === null) return; // others hold what is left, or the last submission is still on its way
        if (this.#views.has(task.id)) continue;
        const { steps, item } = this.#viewOf(task);
        steps.draw(item);
      }
    } catch {
      // offline: the next label tries again
    }
  }

  /**
   * Compares the current item with the server's state: another tab or device may have worked on it, or others have
   * taken it over.
   */
  async revalidate() {
    if (this.here === null) return;
    const { item } = this.here;
    const mark = this.#outbox.mark();
    try {
      const task = await this.#source.refetch(item.task.position);
      if (task?.id !== item.id) return;
      const changed = item.refresh(task, this.#outbox.since(mark, item.id));
      if (!changed || item !== this.here?.item) return;
      if (!item.takenOverUntouched || !this.#arrivedByQueue) return this.#on.changed();
      await this.follow();
      this.#on.lost(item.task.position);
    } catch {
      // offline: the outbox says so
    }
  }

  /**
   * Applies a change of another tab of the same person.
   * @param {LabelEvent} event
   */
  receive(event) {
    const view = this.#views.get(event.task);
    if (!view) return;
    view.item.receive(event);
    if (view === this.here) this.#on.changed();
  }

  /**
   * Returns to what the server holds after a change was refused; goes on to the next item where this one was deleted.
   * @param {LabelEvent} event
   * @param {boolean} [gone] its task is not there any more
   */
  refuse(event, gone = false) {
    const view = this.#views.get(event.task);
    if (!view) return;
    if (gone) {
      this.#forgetPositions(event.task);
      if (view === this.here) this.follow();
    } else if (view === this.here) this.revalidate();
    else {
      this.#views.delete(event.task);
      this.#source.invalidate(view.item.task.position);
    }
  }

  /**
   * Drops what is known of positions: those behind a deleted task have moved up.
   * @param {string} deleted its id
   */
  #forgetPositions(deleted) {
    this.#views.delete(deleted);
    for (const [id, view] of this.#views) {
      if (view === this.here) continue;
      this.#closedDrafts.set(id, view.item.draft);
      this.#views.delete(id);
    }
    this.#source.forget();
  }

  /**
   * Returns the tasks that are reserved for this person and that nothing was said of, and forgets that they are
   * reserved: what is shown or kept ready of them is asked for anew.
   */
  takeUntouched() {
    const found = [];
    for (const [id, { item }] of this.#views) {
      const isReserved = item.task.held_seconds !== null && item.task.held_seconds !== undefined;
      if (!isReserved || !item.isUntouched || item.task.returned || this.#outbox.pending(id).length > 0) continue;
      found.push(id);
      this.#source.invalidate(item.task.position);
      if (item !== this.here?.item) this.#views.delete(id);
    }
    return found;
  }

  /**
   * Waits until the outbox is empty, or for a while.
   * @returns {Promise<void>}
   */
  sent() {
    /** @type {Promise<void>} */
    const timeout = new Promise((resolve) => setTimeout(resolve, SEND_TIMEOUT));
    return Promise.race([this.#outbox.flush(), timeout]);
  }

  #leave() {
    this.here?.clock.pause();
    this.here?.save();
    this.#navigationId += 1;
    return this.#navigationId;
  }

  /**
   * @param {number} navigationId
   * @param {LabelTask} task
   * @param {boolean} check compares it with the server's state
   */
  #arrive(navigationId, task, check) {
    if (navigationId !== this.#navigationId) return;
    const before = this.here;
    this.here = this.#viewOf(task);
    this.#on.arrived();
    if (before) this.here.problem.copyViewFrom(before.problem);
    if (this.#quizPassed === false && task.quiz_passed) this.#on.notice(PASSED);
    if (this.#quizPassed !== true) this.#quizPassed = task.quiz_passed; // an item of before was answered before
    if (check) this.revalidate();
    this.preload();
  }

  /**
   * Drops the views of items left long ago; they come back from the server, undo and seconds from the session's memory.
   */
  #tidy() {
    // perhaps offline: nothing that is here is given up
    if (this.here === null || this.#outbox.state.waiting > 0) return;
    const { position } = this.here.item.task;
    for (const [id, { item }] of this.#views) {
      if (this.#views.size <= KEPT_VIEWS) return;
      if (Math.abs(item.task.position - position) <= PRELOADED) continue;
      this.#closedDrafts.set(id, item.draft);
      this.#views.delete(id);
      this.#source.invalidate(item.task.position);
    }
  }

  /**
   * @param {number} navigationId
   * @param {unknown} error
   * @param {() => void} retry
   */
  #fail(navigationId, error, retry) {
    if (navigationId === this.#navigationId) this.#on.failed(error, retry);
  }

  /** @param {number} navigationId */
  #finish(navigationId) {
    if (navigationId !== this.#navigationId) return;
    this.here = null;
    this.#on.finished(this.#summary());
  }

  /**
   * @param {LabelTask} task
   * @param {Mark | null} [mark] taken before the task was asked for
   */
  #viewOf(task, mark = null) {
    let made = this.#views.get(task.id);
    if (!made) {
      const events = mark === null ? this.#outbox.pending(task.id) : this.#outbox.since(mark, task.id);
      made = new ItemView(task, { outbox: this.#outbox, events, memory: this.#memory, on: this.#on });
      this.#views.set(task.id, made);
      this.#closedDrafts.delete(task.id);
    }
    return made;
  }

  /**
   * Returns what this device knows of a task: a view built before is newer than a remembered answer.
   * @param {LabelTask} task
   */
  #taskDraft(task) {
    return this.#views.get(task.id)?.item.draft ?? applyEvents(task, this.#outbox.pending(task.id));
  }

  /**
   * Returns the task, unless it is submitted or others have taken it over; null for null.
   * @param {LabelTask | null} task
   */
  #open(task) {
    return task !== null && !task.taken_over && !this.#taskDraft(task).submitted ? task : null;
  }

  /**
   * Looks through the queue itself: while submissions wait in the outbox, the server does not know the next open task.
   * @param {number} from
   */
  async #search(from) {
    if (this.#outbox.state.waiting === 0) return null;
    const { total } = this.#source;
    for (let by = 1; by <= total; by += 1) {
      const task = this.#open(await this.#source.at((from + by) % total));
      if (task) return task;
    }
    return null;
  }

  /**
   * Returns what was done in this tab.
   * @returns {TabSummary}
   */
  #summary() {
    /** @type {Record<Label, number>} */
    const counts = { 1: 0, 0: 0, [-1]: 0 };
    const { waiting } = this.#outbox.state;
    // who failed is not told that nothing is left, but why they get nothing
    const endedWithQuiz = this.#quizPassed === false && waiting === 0;
    const summary = { waiting, steps: 0, labels: counts, skipped: 0, flagged: 0, endedWithQuiz };
    const built = [...this.#views.values()].map(({ item }) => item.draft);
    for (const { labels, submitted, skipReason, flagged } of [...this.#closedDrafts.values(), ...built]) {
      summary.flagged += flagged ? 1 : 0;
      if (skipReason !== null) summary.skipped += 1;
      else if (submitted) for (const label of labels) if (label !== null) counts[label] += 1;
    }
    summary.steps = counts[1] + counts[0] + counts[-1];
    return summary;
  }
}
