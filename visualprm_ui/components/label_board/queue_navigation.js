// The way through a queue: which item comes next, what is kept ready, what is asked of the server again. Draws nothing; says where it
// arrived through `on`. An answer that comes after the person has moved on is dropped.

import { overlaid } from "./draft.js";
import { Workplace } from "./item_view.js";

const AHEAD = 2; // items kept ready
const BUILT = 12; // items whose nodes are kept; one of nine steps has about 1,250
const SEND_PATIENCE = 4_000; // milliseconds the end of a queue waits for the outbox before it says what is unsent

export class Journey {
  #source;
  #outbox;
  #memory;
  #on;
  #places = new Map(); // task id -> Workplace
  #left = new Map(); // task id -> draft of items whose Workplace was taken down
  #turn = 0; // counts moves
  #reviewing = false; // came back to a submitted item: Enter goes on one by one
  #led = false; // the way came to the item in hand; nobody asked for this very one

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
    const turn = this.#leave();
    this.#reviewing = false;
    this.#led = true;
    try {
      const near = this.#source.holds(from + 1) ? this.#open(await this.#source.at(from + 1)) : null;
      if (near) return this.#arrive(turn, near, true);
      if (turn === this.#turn) this.#on.waiting();
      await this.sent();
      const task = this.#open(await this.#source.next()) ?? (await this.#search(from));
      return task ? this.#arrive(turn, task, this.#places.has(task.id)) : this.#finish(turn);
    } catch (error) {
      return this.#fail(turn, error, () => this.follow());
    }
  }

  /** Goes to the item at a 0-based position, submitted or not; where this person has none there, to the next open one. */
  async open(position) {
    const turn = this.#leave();
    this.#led = false;
    const ready = this.#source.has(position);
    if (!ready) this.#on.waiting();
    const mark = this.#outbox.mark(); // what is sent while the server answers may be missing from its answer
    try {
      const task = await this.#source.at(position);
      if (task === null) return this.#finish(turn);
      const built = this.#places.has(task.id); // from an older answer
      const { item } = this.#workplace(task, mark);
      this.#reviewing = item.draft.submitted;
      return this.#arrive(turn, task, ready || built);
    } catch (error) {
      if (error.status !== 404) return this.#fail(turn, error, () => this.open(position));
      if (turn !== this.#turn) return undefined;
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
      for (let position = from + 1; position <= Math.min(from + AHEAD, this.#source.total - 1); position += 1) {
        const task = await this.#source.at(position);
        if (task === null) return; // others hold what is left, or the last submission is still on its way
        if (this.#places.has(task.id)) continue;
        const { steps, item } = this.#workplace(task);
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
      const task = await this.#source.again(item.task.position);
      const changed = task?.id === item.id && item.refresh(task, this.#outbox.since(mark, item.id));
      if (!changed || item !== this.here?.item) return;
      if (!item.gone || !this.#led) return this.#on.changed();
      await this.follow();
      this.#on.lost(item.task.position);
    } catch {
      // away: the outbox says so
    }
  }

  /** Another tab of the same person changed something. */
  receive(event) {
    const place = this.#places.get(event.task);
    if (!place) return;
    place.item.receive(event);
    if (place === this.here) this.#on.changed();
  }

  /** A change was not accepted: what the server holds counts. */
  refuse(event) {
    const place = this.#places.get(event.task);
    if (!place) return;
    if (place === this.here) this.revalidate();
    else {
      this.#places.delete(event.task);
      this.#source.forget(place.item.task.position);
    }
  }

  /** Waits until the outbox is empty, or for a while. */
  sent() {
    return Promise.race([this.#outbox.flush(), new Promise((resolve) => setTimeout(resolve, SEND_PATIENCE))]);
  }

  #leave() {
    this.here?.clock.pause();
    this.here?.keep();
    return ++this.#turn;
  }

  #arrive(turn, task, check) {
    if (turn !== this.#turn) return;
    const before = this.here;
    this.here = this.#workplace(task);
    this.#on.arrived();
    if (before) this.here.problem.takeOver(before.problem);
    if (check) this.revalidate();
    this.preload();
  }

  /** Takes down what was built for items left long ago; they come back from the server, undo and seconds from the tab's memory. */
  #tidy() {
    if (this.here === null || this.#outbox.state.waiting > 0) return; // perhaps offline: nothing that is here is given up
    const { position } = this.here.item.task;
    for (const [id, { item }] of this.#places) {
      if (this.#places.size <= BUILT) return;
      if (Math.abs(item.task.position - position) <= AHEAD) continue;
      this.#left.set(id, item.draft);
      this.#places.delete(id);
      this.#source.forget(item.task.position);
    }
  }

  #fail(turn, error, retry) {
    if (turn === this.#turn) this.#on.failed(error, retry);
  }

  #finish(turn) {
    if (turn !== this.#turn) return;
    this.here = null;
    this.#on.finished(this.#summary());
  }

  #workplace(task, mark = null) {
    let made = this.#places.get(task.id);
    if (!made) {
      const emit = (change, about) => this.#outbox.add(change, about);
      const events = mark === null ? this.#outbox.pending(task.id) : this.#outbox.since(mark, task.id);
      made = new Workplace(task, { emit, events, memory: this.#memory, on: this.#on });
      this.#places.set(task.id, made);
      this.#left.delete(task.id);
    }
    return made;
  }

  /** What this device knows of a task: the one built before is newer than a remembered answer. */
  #draftOf(task) {
    return this.#places.get(task.id)?.item.draft ?? overlaid(task, this.#outbox.pending(task.id));
  }

  /** The task, unless it is submitted or others have taken it over; null for null. */
  #open(task) {
    return task !== null && !task.taken_over && !this.#draftOf(task).submitted ? task : null;
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
    const built = [...this.#places.values()].map(({ item }) => item.draft);
    for (const { labels, submitted, skipReason, flagged } of [...this.#left.values(), ...built]) {
      summary.flagged += flagged ? 1 : 0;
      if (skipReason !== null) summary.skipped += 1;
      else if (submitted) for (const label of labels) summary.labels[label] += 1;
    }
    summary.steps = summary.labels[1] + summary.labels[0] + summary.labels[-1];
    return summary;
  }
}
