// Adjudication: which solution is shown, what a key does, the decision sent and the next one opened.

import { LABELS } from "../../assets/labels.js";
import { call, errorText } from "../../assets/rest.js";
import { dialogIsOpen } from "../label_board/dialogs.js";
import { BoardShell } from "../review_board/board_shell.js";
import { pressed } from "../review_board/keys.js";
import { CAUSES, decisionProblem } from "./decision.js";
import { DisputedItem } from "./disputed_item.js";

/** @import { DisputedSolution } from "../../assets/api.d.ts" */
/** @import { Named } from "../review_board/keys.js" */

/** @type {[keys: string[], text: string][]} */
const KEYS = [
  [["1", "2", "3"], "correct / neutral / wrong"],
  [["J", "K"], "next / previous step that differs (also ↓ ↑)"],
  [["4", "–", "7"], "why they differ: ambiguous step, guideline gap, a slip, badly split"],
  [["N"], "note on this decision"],
  [["Enter"], "decide and go to the next solution"],
  [["[", "]"], "previous / next solution"],
  [["A", "I"], "reference answer / next image"],
  [["+", "−", "0"], "zoom in / out / fit"],
  [["G"], "guideline"],
  [["?"], "show this list"],
];

/**
 * @typedef {object} AdjudicationContext
 * @property {string | null} queue whose disagreements; null: all
 * @property {(said: string) => void} leave shows the list, with what was done
 * @property {(solution: string) => void} remember writes the solution into the address
 */

export class Adjudication {
  #context;
  /** @type {{ solution: string, decided: boolean }[]} */
  #list;
  #shell;
  #at = 0;
  /** @type {DisputedItem | null} */
  #item = null;
  #moves = 0; // an answer to an earlier move is dropped
  #isSending = false;

  /**
   * @param {{ solution: string, decided: boolean }[]} list in the order in which they are decided
   * @param {AdjudicationContext} context
   */
  constructor(list, context) {
    this.#list = list;
    this.#context = context;
    const [previous, next] = [() => this.#open(this.#at - 1), () => this.#open(this.#at + 1)];
    this.#shell = new BoardShell({ page: "adjudicate", all: "All disagreements", keys: KEYS, previous, next });
    this.#shell.guideline.isOf(context.queue ?? "");
    this.#shell.setTitle("Adjudicate");
  }

  get node() {
    return this.#shell.node;
  }

  /** @param {string} solution its id */
  start(solution) {
    return this.#open(
      Math.max(
        0,
        this.#list.findIndex((each) => each.solution === solution),
      ),
    );
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (dialogIsOpen()) return;
    const key = pressed(event);
    if (key === null) return;
    event.preventDefault();
    if ("digit" in key) this.#digit(key.digit);
    else this.#handlers[key.name]?.();
  }

  /** @type {Partial<Record<Named, () => unknown>>} */
  #handlers = {
    note: () => this.#item?.focusNote(),
    next: () => this.#decide(),
    previousItem: () => this.#open(this.#at - 1),
    nextItem: () => this.#open(this.#at + 1),
    down: () => this.#item?.move(1),
    up: () => this.#item?.move(-1),
    guideline: () => this.#shell.guideline.toggle(),
    help: () => this.#shell.help(),
    reference: () => this.#item?.problem.toggleReference(),
    nextImage: () => this.#item?.problem.nextImage(),
    zoomIn: () => this.#item?.problem.zoom?.in(),
    zoomOut: () => this.#item?.problem.zoom?.out(),
    fit: () => this.#item?.problem.zoom?.fit(),
  };

  /** @param {number} digit */
  #digit(digit) {
    this.#shell.say("");
    if (digit <= LABELS.length) this.#item?.choose(LABELS[digit - 1]);
    const cause = CAUSES[digit - 1 - LABELS.length];
    if (cause) this.#item?.cause(cause[0]);
  }

  /** @param {number} at */
  async #open(at) {
    if (at < 0 || at >= this.#list.length) return;
    this.#moves += 1;
    const move = this.#moves;
    const { solution } = this.#list[at];
    const about = this.#context.queue === null ? "" : `?${new URLSearchParams({ queue: this.#context.queue })}`;
    try {
      /** @type {DisputedSolution} */
      const view = await call(`api/disagreements/${encodeURIComponent(solution)}${about}`);
      if (move !== this.#moves) return;
      this.#at = at;
      this.#item = new DisputedItem(view, () => this.#decide());
      this.#item.showIn(this.#shell);
      this.#shell.setPosition(at, this.#list.length);
      this.#shell.say("");
      this.#shell.announce(`Solution ${at + 1} of ${this.#list.length}`);
      this.#shell.focusTitle();
      this.#context.remember(solution);
    } catch (error) {
      if (move === this.#moves) this.#shell.say(errorText(error), "bad");
    }
  }

  async #decide() {
    const item = this.#item;
    if (item === null || this.#isSending) return undefined;
    item.commit();
    const why = decisionProblem(item.draft, item.view.differing);
    if (why) return this.#shell.say(why, "bad");
    this.#isSending = true;
    this.#shell.say("Saving…");
    const { solution, queue } = item.view;
    try {
      await call(`api/solutions/${encodeURIComponent(solution)}/decision`, {
        method: "POST",
        body: { ...item.draft, queue },
      });
    } catch (error) {
      return this.#shell.say(errorText(error), "bad");
    } finally {
      this.#isSending = false;
    }
    window.dispatchEvent(new Event("vp-waiting"));
    this.#list = this.#list.map((each) => (each.solution === solution ? { ...each, decided: true } : each));
    const open = this.#list.flatMap(({ decided }, index) => (decided ? [] : [index]));
    const next = open.find((index) => index > this.#at) ?? open[0];
    return next === undefined ? this.#context.leave("Saved. All of these have been decided.") : this.#open(next);
  }
}
