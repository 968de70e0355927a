// One item's place at the board: the item, its clock and its two panes, built once. Building it early is what makes Enter fast.

import { Item } from "./item.js";
import { ProblemPane } from "./problem_pane.js";
import { StepsPane } from "./steps_pane.js";
import { VisibleClock } from "./visible_clock.js";

export class ItemView {
  #memory;

  /** `emit(change, about)` keeps a change; `on`: see StepsPane; `memory`: a TabMemory. */
  constructor(task, { emit, events, memory, on }) {
    const { history, seconds } = memory.load(task.id);
    const about = { position: task.position };
    this.item = new Item(task, { emit: (change) => emit(change, about), events, history });
    this.clock = new VisibleClock(seconds);
    this.problem = new ProblemPane(task);
    this.steps = new StepsPane(task, on);
    this.#memory = memory;
  }

  /** Keeps what a reload of this tab should find again. */
  save() {
    this.#memory.save(this.item.id, { history: this.item.history, seconds: this.clock.seconds });
  }
}
