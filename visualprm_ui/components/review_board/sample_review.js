// The review of one split: which item is shown, what a key does, when a verdict is saved and its scores come.

import { call, errorText } from "../../assets/rest.js";
import { dialogIsOpen } from "../label_board/dialogs.js";
import { BoardShell } from "./board_shell.js";
import { EndOfSplit } from "./end_of_split.js";
import { allRight, missing, nextOpen, notRight, questionStep } from "./judgement.js";
import { pressed } from "./keys.js";
import { SampleItem } from "./sample_item.js";
import { stripContent } from "./sample_strip.js";
import { VerdictSender } from "./verdict_sender.js";

/** @import { ReviewItem, SplitSample } from "../../assets/api.d.ts" */
/** @import { Judgement } from "./judgement.js" */
/** @import { Named } from "./keys.js" */

/** @type {[keys: string[], text: string][]} */
const KEYS = [
  [["R", "W"], "all right / not right"],
  [["1", "–", "9"], "question that step; again: say what it should be"],
  [["J", "K"], "next / previous step (also ↓ ↑)"],
  [["X"], "question the current step; again: say what it should be"],
  [["N"], "what the annotator should know"],
  [["Enter"], "save and go to the next item without a verdict"],
  [["[", "]"], "previous / next item"],
  [["A", "I"], "reference answer / next image"],
  [["+", "−", "0"], "zoom in / out / fit"],
  [["G"], "guideline"],
  [["A", "B"], "at the end: accept / send back"],
  [["?"], "show this list"],
];

/**
 * @typedef {object} ReviewContext
 * @property {string} queue its id
 * @property {number} split 0-based
 * @property {string} reviewer the name that annotators read
 * @property {(said: string) => void} leave shows the list of splits, with what became of this one
 * @property {(item: number | null) => void} remember writes the item, counted from 1, into the address
 */

export class SampleReview {
  #context;
  #path;
  #sample;
  /** @type {Map<string, Promise<ReviewItem>>} */
  #answers = new Map(); // by task
  #shell;
  #sender;
  /** @type {number | null} */
  #at = null; // null: behind the last item
  /** @type {SampleItem | null} */
  #item = null;
  /** @type {EndOfSplit | null} */
  #end = null;
  #unmet = ""; // what the next item waits for, and the page says
  #moves = 0; // an answer to an earlier move is dropped

