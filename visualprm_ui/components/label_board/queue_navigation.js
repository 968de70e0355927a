// The way through a queue: which item comes next, what is kept ready, what is asked of the server again. Draws nothing; says where it
// arrived through `on`. An answer that comes after the person has moved on is dropped.

import { applyEvents } from "./draft.js";
import { ItemView } from "./item_view.js";

const PRELOADED = 2; // items kept ready
const KEPT_VIEWS = 12; // items whose nodes are kept; one of nine steps has about 1,250
const SEND_TIMEOUT = 4_000; // milliseconds the end of a queue waits for the outbox before it says what is unsent

export class QueueNavigation {
  #source;
  #outbox;
  #memory;
  #on;
  #views = new Map(); // task id -> Workplace
  #closedDrafts = new Map(); // task id -> draft of items whose Workplace was taken down
  #navigationId = 0; // counts moves
  #reviewing = false; // came back to a submitted item: Enter goes on one by one
  #arrivedByQueue = false; // the way came to the item in hand; nobody asked for this very one

  /** `source`: a TaskSource; `on`: waiting(), arrived(), finished(summary), failed(error, retry), absent(why), lost(position), changed(), and StepsPane's choose, goto. */
  constructor({ source, outbox, memory, on }) {
    this.#source = source;
    this.#outbox = outbox;
    this.#memory = memory;
    this.#on = on;
    this.here = null; // the Workplace in hand, or null at the end of the queue
    outbox.on("change", () => this.#tidy());
  }

  /** Goes to the next item that is not submitted, the one after this where possible; without one the queue is finished. */
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

  /** Goes to the item at a 0-based position, submitted or not; where this person has none there, to the next open one. */
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
      if (error.status !== 404) return this.#fail(navigationId, error, () => this.open(position));
      if (navigationId !== this.#navigationId) return undefined;
      await this.follow(); // an old address, or another person's: that place is not on this way
      return this.#on.absent(error.message);
    }
  }

  /** After an item is done: the next open one, or while looking through submitted ones simply the next. */
  goOn() {
    const next = this.here.item.task.position + 1;
    return this.#reviewing && next < this.#source.total ? this.open(next) : this.follow();
  }

  /** Builds the next items with their pictures while this one is being labelled. */
  async preload() {
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
      // away: the next label tries again
    }
  }

  /** Compares the item in hand with the server's state: another tab or device may have worked on it, or others have taken it over. */
  async revalidate() {
    if (this.here === null) return;
    const { item } = this.here;
    const mark = this.#outbox.mark();
    try {
      const task = await this.#source.refetch(item.task.position);
      const changed = task?.id === item.id && item.refresh(task, this.#outbox.since(mark, item.id));
      if (!changed || item !== this.here?.item) return;
      if (!item.takenOverUntouched || !this.#arrivedByQueue) return this.#on.changed();
      await this.follow();
      this.#on.lost(item.task.position);
    } catch {
      // away: the outbox says so
    }
  }

  /** Another tab of the same person changed something. */
  receive(event) {
    const view = this.#views.get(event.task);
    if (!view) return;
    view.item.receive(event);
    if (view === this.here) this.#on.changed();
  }

  /** A change was not accepted: what the server holds counts. */
  refuse(event) {
    const view = this.#views.get(event.task);
    if (!view) return;
    if (view === this.here) this.revalidate();
    else {
      this.#views.delete(event.task);
      this.#source.invalidate(view.item.task.position);
    }
  }

  /** Waits until the outbox is empty, or for a while. */
  sent() {
    return Promise.race([this.#outbox.flush(), new Promise((resolve) => setTimeout(resolve, SEND_TIMEOUT))]);
  }

  #leave() {
    this.here?.clock.pause();
    this.here?.save();
    return ++this.#navigationId;
  }

  #arrive(navigationId, task, check) {
    if (navigationId !== this.#navigationId) return;
    const before = this.here;
    this.here = this.#viewOf(task);
    this.#on.arrived();
    if (before) this.here.problem.copyViewFrom(before.problem);
    if (check) this.revalidate();
    this.preload();
  }

  /** Takes down what was built for items left long ago; they come back from the server, undo and seconds from the tab's memory. */
  #tidy() {
    if (this.here === null || this.#outbox.state.waiting > 0) return; // perhaps offline: nothing that is here is given up
    const { position } = this.here.item.task;
    for (const [id, { item }] of this.#views) {
      if (this.#views.size <= KEPT_VIEWS) return;
      if (Math.abs(item.task.position - position) <= PRELOADED) continue;
      this.#closedDrafts.set(id, item.draft);
      this.#views.delete(id);
      this.#source.invalidate(item.task.position);
    }
  }

  #fail(navigationId, error, retry) {
    if (navigationId === this.#navigationId) this.#on.failed(error, retry);
  }

  #finish(navigationId) {
    if (navigationId !== this.#navigationId) return;
    this.here = null;
    this.#on.finished(this.#summary());
  }

  #viewOf(task, mark = null) {
    let made = this.#views.get(task.id);
    if (!made) {
      const emit = (change, about) => this.#outbox.add(change, about);
      const events = mark === null ? this.#outbox.pending(task.id) : this.#outbox.since(mark, task.id);
      made = new ItemView(task, { emit, events, memory: this.#memory, on: this.#on });
      this.#views.set(task.id, made);
      this.#closedDrafts.delete(task.id);
    }
    return made;
  }

  /** What this device knows of a task: the one built before is newer than a remembered answer. */
  #taskDraft(task) {
    return this.#views.get(task.id)?.item.draft ?? applyEvents(task, this.#outbox.pending(task.id));
  }

  /** The task, unless it is submitted or others have taken it over; null for null. */
  #open(task) {
    return task !== null && !task.taken_over && !this.#taskDraft(task).submitted ? task : null;
  }

  /** While submissions wait in the outbox, the server does not know the next one: look through the queue ourselves. */
  async #search(from) {
    if (this.#outbox.state.waiting === 0) return null;
    const { total } = this.#source;
    for (let by = 1; by <= total; by += 1) {
      const task = this.#open(await this.#source.at((from + by) % total));
      if (task) return task;
    }
    return null;
  }

  /** What was done in this tab. */
  #summary() {
    const summary = {
      waiting: this.#outbox.state.waiting,
      steps: 0,
      labels: { 1: 0, 0: 0, "-1": 0 },
      skipped: 0,
      flagged: 0,
    };
    const built = [...this.#views.values()].map(({ item }) => item.draft);
    for (const { labels, submitted, skipReason, flagged } of [...this.#closedDrafts.values(), ...built]) {
      summary.flagged += flagged ? 1 : 0;
      if (skipReason !== null) summary.skipped += 1;
      else if (submitted) for (const label of labels) summary.labels[label] += 1;
    }
    summary.steps = summary.labels[1] + summary.labels[0] + summary.labels[-1];
    return summary;
  }
}
