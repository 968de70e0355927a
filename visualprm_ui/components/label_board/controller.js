// The board in action: what each command does to the item in hand, and when what is drawn. Labels are painted first and sent by the
// outbox; nothing here waits for the server between a key press and its paint. The way through the queue is Journey's.

import { el, setAttr, setChildren, setText, show } from "../../assets/dom.js";
import { ERROR_TYPE_NAMES, ERROR_TYPES, LABEL_NAMES } from "../../assets/labels.js";
import { call } from "../../assets/rest.js";
import { ActionBar, Toast } from "./action_bar.js";
import { dialogIsOpen, helpDialog, skipDialog } from "./dialogs.js";
import { Guideline } from "./guideline.js";
import { command } from "./keys.js";
import { hintText, offlineMessage, takenOverMessage, undoMessage, unlabelledMessage } from "./messages.js";
import { PersistedToggle } from "./persisted_toggle.js";
import { blockedScreen, failureScreen, finishedScreen, loadingScreen, refusalBanner } from "./placeholder_screens.js";
import { QueueNavigation } from "./queue_navigation.js";
import { StatusBar } from "./status_bar.js";
import { StepsPane } from "./steps_pane.js";
import { TaskCache } from "./task_cache.js";

const AFTER_KEY = "vp-reveal-after-submit";

export class BoardController {
  #outbox;
  #preferences;
  #source;
  #navigation;
  #mayExport;
  #after; // a RememberedSwitch: reveal after submit
  #retry = null; // what failed, while its message is on screen
  #bar;
  #actionBar;
  #guideline = new Guideline();
  #toast = new Toast();
  #live = el("div", { class: "vp-hidden", role: "status" });
  #refusals = el("div", { class: "vp-lb-refusals" });
  #left = el("section", { class: "vp-lb-left", "aria-label": "Problem" });
  #hint = el("span", { class: "vp-lb-hint" });
  #list = el("div", { class: "vp-lb-list", tabindex: "0", role: "group", "aria-label": "Solution" });
  #main;
  #other = el("div", { class: "vp-lb-screens", hidden: true });
  #leaving = new AbortController();

