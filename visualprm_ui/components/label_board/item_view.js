// One item with its clock and its two panes, built once. Building it before it is needed is what makes Enter fast.

import { Item } from "./item.js";
import { ProblemPane } from "./problem_pane.js";
import { StepsPane } from "./steps_pane.js";
import { VisibleClock } from "./visible_clock.js";

/** @import { LabelEvent, LabelTask } from "../../assets/api.d.ts" */
/** @import { Outbox } from "../../assets/outbox.js" */
/** @import { SessionMemory } from "./session_memory.js" */
/** @import { StepsListener } from "./step_row.js" */

export class ItemView {
  #memory;

  /**
   * @param {LabelTask} task
   * @param {object} options
   * @param {Outbox} options.outbox takes the changes
   * @param {LabelEvent[]} options.events own events that the server has not seen
   * @param {SessionMemory} options.memory
   * @param {StepsListener} options.on
   */
  constructor(task, { outbox, events, memory, on }) {
    const { history, seconds } = memory.load(task.id);
    const about = { position: task.position };
    this.item = new Item(task, { emit: (change) => outbox.add(change, about), events, history });
    this.clock = new VisibleClock(seconds);
    this.problem = new ProblemPane(task);
    this.steps = new StepsPane(task, on, this.problem.pictureNames);
    this.#memory = memory;
  }

  /** Saves what a reload of this tab should find again. */
  save() {
    this.#memory.save(this.item.id, { history: this.item.history, seconds: this.clock.seconds });
  }
}