  /**
   * @param {SplitSample} sample
   * @param {ReviewContext} context
   */
  constructor(sample, context) {
    this.#sample = sample;
    this.#context = context;
    this.#path = splitPath(context.queue, context.split);
    const [previous, next] = [() => this.#step(-1), () => this.#step(1)];
    this.#shell = new BoardShell({ page: "review", all: "All splits", keys: KEYS, previous, next });
    this.#shell.guideline.isOf(context.queue);
    this.#shell.setTitle(`${sample.title}, split ${context.split + 1}`, `round ${sample.round}`);
    this.#sender = new VerdictSender(this.#path, {
      saving: () => this.#sayUnlessUnmet("Saving…"),
      saved: ({ item, judgement }) => this.#saved(item, judgement),
      failed: (error) => this.#shell.say(errorText(error), "bad"),
    });
  }

  get node() {
    return this.#shell.node;
  }

  /**
   * Opens an item; without one the first that is not judged, where all are the end.
   * @param {number | null} at
   */
  async start(at) {
    if (at !== null && at < this.#sample.items.length) return this.#open(at);
    const first = nextOpen(this.#sample.items, -1);
    return first === null || this.#sample.state !== "review" ? this.#showEnd() : this.#open(first);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (dialogIsOpen()) return;
    const key = pressed(event);
    if (key === null) return;
    event.preventDefault();
    if ("digit" in key) this.#question(key.digit - 1);
    else this.#handlers[key.name]?.();
  }

  /** Saves what is not saved yet. */
  close() {
    this.#item?.commit();
    return this.#sender.flush();
  }

  /** @type {Partial<Record<Named, () => unknown>>} */
  #handlers = {
    right: () => this.#judge(allRight),
    wrong: () => this.#judge(notRight),
    note: () => (this.#end ?? this.#item)?.focusNote(),
    next: () => this.#next(),
    previousItem: () => this.#step(-1),
    nextItem: () => this.#step(1),
    down: () => this.#item?.goto(this.#item.current + 1),
    up: () => this.#item?.goto(this.#item.current - 1),
    question: () => this.#question(this.#item?.current ?? 0),
    guideline: () => this.#shell.guideline.toggle(),
    help: () => this.#shell.help(),
    reference: () => (this.#end ? this.#end.accept() : this.#item?.problem.toggleReference()),
    sendBack: () => this.#end?.sendBack(),
    nextImage: () => this.#item?.problem.nextImage(),
    zoomIn: () => this.#item?.problem.zoom?.in(),
    zoomOut: () => this.#item?.problem.zoom?.out(),
    fit: () => this.#item?.problem.zoom?.fit(),
  };

  // ------------------------------------------------------------------ where

  /** @param {number} at */
  async #open(at) {
    this.#moves += 1;
    const move = this.#moves;
    try {
      const item = await this.#ask(at);
      if (move !== this.#moves) return;
      this.#show(at, item);
    } catch (error) {
      if (move === this.#moves) this.#shell.say(errorText(error), "bad");
    }
  }

  /**
   * @param {number} at
   * @param {ReviewItem} item
   */
  #show(at, item) {
    const isOpen = this.#sample.state === "review";
    const { verdict, note, questioned } = item;
    this.#at = at;
    this.#unmet = "";
    this.#end = null;
    this.#item = new SampleItem(item, { verdict, note, questioned }, isOpen, {
      right: () => this.#judge(allRight),
      wrong: () => this.#judge(notRight),
      next: () => this.#next(),
      question: (step) => this.#question(step),
      note: (text) => this.#change({ note: text }),
    });
    this.#item.showIn(this.#shell);
    this.#drawPlace();
    this.#context.remember(at + 1);
    const { length } = this.#sample.items;
    this.#shell.announce(`Item ${at + 1} of ${length}, labels of ${item.annotator}`);
    this.#shell.focusTitle();
    const following = nextOpen(this.#sample.items, at);
    if (following !== null) this.#ask(following).catch(() => {}); // asked again when it is wanted
  }

  #showEnd() {
    this.#moves += 1;
    this.#at = null;
    this.#item = null;
    this.#end = new EndOfSplit(this.#sample, {
      open: (at) => this.#open(at),
      accept: () => this.#finish("accept", {}),
      sendBack: (note) => this.#finish("send-back", { note }),
      reviewer: this.#context.reviewer,
      steps: async (item) => (await this.#ask(this.#sample.items.indexOf(item))).steps,
    });
    this.#shell.showScreen(this.#end.node);
    this.#drawPlace();
    this.#context.remember(null);
    this.#end.focus();
  }

  /** @param {number} by items */
  async #step(by) {
    this.#item?.commit();
    this.#sender.flush();
    const { length } = this.#sample.items;
    const at = (this.#at ?? length) + by;
    if (at < 0) return undefined;
    if (at < length) return this.#open(at);
    return this.#at === null ? undefined : this.#showEnd();
  }

  /** Saves, and goes on to the next item without a verdict; where there is none to the end. */
  async #next() {
    if (this.#end !== null || this.#item === null) return undefined;
    this.#item.commit();
    const { item, judgement, isOpen } = this.#item;
    if (!isOpen) return this.#step(1);
    const why = missing(judgement, item.annotator);
    this.#unmet = why;
    if (why) return this.#shell.say(why, "bad");
    const from = this.#at ?? 0;
    if (!(await this.#sender.flush()) || this.#at !== from) return undefined;
    const next = nextOpen(this.#sample.items, from);
    return next === null ? this.#showEnd() : this.#open(next);
  }

  #drawPlace() {
    this.#shell.setPosition(this.#at, this.#sample.items.length);
    const open = (/** @type {number} */ at) => {
      this.#item?.commit();
      this.#sender.flush();
      this.#open(at);
    };
    this.#shell.setStrip(this.#end ? [] : stripContent(this.#sample, this.#at, open));
  }

  // ------------------------------------------------------------------ verdicts

  /** @param {(judgement: Judgement) => Judgement} change */
  #judge(change) {
    if (this.#item?.isOpen) this.#change(change(this.#item.judgement));
    else if (this.#item)
      this.#shell.say(this.#item.item.own ? "Somebody else has to judge these." : "Not under review.");
  }

  /** @param {number} step */
  #question(step) {
    const shown = this.#item;
    if (!shown?.isOpen || step < 0 || step >= shown.item.steps.length) return;
    shown.goto(step);
    this.#change(questionStep(shown.judgement, step, shown.item.labels[step] ?? null));
  }

  /** @param {Partial<Judgement>} part */
  #change(part) {
    const shown = this.#item;
    if (!shown) return;
    shown.judgement = { ...shown.judgement, ...part };
    shown.draw();
    this.#unmet = "";
    this.#shell.say("");
    if (shown.judgement.verdict === null) return; // words alone are no verdict
    this.#sender.add({ item: shown.item, judgement: shown.judgement });
    const said = shown.judgement.verdict === "right" ? "All right" : "Not right";
    this.#shell.announce(`${said}.`);
  }

  /**
   * Says how saving goes, but not over what the reviewer still has to do.
   * @param {string} text
   */
  #sayUnlessUnmet(text) {
    if (this.#unmet === "") this.#shell.say(text);
  }

  /**
   * @param {ReviewItem} item
   * @param {Judgement} judgement
   */
  async #saved(item, judgement) {
    this.#sayUnlessUnmet("All changes saved");
    const { items } = this.#sample;
    this.#sample.items = items.map((each) => (each.task === item.task ? { ...each, ...judgement } : each));
    this.#drawPlace();
    if (nextOpen(this.#sample.items, -1) === null) window.dispatchEvent(new Event("vp-waiting"));
    this.#answers.delete(item.task);
    if (item.scores !== null) return;
    const at = items.findIndex(({ task }) => task === item.task);
    const answer = await this.#ask(at).catch(() => null); // the scores alone are missing then
    if (answer === null || this.#item?.item.task !== item.task) return;
    const { verdict, scores, predicted } = answer;
    this.#item.item = { ...item, verdict, scores, predicted };
    this.#item.draw();
  }

  /**
   * @param {"accept" | "send-back"} what
   * @param {object} body
   */
  async #finish(what, body) {
    try {
      /** @type {{ reopened?: number }} */
      const { reopened } = await call(`${this.#path}/${what}`, { method: "POST", body });
      window.dispatchEvent(new Event("vp-waiting"));
      const name = `Split ${this.#context.split + 1} of ${this.#sample.title}`;
      this.#context.leave(
        reopened === undefined
          ? `${name} is accepted.`
          : `${name} was sent back: its ${reopened} solutions are open for their annotators again.`,
      );
    } catch (error) {
      this.#end?.say(errorText(error));
    }
  }

  /** @param {number} at */
  #ask(at) {
    const { task } = this.#sample.items[at];
    const answer = this.#answers.get(task) ?? call(`${this.#path}/items/${encodeURIComponent(task)}`);
    this.#answers.set(task, answer);
    answer.catch(() => this.#answers.delete(task)); // a failure is not remembered
    return answer;
  }
}

/**
 * @param {string} queue its id
 * @param {number} split 0-based
 */
export function splitPath(queue, split) {
  return `api/queues/${encodeURIComponent(queue)}/splits/${split}`;
}