  /** `outbox`: an Outbox; `memory`: a TabMemory; `preferences`: a Storage or null; `mayExport`: the end of the queue offers it. */
  constructor({ queue, outbox, memory, preferences, mayExport }) {
    this.#outbox = outbox;
    this.#mayExport = mayExport;
    this.#preferences = preferences;
    this.#source = new TaskCache(queue, call, () => outbox.state.waiting === 0);
    this.#after = new PersistedToggle(preferences, AFTER_KEY);
    this.#navigation = new QueueNavigation({
      source: this.#source,
      outbox,
      memory,
      on: {
        waiting: () => this.#showOther(loadingScreen()),
        arrived: () => this.#arrived(),
        finished: (summary) => this.#finished(summary),
        failed: (error, retry) => this.#failed(error, retry),
        changed: () => this.#draw(),
        absent: (why) => this.#retry ?? this.#toast.say(why, 5000),
        lost: (position) =>
          this.#toast.say(`Others have taken item ${position + 1} over: your time for it ran out.`, 6000),
        choose: (step, value) => this.#label(value, step),
        goto: (step) => this.#goto(step),
        errorType: (step, type) => this.#errorType(type, step),
        firstError: (step) => this.#firstError(step),
        write: (step, type, text) => this.#write(step, type, text),
        left: () => this.#draw(),
      },
    });
    const run = (name) => () => this.#run(name);
    this.#bar = new StatusBar({
      previousItem: run("previousItem"),
      nextItem: run("nextItem"),
      scores: run("scores"),
      help: run("help"),
      guideline: run("guideline"),
      toggleAfter: () => this.#toggleAfter(),
    });
    this.#actionBar = new ActionBar({
      undo: run("undo"),
      flag: run("flag"),
      skip: run("skip"),
      submit: run("submit"),
      previous: run("previous"),
      next: run("next"),
      note: (text) => this.#note(text),
      choose: (value) => this.#label(value),
    });
    const right = el(
      "section",
      { class: "vp-lb-right", "aria-label": "Steps" },
      el("div", { class: "vp-lb-head" }, el("h2", { text: "Is each step right?" }), this.#hint),
      this.#list,
      this.#toast.node,
      this.#actionBar.node,
    );
    this.#main = el("div", { class: "vp-lb-main", hidden: true }, this.#left, right);
    this.node = el(
      "div",
      { class: "vp-lb-board" },
      this.#bar.node,
      this.#refusals,
      this.#main,
      this.#other,
      this.#guideline.node,
      this.#live,
    );
    this.#listen();
  }

  /** Opens the item that the address names, else the first one that is not submitted. */
  async start() {
    const item = Number(new URLSearchParams(location.search).get("item"));
    this.#drawSave();
    this.#drawRefusals();
    this.#outbox.flush();
    await (Number.isInteger(item) && item > 0 ? this.#navigation.open(item - 1) : this.#navigation.follow());
  }

  /** Ends the board: no listener, timer or request of it goes on. What is unsent stays in the outbox's storage. */
  close() {
    this.#hide();
    this.#leaving.abort();
    this.#outbox.close();
  }

  get #here() {
    return this.#navigation.here;
  }

  get #item() {
    return this.#navigation.here?.item ?? null;
  }

  // ------------------------------------------------------------------ commands

  #run(name) {
    if (name === "help") return this.#ask(helpDialog(this.#item?.task.options));
    if (name === "guideline") return this.#guideline.toggle();
    if (this.#item === null || this.#main.hidden) {
      // at the end of the queue only the way back is left
      return name === "previousItem" && this.#source.total > 0
        ? this.#navigation.open(this.#source.total - 1)
        : undefined;
    }
    const zoom = this.#here.problem.zoom;
    return {
      correct: () => this.#label(1),
      neutral: () => this.#label(0),
      wrong: () => this.#label(-1),
      clear: () => this.#label(null),
      next: () => this.#move(1),
      previous: () => this.#move(-1),
      submit: () => this.#submit(),
      undo: () => this.#undo(),
      skip: () => this.#ask(skipDialog((reason) => this.#skip(reason))),
      flag: () => this.#flag(),
      note: () => this.#actionBar.focusNote(),
      stepNote: () => this.#openField("step_note"),
      correction: () => this.#openField("correction"),
      firstError: () => this.#firstError(),
      error1: () => this.#errorType(ERROR_TYPES[0]),
      error2: () => this.#errorType(ERROR_TYPES[1]),
      error3: () => this.#errorType(ERROR_TYPES[2]),
      error4: () => this.#errorType(ERROR_TYPES[3]),
      error5: () => this.#errorType(ERROR_TYPES[4]),
      scores: () => this.#scores(),
      reference: () => this.#here.problem.toggleReference() || this.#toast.say("This problem has no reference answer"),
      nextImage: () => this.#here.problem.nextImage(),
      previousItem: () => this.#turnTo(-1),
      nextItem: () => this.#turnTo(1),
      zoomIn: () => zoom?.in(),
      zoomOut: () => zoom?.out(),
      fit: () => zoom?.fit(),
    }[name]();
  }

  #label(value, step = this.#item.current) {
    const item = this.#item;
    const wasDone = item.draft.submitted;
    item.goto(step);
    const changed = item.setLabel(value, step);
    if (value !== null) item.advance(step);
    this.#reopened(wasDone);
    this.#draw(true);
    if (changed) this.#say(`Step ${step + 1}: ${LABEL_NAMES.get(value) ?? "no label"}. Now step ${item.current + 1}.`);
    this.#navigation.preload();
  }

  #move(by) {
    const item = this.#item;
    item.move(by);
    this.#draw(true);
    this.#say(
      `Step ${item.current + 1} of ${item.total}, ${LABEL_NAMES.get(item.draft.labels[item.current]) ?? "not labelled"}`,
    );
  }

  #goto(step) {
    if (this.#item === null || this.#item.current === step) return;
    this.#item.goto(step);
    this.#draw();
  }

  /** A change that needs no words: draws it, and counts a submitted item as open again. */
  #change(work) {
    const wasDone = this.#item.draft.submitted;
    const answer = work(this.#item);
    this.#reopened(wasDone);
    this.#draw();
    return answer;
  }

  /** What the questions about a wrong step are about when no row was touched. */
  get #asked() {
    return this.#item.asked ?? this.#item.current;
  }

  #errorType(type, step = this.#asked) {
    const item = this.#item;
    if (!item.task.options?.error_types) return;
    if (item.draft.labels[step] !== -1)
      return this.#toast.say("The type of error belongs to a wrong step: press 3 first");
    const chosen = this.#change(() => item.toggleErrorType(type, step));
    this.#say(chosen ? `Step ${step + 1}: ${ERROR_TYPE_NAMES[type]} error.` : `Step ${step + 1}: no type of error.`);
    if (chosen && step === item.current) {
      item.advance(step);
      this.#draw(true);
    }
  }

  #firstError(step = this.#asked) {
    if (!this.#item.task.options?.first_error) return;
    this.#change((item) => item.toggleFirstError(step));
    this.#say(`First error: ${this.#item.firstError === null ? "none" : `step ${this.#item.firstError + 1}`}.`);
  }

  #openField(type) {
    if (this.#item.task.options?.step_notes) this.#here.steps.write(this.#asked, type);
  }

  #write(step, type, text) {
    if (this.#item) this.#change((item) => item.setStepText(type, text, step));
  }

  /** Hands over what is being typed anywhere at the board. */
  #commit() {
    this.#actionBar.commitNote();
    this.#here?.steps.commit();
  }

  #flag() {
    this.#change((item) => item.toggleFlag());
    this.#toast.say(this.#item.draft.flagged ? "Flagged" : "Flag removed");
  }

  #note(text) {
    if (this.#item) this.#change((item) => item.setNote(text));
  }

  #undo() {
    this.#commit();
    const undone = this.#change((item) => item.undo());
    this.#draw(true);
    this.#toast.say(undone ? undoMessage(undone) : "Nothing to undo in this item. [ goes back to the one before.");
  }

  #skip(reason) {
    this.#commit();
    const { item, clock } = this.#here;
    if (!item.draft.submitted) this.#source.countDone(1);
    item.skip(reason, clock.seconds);
    this.#toast.say("Item skipped. [ goes back to it.");
    return this.#navigation.follow();
  }

  #submit() {
    this.#commit();
    const { item, clock } = this.#here;
    if (item.takenOverUntouched || (item.draft.submitted && !item.changed)) return this.#navigation.goOn();
    if (!item.isComplete) {
      item.goto(item.unlabelledSteps[0] ?? 0);
      this.#draw(true);
      return this.#toast.say(
        item.total === 0
          ? "There are no steps to label. Press S to skip this item."
          : unlabelledMessage(item.unlabelledSteps),
      );
    }
    if (!item.draft.submitted) this.#source.countDone(1);
    item.submit(clock.seconds);
    this.#say("Submitted.");
    return this.#after.on && item.reveal === null ? this.#reveal() : this.#navigation.goOn();
  }

  /** A change to a submitted item opens it again: the count of done items goes back. */
  #reopened(wasDone) {
    if (wasDone && !this.#item.draft.submitted) this.#source.countDone(-1);
  }

  #turnTo(by) {
    const position = this.#item.task.position + by;
    if (position < 0 || position >= this.#source.total)
      return this.#toast.say(by < 0 ? "This is the first item" : "This is the last item");
    this.#commit();
    return this.#navigation.open(position);
  }

  /** Shows the scores of a submitted item, or puts them out of sight. */
  #scores() {
    const item = this.#item;
    if (!item.canReveal) return this.#toast.say("Blind: submit your labels first, then the scores can be shown");
    if (item.reveal === null) return this.#reveal();
    item.scoresHidden = !item.scoresHidden;
    return this.#draw();
  }

  /** Fetch the scores; where nobody `asked`, that they are kept back needs no word. */
  async #reveal(asked = true) {
    const item = this.#item;
    this.#draw();
    await this.#navigation.sent(); // the server shows scores to those whose submission it has
    try {
      item.reveal = await call(`api/tasks/${encodeURIComponent(item.id)}/reveal`);
    } catch (error) {
      return asked || error.status !== 403 ? this.#toast.say(error.message, 5000) : undefined;
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
    this.#after.toggle();
    this.#draw();
  }

  // ------------------------------------------------------------------ drawing and telling

  #arrived() {
    const { item, clock, problem, steps } = this.#here;
    setChildren(this.#left, [problem.node]);
    setChildren(this.#list, [steps.node]);
    this.#actionBar.node.before(this.#toast.node);
    show(this.#main, true);
    show(this.#other, false);
    this.#address(item.task.position + 1);
    if (!document.hidden) clock.run();
    this.#list.scrollTop = 0;
    this.#draw(true);
    this.#say(
      `Item ${item.task.position + 1} of ${this.#source.total}, ${item.labelledCount} of ${item.total} steps labelled`,
    );
    if ((item.draft.revealed || item.task.options?.blind === false) && item.reveal === null) this.#reveal(false);
  }

  #finished(summary) {
    const { blocked } = this.#source;
    const review = this.#source.done > 0 ? () => this.#navigation.open(0) : null;
    this.#showOther(
      blocked
        ? blockedScreen(this.#source, blocked, () => this.#navigation.follow(), review)
        : finishedScreen(this.#source, summary, (position) => this.#navigation.open(position), this.#mayExport),
    );
    this.#address(null);
    const focused = document.activeElement; // whoever opened a menu meanwhile keeps it
    if (focused === document.body || this.node.contains(focused))
      this.#other.querySelector("h1").focus({ preventScroll: true });
  }

  #failed(error, retry) {
    const away = error.status === 0;
    this.#showOther(failureScreen(away ? { message: offlineMessage(this.#outbox.state) } : error, retry));
    this.#retry = retry;
    if (away) window.dispatchEvent(new Event("vp-offline")); // the app bar looks out for the server
  }

  #showOther(node) {
    this.#retry = null;
    show(this.#main, false);
    setChildren(this.#other, [node, this.#toast.node]);
    show(this.#other, true);
    this.#bar.drawPosition(this.#source, null);
  }

  #draw(moved = false) {
    const item = this.#item;
    if (item === null || this.#main.hidden) return;
    this.#here.steps.draw(item, moved);
    this.#actionBar.draw(item);
    this.#bar.drawPosition(this.#source, item);
    this.#bar.drawBlinding(item, this.#after.on);
    const words = hintText(item, StepsPane.marks(item));
    setText(this.#hint, words);
    setAttr(this.#hint, "data-urgent", Boolean(item.task.returned || item.task.taken_over) && !item.draft.submitted);
    setAttr(this.#hint, "data-plain", !item.reveal && !item.draft.submitted); // what everybody knows may give way on a phone
  }

  #drawSave() {
    this.#bar.drawSave(this.#outbox.state);
  }

  #drawRefusals() {
    setChildren(
      this.#refusals,
      this.#outbox.refused().map((refusal) =>
        refusalBanner(
          refusal,
          (position) => this.#navigation.open(position),
          () => this.#outbox.dismiss(refusal.event.uuid),
        ),
      ),
    );
  }

  #say(text) {
    this.#live.textContent = text;
  }

  /** Puts queue and item into the page's address, so that a reload comes back here. */
  #address(item) {
    const url = new URL(location.href);
    url.searchParams.set("queue", this.#source.queue);
    if (item === null) url.searchParams.delete("item");
    else url.searchParams.set("item", item);
    history.replaceState(history.state, "", url);
  }

  // ------------------------------------------------------------------ listening

  #listen() {
    const { signal } = this.#leaving;
    document.addEventListener("keydown", (event) => this.#key(event), { signal });
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#hide() : this.#back()), { signal });
    window.addEventListener("pageshow", (event) => event.persisted && this.#back(), { signal });
    window.addEventListener("pagehide", () => this.#hide(), { signal });
    for (const back of ["online", "vp-online"]) window.addEventListener(back, () => this.#online(), { signal });
    window.addEventListener(
      "storage",
      (event) => event.storageArea === this.#preferences && this.#outbox.storageChanged(event),
      { signal },
    );
    window.addEventListener("beforeunload", (event) => this.#outbox.state.volatile && event.preventDefault(), {
      signal,
    });
    // A mouse click leaves no focus on a button: the next Enter submits and does not press the button again.
    this.node.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (event.detail > 0 && button && !dialogIsOpen() && document.activeElement === button) button.blur();
    });
    this.#outbox.on("change", () => this.#drawSave());
    this.#outbox.on(
      "change",
      () => this.#refusals.childElementCount !== this.#outbox.state.refused && this.#drawRefusals(),
    );
    this.#outbox.on("event", (event) => this.#navigation.receive(event));
    this.#outbox.on("late", (abouts) =>
      this.#toast.say(takenOverMessage(abouts.map(({ position }) => position)), 6000),
    );
    this.#outbox.on("refused", ({ event }) => this.#navigation.refuse(event));
  }

  #key(event) {
    if (!this.node.isConnected) return this.close();
    if (dialogIsOpen()) return undefined;
    const name = command(event);
    if (name === null) return undefined;
    event.preventDefault();
    return this.#run(name);
  }

  #online() {
    this.#outbox.flush();
    this.#retry?.();
  }

  #back() {
    if (!this.#main.hidden) this.#here?.clock.run();
    this.#outbox.flush();
    this.#navigation.revalidate();
  }

  #hide() {
    this.#commit();
    this.#here?.clock.pause();
    this.#here?.save();
    this.#outbox.flushOnLeave();
  }
}
