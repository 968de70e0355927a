// The board in action: which item is in hand, what each command does to it, when it is drawn. Labels are painted first and sent by the
// outbox; nothing here waits for the server between a key press and its paint.

import { el, place, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { call } from "../../assets/rest.js";
import { dialogIsOpen, helpDialog, skipDialog } from "./dialogs.js";
import { Foot, Toast } from "./foot.js";
import { overlaid } from "./item.js";
import { command } from "./keys.js";
import { failedPlace, finishedPlace, loadingPlace } from "./places.js";
import { StepsPane } from "./steps_pane.js";
import { SubBar } from "./sub_bar.js";
import { TaskSource } from "./task_source.js";
import { agreementWords, LABEL_WORDS, openWords, refusalWords, undoWords } from "./words.js";
import { Workplace } from "./workplace.js";

const AFTER_KEY = "vp-reveal-after-submit";
const SEND_PATIENCE = 4_000; // milliseconds the end of a queue waits for the outbox before it says what is unsent

export class Board {
  #outbox;
  #memory;
  #preferences;
  #source;
  #places = new Map(); // task id -> Workplace
  #here = null; // the Workplace in hand, or null at the end of the queue
  #turn = 0; // counts item changes; an answer that comes after another one is dropped
  #reviewing = false; // came back to a submitted item: Enter goes on one by one
  #after = false; // reveal after submit
  #bar;
  #foot;
  #toast = new Toast();
  #live = el("div", { class: "vp-hidden", role: "status" });
  #refusals = el("div", { class: "vp-lb-refusals" });
  #left = el("section", { class: "vp-lb-left", "aria-label": "Problem" });
  #hint = el("span", { class: "vp-lb-hint" });
  #list = el("div", { class: "vp-lb-list" });
  #main;
  #other = el("div", { class: "vp-lb-other", hidden: true });
  #leaving = new AbortController();

  /** `outbox`: an Outbox; `memory`: a TabMemory; `preferences`: a Storage or null. */
  constructor({ queue, annotator, outbox, memory, preferences }) {
    this.annotator = annotator;
    this.#outbox = outbox;
    this.#memory = memory;
    this.#preferences = preferences;
    this.#source = new TaskSource(queue, call);
    this.#after = this.#preference() === "1";
    const run = (name) => () => this.#run(name);
    this.#bar = new SubBar({ previousItem: run("previousItem"), nextItem: run("nextItem"), reveal: run("reveal"), help: run("help"), toggleAfter: () => this.#toggleAfter() });
    this.#foot = new Foot({
      undo: run("undo"), flag: run("flag"), skip: run("skip"), submit: run("submit"), previous: run("previous"), next: run("next"),
      note: (text) => this.#note(text), choose: (value) => this.#label(value),
    });
    const right = el("section", { class: "vp-lb-right", "aria-label": "Steps" },
      el("div", { class: "vp-lb-head" }, el("h2", { text: "Is each step right?" }), this.#hint), this.#list, this.#toast.node, this.#foot.node);
    this.#main = el("div", { class: "vp-lb-main" }, this.#left, right);
    this.node = el("div", { class: "vp-lb-board" }, this.#bar.node, this.#refusals, this.#main, this.#other, this.#live);
    this.#letGoOfMouse();
    this.#listen();
  }

  /** Opens the item that the address names, else the first one that is not submitted. */
  async start() {
    const item = Number(new URLSearchParams(location.search).get("item"));
    this.#drawSave();
    this.#drawRefusals();
    this.#outbox.flush();
    if (Number.isInteger(item) && item > 0) await this.#open(item - 1, { reviewing: true });
    else await this.#follow();
  }

  /** Ends the board: no listener, timer or request of it goes on. What is unsent stays in the outbox's storage. */
  close() {
    this.#foot.commitNote();
    this.#here?.keep();
    this.#leaving.abort();
    this.#outbox.flushOnLeave();
    this.#outbox.close();
  }

  get #item() {
    return this.#here?.item ?? null;
  }

  // ------------------------------------------------------------------ commands

  #run(name) {
    const item = this.#item;
    const byName = {
      correct: () => this.#label(1), neutral: () => this.#label(0), wrong: () => this.#label(-1), clear: () => this.#label(null),
      next: () => this.#move(1), previous: () => this.#move(-1), submit: () => this.#submit(), undo: () => this.#undo(),
      skip: () => this.#ask(skipDialog((reason) => this.#skip(reason))), flag: () => this.#flag(), note: () => this.#foot.focusNote(),
      reveal: () => this.#reveal(), previousItem: () => this.#turnTo(-1), nextItem: () => this.#turnTo(1),
      zoomIn: () => this.#here.problem.zoom?.in(), zoomOut: () => this.#here.problem.zoom?.out(), fit: () => this.#here.problem.zoom?.fit(),
      help: () => this.#ask(helpDialog()),
    };
    if (item === null && name !== "help") {
      if (name === "previousItem" && this.#source.total > 0) this.#open(this.#source.total - 1, { reviewing: true });
      return;
    }
    byName[name]();
  }

  #label(value, step = this.#item.current) {
    const item = this.#item;
    item.goto(step);
    const changed = item.label(value, step);
    if (value !== null) item.advance(step);
    this.#draw(true);
    if (changed) this.#say(`Step ${step + 1}: ${LABEL_WORDS.get(value) ?? "no label"}. Now step ${item.current + 1}.`);
    this.#preload();
  }

  #move(by) {
    this.#item.move(by);
    this.#draw(true);
    this.#sayStep();
  }

  #goto(step) {
    if (this.#item.current === step) return;
    this.#item.goto(step);
    this.#draw();
  }

  #flag() {
    this.#item.flag();
    this.#draw();
    this.#toast.say(this.#item.draft.flagged ? "Flagged" : "Flag removed");
  }

  #note(text) {
    if (this.#item?.note(text)) this.#draw();
  }

  #undo() {
    this.#foot.commitNote();
    const wasDone = this.#item.draft.submitted;
    const undone = this.#item.undo();
    if (wasDone && undone) this.#source.countDone(-1);
    this.#draw(true);
    this.#toast.say(undone ? undoWords(undone) : "Nothing to undo in this item. [ goes back to the one before.");
  }

  #skip(reason) {
    this.#foot.commitNote();
    const { item, clock } = this.#here;
    if (!item.draft.submitted) this.#source.countDone(1);
    item.skip(reason, clock.seconds);
    clock.reset();
    this.#toast.say("Item skipped. [ goes back to it.");
    this.#follow();
  }

  #submit() {
    const { item, clock } = this.#here;
    this.#foot.commitNote();
    if (item.draft.submitted && !item.changed) return this.#goOn();
    if (!item.complete) {
      item.goto(item.open[0] ?? 0);
      this.#draw(true);
      this.#toast.say(item.total === 0 ? "There are no steps to label. Press S to skip this item." : openWords(item.open));
      return undefined;
    }
    const wasDone = item.draft.submitted;
    item.submit(clock.seconds);
    clock.reset();
    if (!wasDone) this.#source.countDone(1);
    this.#say("Submitted.");
    if (this.#after && item.reveal === null) return this.#reveal();
    return this.#goOn();
  }

  #goOn() {
    const position = this.#item.task.position;
    if (this.#reviewing && position + 1 < this.#source.total) return this.#open(position + 1, { reviewing: true });
    return this.#follow();
  }

  #turnTo(by) {
    const position = this.#item.task.position + by;
    if (position < 0 || position >= this.#source.total) return this.#toast.say(by < 0 ? "This is the first item" : "This is the last item");
    this.#foot.commitNote();
    return this.#open(position, { reviewing: true });
  }

  async #reveal() {
    const { item } = this.#here;
    if (!item.draft.submitted && !item.draft.revealed) return this.#toast.say("Blind: submit your labels first, then the scores can be shown");
    if (item.reveal) return undefined;
    this.#draw();
    await this.#sent();
    try {
      item.reveal = await call(`api/tasks/${encodeURIComponent(item.id)}/reveal`);
    } catch (error) {
      return this.#toast.say(error.message, 5000);
    }
    if (this.#item !== item) return undefined;
    this.#draw();
    return this.#say(this.#hint.textContent);
  }

  #ask(dialog) {
    this.node.append(dialog);
    dialog.addEventListener("close", () => dialog.remove());
    dialog.showModal();
  }

  #toggleAfter() {
    this.#after = !this.#after;
    try {
      this.#preferences?.setItem(AFTER_KEY, this.#after ? "1" : "0");
    } catch {
      // not remembered, but obeyed while the page is open
    }
    this.#draw();
  }

  #preference() {
    try {
      return this.#preferences?.getItem(AFTER_KEY);
    } catch {
      return null;
    }
  }

  // ------------------------------------------------------------------ from item to item

  /** Goes to the next item that is not submitted, the one after this where possible; without one the queue is finished. */
  async #follow() {
    const turn = this.#leave();
    const from = this.#item?.task.position ?? -1;
    this.#reviewing = false;
    try {
      const near = this.#source.has(from + 1) ? this.#fresh(await this.#source.at(from + 1)) : null;
      if (near) return this.#enter(turn, near, true);
      this.#showOther(turn, loadingPlace());
      await this.#sent();
      const task = this.#fresh(await this.#source.next()) ?? (await this.#search(from));
      return task ? this.#enter(turn, task, false) : this.#finish(turn);
    } catch (error) {
      return this.#fail(turn, error, () => this.#follow());
    }
  }

  /** The task, unless it is submitted in what this device knows. */
  #fresh(task) {
    return task !== null && !this.#draftOf(task).submitted ? task : null;
  }

  /** What this device knows of a task: the one in hand is newer than a remembered answer. */
  #draftOf(task) {
    return this.#places.get(task.id)?.item.draft ?? overlaid(task, this.#outbox.pending(task.id));
  }

  /** While submissions wait in the outbox, the server does not know the next one: look through the queue ourselves. */
  async #search(from) {
    if (this.#outbox.state.waiting === 0) return null;
    const { total } = this.#source;
    for (let by = 1; by <= total; by += 1) {
      const task = this.#fresh(await this.#source.at((from + by) % total));
      if (task) return task;
    }
    return null;
  }

  async #open(position, { reviewing }) {
    const turn = this.#leave();
    const ready = this.#source.has(position);
    if (!ready) this.#showOther(turn, loadingPlace());
    try {
      const task = await this.#source.at(position);
      this.#reviewing = reviewing && this.#draftOf(task).submitted;
      return this.#enter(turn, task, ready);
    } catch (error) {
      return this.#fail(turn, error, () => this.#open(position, { reviewing }));
    }
  }

  #leave() {
    this.#here?.clock.pause();
    this.#here?.keep();
    return ++this.#turn;
  }

  #enter(turn, task, check) {
    if (turn !== this.#turn) return;
    this.#here = this.#workplace(task);
    const { item, clock, problem, steps } = this.#here;
    place(this.#left, [problem.node]);
    place(this.#list, [steps.node]);
    show(this.#main, true);
    show(this.#other, false);
    this.#address(task.position + 1);
    if (!document.hidden) clock.run();
    this.#list.scrollTop = 0;
    this.#draw(true);
    this.#sayItem();
    if (check) this.#revalidate();
    if (item.draft.revealed && item.reveal === null) this.#reveal();
    this.#preload();
  }

  #workplace(task) {
    let made = this.#places.get(task.id);
    if (!made) {
      made = new Workplace(task, {
        emit: (change, about) => this.#outbox.add(change, about), events: this.#outbox.pending(task.id), memory: this.#memory,
        on: { choose: (step, value) => this.#label(value, step), goto: (step) => this.#goto(step) },
      });
      this.#places.set(task.id, made);
    }
    return made;
  }

  /** Builds the next item with its picture while this one is being labelled. */
  async #preload() {
    const position = this.#item.task.position + 1;
    if (position >= this.#source.total || this.#source.has(position)) return;
    try {
      const task = await this.#source.at(position);
      this.#workplace(task).steps.draw(this.#workplace(task).item);
      this.#bar.drawPlace(this.#source, this.#item);
    } catch {
      // the next label tries again
    }
  }

  /** Compares the item in hand with the server's state: another tab or device may have worked on it. */
  async #revalidate() {
    const { item } = this.#here;
    const mark = this.#outbox.mark();
    try {
      const task = await this.#source.again(item.task.position);
      if (task.id === item.id && item.refresh(task, this.#outbox.since(mark, item.id)) && item === this.#item) this.#draw();
    } catch {
      // away: the outbox says so
    }
  }

  #finish(turn) {
    if (turn !== this.#turn) return;
    const summary = this.#summary();
    this.#here = null;
    this.#showOther(turn, finishedPlace(this.#source, summary, (position) => this.#open(position, { reviewing: true })));
    this.#bar.drawPlace(this.#source, null);
    this.#address(null);
    this.#other.querySelector("h1")?.focus({ preventScroll: true });
  }

  #summary() {
    const summary = { waiting: this.#outbox.state.waiting, steps: 0, labels: { 1: 0, 0: 0, "-1": 0 }, skipped: 0, flagged: 0 };
    for (const { item } of this.#places.values()) {
      const { labels, submitted, skipReason, flagged } = item.draft;
      summary.flagged += flagged ? 1 : 0;
      if (skipReason !== null) summary.skipped += 1;
      else if (submitted) for (const label of labels) summary.labels[label] += 1;
    }
    summary.steps = summary.labels[1] + summary.labels[0] + summary.labels[-1];
    return summary;
  }

  #fail(turn, error, retry) {
    this.#showOther(turn, failedPlace(error.message, retry));
  }

  #showOther(turn, node) {
    if (turn !== this.#turn) return;
    show(this.#main, false);
    place(this.#other, [node]);
    show(this.#other, true);
  }

  #address(item) {
    const url = new URL(location.href);
    url.searchParams.set("queue", this.#source.queue);
    if (item === null) url.searchParams.delete("item");
    else url.searchParams.set("item", item);
    history.replaceState(history.state, "", url);
  }

  /** Waits until the outbox is empty, or for a while. */
  #sent() {
    return Promise.race([this.#outbox.flush(), new Promise((resolve) => setTimeout(resolve, SEND_PATIENCE))]);
  }

  // ------------------------------------------------------------------ drawing and telling

  #draw(moved = false) {
    const item = this.#item;
    if (item === null) return;
    this.#here.steps.draw(item, moved);
    this.#foot.draw(item);
    this.#bar.drawPlace(this.#source, item);
    this.#bar.drawBlind(item, this.#after);
    const words = this.#hintWords(item);
    if (this.#hint.textContent !== words) this.#hint.textContent = words;
  }

  #hintWords(item) {
    if (item.reveal) {
      if ((item.reveal.scores ?? []).every((score) => score === null)) return "No reward model has scored this solution.";
      const agrees = agreementWords(StepsPane.marks(item));
      return `${item.reveal.reward_model}${agrees ? ` ${agrees}` : " has scored this solution"} (a score of 0.5 or more counts as correct).`;
    }
    if (item.draft.skipReason !== null) return "You skipped this item. Label it to take it up again.";
    if (item.draft.submitted) return "Submitted. You can still change labels and submit again.";
    return "Judge every step on its own, given the image and the steps before it.";
  }

  #drawSave() {
    this.#bar.drawSave(this.#outbox.state);
  }

  #drawRefusals() {
    place(this.#refusals, this.#outbox.refused().map((refusal) => el("div", { class: "vp-banner vp-banner-bad", role: "alert" }, icon("warning"),
      el("span", { text: refusalWords(refusal) }),
      refusal.about?.position === undefined ? null : el("button", { type: "button", class: "vp-btn", text: "Show item", onclick: () => this.#open(refusal.about.position, { reviewing: true }) }),
      el("button", { type: "button", class: "vp-btn", text: "Dismiss", onclick: () => this.#outbox.dismiss(refusal.event.uuid) }))));
  }

  #say(text) {
    this.#live.textContent = text;
  }

  #sayStep() {
    const { item } = this.#here;
    this.#say(`Step ${item.current + 1} of ${item.total}, ${LABEL_WORDS.get(item.draft.labels[item.current]) ?? "not labelled"}`);
  }

  #sayItem() {
    const { item } = this.#here;
    this.#say(`Item ${item.task.position + 1} of ${this.#source.total}, ${item.labelled} of ${item.total} steps labelled`);
  }

  // ------------------------------------------------------------------ listening

  #listen() {
    const signal = this.#leaving.signal;
    document.addEventListener("keydown", (event) => this.#key(event), { signal });
    document.addEventListener("visibilitychange", () => this.#visible(), { signal });
    window.addEventListener("pageshow", (event) => event.persisted && this.#visible(), { signal });
    window.addEventListener("pagehide", () => this.#hide(), { signal });
    window.addEventListener("online", () => this.#outbox.flush(), { signal });
    window.addEventListener("storage", (event) => event.storageArea === this.#preferences && this.#outbox.storageChanged(event), { signal });
    window.addEventListener("beforeunload", (event) => this.#outbox.state.volatile && event.preventDefault(), { signal });
    this.#outbox.on("change", () => this.#drawSave());
    this.#outbox.on("change", () => this.#refusals.childElementCount !== this.#outbox.state.refused && this.#drawRefusals());
    this.#outbox.on("event", (event) => this.#receive(event));
    this.#outbox.on("refused", ({ event }) => this.#refused(event));
  }

  #key(event) {
    if (!this.node.isConnected) return this.close();
    if (dialogIsOpen()) return undefined;
    const name = command(event);
    if (name === null) return undefined;
    event.preventDefault();
    return this.#run(name);
  }

  #visible() {
    if (document.hidden) return this.#hide();
    this.#here?.clock.run();
    this.#outbox.flush();
    if (this.#here) this.#revalidate();
    return undefined;
  }

  #hide() {
    this.#foot.commitNote();
    this.#here?.clock.pause();
    this.#here?.keep();
    this.#outbox.flushOnLeave();
  }

  /** Another tab of the same person changed something. */
  #receive(event) {
    const item = this.#places.get(event.task)?.item;
    if (!item) return;
    item.receive(event);
    if (item === this.#item) this.#draw();
  }

  /** A change was not accepted: show what the server holds instead. */
  #refused(event) {
    const place_ = this.#places.get(event.task);
    if (!place_) return;
    if (place_ === this.#here) this.#revalidate();
    else {
      this.#places.delete(event.task);
      this.#source.forget(place_.item.task.position);
    }
  }

  /** A mouse click leaves no focus on a button: the next Enter submits and does not press it again. */
  #letGoOfMouse() {
    this.node.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (event.detail > 0 && button && !dialogIsOpen() && document.activeElement === button) button.blur();
    });
  }
}
