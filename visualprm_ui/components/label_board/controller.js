// The board at work: which command a key or button runs, when what is drawn, and what happens when the page is left or
// comes back. Moving through the queue is QueueNavigation's, changing the item ItemCommands'.

import { ERROR_TYPES } from "../../assets/labels.js";
import { call, errorText, remedyOf, statusOf } from "../../assets/rest.js";
import { ActionBar } from "./action_bar.js";
import { BoardLayout } from "./board_layout.js";
import { dialogIsOpen, helpDialog, skipDialog } from "./dialogs.js";
import { giveBackOnLeave } from "./giving_back.js";
import { itemInAddress, setItemAddress } from "./item_address.js";
import { ItemCommands } from "./item_commands.js";
import { ItemStrip } from "./item_strip.js";
import { command } from "./keys.js";
import { lostMessage, offlineMessage, takenOverMessage } from "./messages.js";
import { listenToPage } from "./page_events.js";
import { PersistedToggle } from "./persisted_toggle.js";
import { blockedScreen, failureScreen, finishedScreen, loadingScreen } from "./placeholder_screens.js";
import { QueueNavigation } from "./queue_navigation.js";
import { refusalBanners } from "./refusals.js";
import { StatusBar } from "./status_bar.js";
import { TaskCache } from "./task_cache.js";

/** @import { Outbox } from "../../assets/outbox.js" */
/** @import { Command } from "./keys.js" */
/** @import { NavigationListener, TabSummary } from "./queue_navigation.js" */
/** @import { SessionMemory } from "./session_memory.js" */
/** @import { StepsListener } from "./step_row.js" */

const REVEAL_KEY = "vp-reveal-after-submit";

export class BoardController {
  #outbox;
  #preferences;
  #mayExport;
  #source;
  #navigation;
  #commands;
  #layout;
  #statusBar;
  #strip;
  #actionBar;
  #revealToggle; // whether scores are revealed after submission
  /** @type {(() => void) | null} */
  #retry = null; // tries again what failed, while its message is on screen
  #leaving = new AbortController();

