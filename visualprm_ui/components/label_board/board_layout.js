// The nodes of the board: status bar, refusals, the item with its two sides, or a screen in place of it. Knows no
// command.

import { el, setAttr, setChildren, setText, show } from "../../assets/dom.js";
import { GuidelinePanel } from "./guideline.js";
import { GuidelineReading } from "./guideline_reading.js";
import { hintText } from "./messages.js";
import { paneGrip } from "./pane_grip.js";
import { agreements } from "./steps_pane.js";
import { TextSize } from "./text_size.js";
import { Toast } from "./toast.js";

/** @import { ActionBar } from "./action_bar.js" */
/** @import { Item } from "./item.js" */
/** @import { ItemStrip } from "./item_strip.js" */
/** @import { ItemView } from "./item_view.js" */
/** @import { StatusBar } from "./status_bar.js" */

export class BoardLayout {
  guideline = new GuidelinePanel();
  toast = new Toast();
  #live = el("div", { class: "vp-hidden", role: "status" });
  #refusals = el("div", { class: "vp-lb-refusals" });
  refusalCount = 0; // refused changes that the banners are about
  #left = el("section", { class: "vp-lb-left", "aria-label": "Problem" });
  #hint = el("span", { class: "vp-lb-hint" });
  #list = el("div", { class: "vp-lb-list", tabindex: "0", role: "group", "aria-label": "Solution" });
  #screens = el("div", { class: "vp-lb-screens", hidden: true });
  #main;
  #actionBar;
  #reading;
  #textSize;

  /**
   * @param {StatusBar} statusBar
   * @param {ItemStrip} strip
   * @param {ActionBar} actionBar
   * @param {Storage | null} preferences localStorage
   * @param {string | null} reader who is shown a guideline that is new to them; null: nobody
   */
  constructor(statusBar, strip, actionBar, preferences, reader) {
    this.#actionBar = actionBar;
    this.#reading = new GuidelineReading(preferences, reader);
    const heading = el("div", { class: "vp-lb-head" }, el("h2", { text: "Is each step right?" }), this.#hint);
    const right = [heading, this.#list, this.toast.node, actionBar.node];
    this.#main = el(
      "div",
      { class: "vp-lb-main", hidden: true },
      this.#left,
      el("section", { class: "vp-lb-right", "aria-label": "Steps" }, ...right),
    );
    this.#left.after(paneGrip(this.#main, preferences));
    this.node = el(
      "div",
      { class: "vp-lb-board" },
      statusBar.node,
      el("div", { class: "vp-lb-under" }, strip.node, this.#refusals),
      this.#main,
      this.#screens,
      this.guideline.node,
      this.#live,
    );
    this.#textSize = new TextSize(this.node, preferences);
  }

  /** Whether an item is on screen. */
  get showsItem() {
    return !this.#main.hasAttribute("hidden");
  }

  /** The words beside the heading. */
  get hint() {
    return this.#hint.textContent ?? "";
  }

  /** @param {ItemView} view */
  showItem({ item, problem, steps }) {
    setChildren(this.#left, [problem.node]);
    setChildren(this.#list, [steps.node]);
    this.#actionBar.node.before(this.toast.node);
    show(this.#main, true);
    show(this.#screens, false);
    this.#list.scrollTop = 0;
    this.guideline.isOf(item.task.queue, item.task.guideline_version);
    this.#reading.arrived(item.task, this.guideline);
  }

  nextTextSize() {
    this.toast.show(`Text size: ${this.#textSize.next()}`);
  }

  /**
   * Shows a screen in place of an item.
   * @param {Node} node
   */
  showScreen(node) {
    show(this.#main, false);
    setChildren(this.#screens, [node, this.toast.node]);
    show(this.#screens, true);
  }

  /**
   * Moves the focus to the screen's heading, unless it is elsewhere on the page: whoever opened a menu meanwhile keeps
   * it.
   */
  focusScreen() {
    const focused = document.activeElement;
    if (focused !== document.body && !this.node.contains(focused)) return;
    this.#screens.querySelector("h1")?.focus({ preventScroll: true });
  }

  /**
   * @param {Node[]} banners
   * @param {number} count of the changes that they are about
   */
  drawRefusals(banners, count) {
    setChildren(this.#refusals, banners);
    this.refusalCount = count;
  }

  /** @param {Item} item */
  drawHint(item) {
    setText(this.#hint, hintText(item, agreements(item)));
    const isUrgent = Boolean(item.task.returned || item.task.taken_over) && !item.draft.submitted;
    setAttr(this.#hint, "data-urgent", isUrgent);
    setAttr(this.#hint, "data-plain", !item.reveal && !item.draft.submitted); // the usual words may give way on a phone
  }

  /**
   * Lets screen readers say a text.
   * @param {string} text
   */
  announce(text) {
    this.#live.textContent = text;
  }

  /** @param {HTMLDialogElement} dialog */
  openDialog(dialog) {
    this.node.append(dialog);
    dialog.addEventListener("close", () => dialog.remove());
    dialog.showModal();
  }
}
