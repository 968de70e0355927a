// The right side's list: one row a step. Built once for an item.

import { el } from "../../assets/dom.js";
import { predictionAgrees } from "../../assets/prediction.js";
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

export class StepsPane {
  /** @type {StepRow[]} */
  #rows;

  /**
   * @param {LabelTask} task
   * @param {StepsListener} on
   * @param {TextOptions} [names] how a step names pictures of the problem
   */
  constructor(task, on, names) {
    this.#rows = task.steps.map((text, step) => new StepRow(text, step, task.options ?? {}, on, names));
    this.node =
      task.steps.length === 0
        ? el("p", { class: "vp-banner", text: NO_STEPS })
        : el("ol", { class: "vp-lb-steps", "aria-label": "Steps" }, ...this.#rows.map(({ node }) => node));
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
    // the questions about the step before, too, as far as there is room
    if (questionedStep !== null) this.#rows[questionedStep].node.scrollIntoView({ block: "nearest" });
    row.node.scrollIntoView({ block: "nearest" });
    const focused = document.activeElement;
    if (this.node.contains(focused) && !row.node.contains(focused)) row.focus();
  }
}