  /**
   * @param {object} options
   * @param {string} options.queue its id
   * @param {Outbox} options.outbox
   * @param {SessionMemory} options.memory
   * @param {Storage | null} options.preferences localStorage
   * @param {boolean} options.mayExport whether the end of the queue offers it
   * @param {string | null} options.reader who is shown a guideline that is new to them; null: nobody
   */
  constructor({ queue, outbox, memory, preferences, mayExport, reader }) {
    this.#outbox = outbox;
    this.#preferences = preferences;
    this.#mayExport = mayExport;
    this.#source = new TaskCache(queue, call, () => outbox.state.waiting === 0);
    this.#revealToggle = new PersistedToggle(preferences, REVEAL_KEY);
    this.#navigation = new QueueNavigation({ source: this.#source, outbox, memory, on: this.#listener() });
    this.#statusBar = this.#makeStatusBar();
    this.#actionBar = this.#makeActionBar();
    this.#strip = new ItemStrip(this.#source, this.#navigation);
    this.#layout = new BoardLayout(this.#statusBar, this.#strip, this.#actionBar, preferences, reader);
    this.#commands = new ItemCommands({
      source: this.#source,
      navigation: this.#navigation,
      layout: this.#layout,
      actionBar: this.#actionBar,
      revealsAfterSubmit: () => this.#revealToggle.on,
      draw: (moved) => this.#draw(moved),
    });
    this.#listenToPage();
    this.#listenToOutbox();
    giveBackOnLeave(queue, this.#navigation, this.#leaving.signal);
  }

  get node() {
    return this.#layout.node;
  }

  /** Opens the item that the address names, else the first one that is not submitted. */
  async start() {
    const item = itemInAddress();
    this.#statusBar.drawSave(this.#outbox.state);
    this.#drawRefusals();
    this.#outbox.flush();
    await (item === null ? this.#navigation.follow() : this.#navigation.open(item - 1));
  }

  /** Ends the board: no listener, timer or request of it goes on. What is unsent stays in the outbox's storage. */
  close() {
    this.#leave();
    this.#leaving.abort();
    this.#outbox.close();
  }

  /** @returns {NavigationListener & StepsListener} */
  #listener() {
    return {
      waiting: () => this.#showScreen(loadingScreen()),
      arrived: () => this.#arrived(),
      finished: (summary) => this.#finished(summary),
      failed: (error, retry) => this.#failed(error, retry),
      changed: () => this.#draw(),
      notice: (text) => this.#retry ?? this.#layout.toast.show(text, 5000),
      lost: (position) => this.#layout.toast.show(lostMessage(position), 6000),
      choose: (label, step) => this.#commands.label(label, step),
      goto: (step) => this.#commands.goto(step),
      errorType: (type, step) => this.#commands.errorType(type, step),
      firstError: (step) => this.#commands.firstError(step),
      write: (type, text, step) => this.#commands.write(type, text, step),
      left: () => this.#draw(),
    };
  }

  #makeStatusBar() {
    return new StatusBar({
      run: (name) => this.#run(name),
      toggleReveal: () => {
        this.#revealToggle.toggle();
        this.#draw();
      },
    });
  }

  #makeActionBar() {
    return new ActionBar({
      undo: () => this.#run("undo"),
      flag: () => this.#run("flag"),
      skip: () => this.#run("skip"),
      submit: () => this.#run("submit"),
      previous: () => this.#run("previous"),
      next: () => this.#run("next"),
      note: (text) => this.#commands.note(text),
      choose: (label) => this.#commands.label(label),
    });
  }

  // ------------------------------------------------------------------ commands

  /** @param {Command} name */
  #run(name) {
    const view = this.#navigation.here;
    if (name === "help") this.#layout.openDialog(helpDialog(view?.item.task.options));
    else if (name === "guideline") this.#layout.guideline.toggle();
    else if (name === "map") this.#commands.openMap();
    else if (name === "textSize") this.#layout.nextTextSize();
    else if (view !== null && this.#layout.showsItem) this.#handlers[name]();
    else if (name === "previousItem" && this.#source.total > 0) {
      this.#navigation.open(this.#source.total - 1); // at the end of the queue only the way back is left
    }
  }

  /** @type {Record<Exclude<Command, "help" | "guideline" | "map" | "textSize">, () => unknown>} */
  #handlers = {
    correct: () => this.#commands.label(1),
    neutral: () => this.#commands.label(0),
    wrong: () => this.#commands.label(-1),
    clear: () => this.#commands.label(null),
    next: () => this.#commands.move(1),
    previous: () => this.#commands.move(-1),
    submit: () => this.#commands.submit(),
    undo: () => this.#commands.undo(),
    skip: () => this.#layout.openDialog(skipDialog((reason) => this.#commands.skip(reason))),
    flag: () => this.#commands.flag(),
    note: () => this.#actionBar.focusNote(),
    stepNote: () => this.#commands.openField("step_note"),
    correction: () => this.#commands.openField("correction"),
    firstError: () => this.#commands.firstError(),
    error1: () => this.#commands.errorType(ERROR_TYPES[0]),
    error2: () => this.#commands.errorType(ERROR_TYPES[1]),
    error3: () => this.#commands.errorType(ERROR_TYPES[2]),
    error4: () => this.#commands.errorType(ERROR_TYPES[3]),
    error5: () => this.#commands.errorType(ERROR_TYPES[4]),
    scores: () => this.#commands.scores(),
    reference: () => this.#commands.reference(),
    nextImage: () => this.#navigation.here?.problem.nextImage(),
    previousItem: () => this.#commands.turnTo(-1),
    nextItem: () => this.#commands.turnTo(1),
    zoomIn: () => this.#navigation.here?.problem.zoom?.in(),
    zoomOut: () => this.#navigation.here?.problem.zoom?.out(),
    fit: () => this.#navigation.here?.problem.zoom?.fit(),
  };

  // ------------------------------------------------------------------ drawing

  #arrived() {
    const view = this.#navigation.here;
    if (view === null) return;
    const { item, clock } = view;
    this.#layout.showItem(view);
    setItemAddress(this.#source.queue, item.task.position + 1);
    if (!document.hidden) clock.run();
    this.#draw(true);
    const labelled = `${item.labelledCount} of ${item.total} steps labelled`;
    this.#layout.announce(`Item ${item.task.position + 1} of ${this.#source.total}, ${labelled}`);
    const isShown = item.draft.revealed || item.task.options?.blind === false;
    if (isShown && item.reveal === null) this.#commands.reveal(false);
  }

  /** @param {TabSummary} summary */
  #finished(summary) {
    const { blocked, done } = this.#source;
    const open = (/** @type {number} */ position) => this.#navigation.open(position);
    this.#showScreen(
      blocked
        ? blockedScreen(this.#source, blocked, () => this.#navigation.follow(), done > 0 ? () => open(0) : null)
        : finishedScreen(this.#source, summary, open, this.#mayExport),
    );
    setItemAddress(this.#source.queue, null);
    this.#layout.focusScreen();
  }

  /**
   * @param {unknown} error
   * @param {() => void} retry
   */
  #failed(error, retry) {
    const isOffline = statusOf(error) === 0;
    const message = isOffline ? offlineMessage(this.#outbox.state) : errorText(error);
    this.#showScreen(failureScreen({ message, remedy: remedyOf(error) }, retry));
    this.#retry = retry;
    if (isOffline) window.dispatchEvent(new Event("vp-offline")); // the app bar asks for the server from now on
  }

  /** @param {Node} node */
  #showScreen(node) {
    this.#retry = null;
    this.#layout.showScreen(node);
    this.#statusBar.drawPosition(this.#source, null);
  }

  #draw(moved = false) {
    const view = this.#navigation.here;
    if (view === null || !this.#layout.showsItem) return;
    view.steps.draw(view.item, moved);
    this.#actionBar.draw(view.item);
    this.#statusBar.drawPosition(this.#source, view.item);
    this.#statusBar.drawBlinding(view.item, this.#revealToggle.on);
    this.#layout.drawHint(view.item);
    this.#strip.draw();
  }

  #drawRefusals() {
    const open = (/** @type {number} */ position) => this.#navigation.open(position);
    const banners = refusalBanners(this.#outbox.refused(), open, (uuid) => this.#outbox.dismiss(uuid));
    this.#layout.drawRefusals(banners, this.#outbox.state.refused);
  }

  // ------------------------------------------------------------------ listening

  #listenToPage() {
    const { signal } = this.#leaving;
    listenToPage(this.node, signal, {
      key: (event) => this.#key(event),
      leave: () => this.#leave(),
      comeBack: () => this.#comeBack(),
      online: () => this.#online(),
      mayClose: () => !this.#outbox.state.volatile,
    });
    const receive = (/** @type {StorageEvent} */ event) => {
      if (event.storageArea === this.#preferences) this.#outbox.storageChanged(event);
    };
    window.addEventListener("storage", receive, { signal });
  }

  #listenToOutbox() {
    this.#outbox.on("change", () => {
      this.#statusBar.drawSave(this.#outbox.state);
      this.#strip.draw();
      if (this.#layout.refusalCount !== this.#outbox.state.refused) this.#drawRefusals();
    });
    this.#outbox.on("event", (event) => this.#navigation.receive(event));
    this.#outbox.on("late", (abouts) => this.#layout.toast.show(takenOverMessage(abouts), 6000));
    this.#outbox.on("refused", ({ event, gone }) => this.#navigation.refuse(event, gone));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (!this.node.isConnected) {
      this.close();
      return;
    }
    const name = dialogIsOpen() ? null : command(event);
    if (name === null) return;
    event.preventDefault();
    this.#run(name);
  }

  #online() {
    this.#outbox.flush();
    this.#retry?.();
  }

  #comeBack() {
    if (this.#layout.showsItem) this.#navigation.here?.clock.run();
    this.#outbox.flush();
    this.#navigation.revalidate();
  }

  #leave() {
    this.#commands.commit();
    this.#navigation.here?.clock.pause();
    this.#navigation.here?.save();
    this.#outbox.flushOnLeave();
  }
}
