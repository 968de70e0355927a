// The right side's list: one row a step. Built once for an item.

import { el } from "../../assets/dom.js";
import { afterFrame } from "../../assets/frames.js";
import { predictionAgrees } from "../../assets/prediction.js";
import { sendBackCard } from "./send_back_card.js";
import { bringIntoSight } from "./step_in_sight.js";
import { StepRow } from "./step_row.js";

/** @import { LabelTask } from "../../assets/api.d.ts" */
/** @import { TextOptions } from "../../assets/rich_text.js" */
/** @import { Item, StepText } from "./item.js" */
/** @import { StepsListener } from "./step_row.js" */

const NO_STEPS = "This solution has no steps. Skip it with the reason “The steps are badly split”.";

/**
 * Returns whether each step's label and shown prediction agree; null where there is nothing to compare.
 * @param {Item} item
 */
export function agreements(item) {
  return item.draft.labels.map((label, step) => predictionAgrees(label, item.shownReveal?.predicted[step]));
}

/**
 * Whether the reviewer has sent the task back, and why stands on top of its steps; a quiz to take again comes back too.
 * @param {LabelTask} task
 */
function isReturned(task) {
  return task.returned !== null && task.returned !== undefined && !task.is_quiz;
}

/**
 * @param {LabelTask} task
 * @param {TextOptions} [names]
 */
function returnedCard({ review, returned, labels, steps }, names) {
  return sendBackCard(review, returned ?? "", labels, steps, names);
}

const AT_ONCE = 1000; // characters of steps that are shown before it is known what a window holds
const MOST_A_FRAME = 8; // texts

/**
 * The texts in sight are shown and painted first, those below the window in the frames after: no text in sight ever
 * waits, and none above it grows.
 */
export class StepsPane {
  /** @type {StepRow[]} */
  #rows;
  #shown = 0; // rows from the first on whose texts are shown

  /**
   * @param {LabelTask} task
   * @param {StepsListener} on
   * @param {TextOptions} [names] how a step names pictures of the problem
   */
  constructor(task, on, names) {
    this.#rows = task.steps.map((text, step) => new StepRow(text, step, task.options ?? {}, on, names));
    const list =
      task.steps.length === 0
        ? el("p", { class: "vp-banner", text: NO_STEPS })
        : el("ol", { class: "vp-lb-steps", "aria-label": "Steps" }, ...this.#rows.map(({ node }) => node));
    this.node = isReturned(task) ? el("div", { class: "vp-lb-steps-pane" }, returnedCard(task, names), list) : list;
    let characters = 0;
    const filling = task.steps.findIndex((text) => {
      characters += text.length;
      return characters > AT_ONCE;
    });
    this.#showTexts(filling < 0 ? this.#rows.length : filling + 1);
    if (!this.#isWhole) this.#showRestOnceOnPage();
  }

  get #isWhole() {
    return this.#shown >= this.#rows.length;
  }

  /** @param {number} count of rows from the first on */
  #showTexts(count) {
    for (const row of this.#rows.slice(this.#shown, count)) row.showText();
    this.#shown = Math.max(this.#shown, count);
  }

  #showRestOnceOnPage() {
    const showAll = () => this.#showTexts(this.#rows.length);
    const showNext = (/** @type {number} */ count) => {
      this.#showTexts(this.#shown + count);
      if (this.#isWhole) document.removeEventListener("scroll", showAll, { capture: true });
      else afterFrame(() => showNext(Math.min(2 * count, MOST_A_FRAME)));
    };
    const sizes = new ResizeObserver(() => {
      if (this.node.clientHeight === 0) return; // not on the page yet
      sizes.disconnect();
      // observers run before the frame is painted: a large window is filled in time
      while (!this.#isWhole && this.#rows[this.#shown].node.getBoundingClientRect().top < innerHeight)
        this.#showTexts(this.#shown + 1);
      document.addEventListener("scroll", showAll, { capture: true, once: true, passive: true });
      afterFrame(() => showNext(1));
    });
    sizes.observe(this.node);
  }

  /**
   * Paints the item's state.
   * @param {Item} item
   * @param {boolean} [moved] brings the current row into view, and the focus along when it is in the list
   */
  draw(item, moved = false) {
    for (const row of this.#rows) row.draw(item);
    if (moved) this.#follow(item);
  }

  /**
   * Opens the field for a text about a step.
   * @param {number} step
   * @param {StepText} type
   */
  openField(step, type) {
    this.#rows[step]?.details.focus(type);
  }

  /** Saves what was typed and not saved yet. */
  commit() {
    for (const { details } of this.#rows) details.commit();
  }

  /** @param {Item} item */
  #follow({ current, questionedStep }) {
    const row = this.#rows[current];
    if (!row) return;
    this.#showTexts(current + 1); // rows above the current one grow no more
    bringIntoSight(row.node, questionedStep === null ? null : this.#rows[questionedStep].node);
    const focused = document.activeElement;
    if (this.node.contains(focused) && !row.node.contains(focused)) row.focus();
  }
}
