// The frame of a reviewer's and an adjudicator's board, built like the label board: a line with title and place, the
// problem left, steps right, what is to be done below. Knows no verdict.

import { el, setAttr, setChildren, setText, show } from "../../assets/dom.js";
import { address } from "../../assets/rest.js";
import { iconButton, namedButton, pagesButton } from "../label_board/bar_buttons.js";
import { keysDialog } from "../label_board/dialogs.js";
import { GuidelinePanel } from "../label_board/guideline.js";
import { leaveNoFocus } from "../label_board/page_events.js";
import { paneGrip } from "../label_board/pane_grip.js";

/**
 * @typedef {object} ShellOptions
 * @property {string} page its path, where "all" leads
 * @property {string} all what is there
 * @property {[keys: string[], text: string][]} keys
 * @property {() => void} previous
 * @property {() => void} next
 */

/**
 * Returns the local storage, or null where it is forbidden.
 * @returns {Storage | null}
 */
function localStorageOrNull() {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

export class BoardShell {
  guideline = new GuidelinePanel();
  #title = el("h1", { class: "vp-lb-title", tabindex: "-1" });
  #tag = el("span", { class: "vp-tag vp-lb-source" });
  #position = el("span", { class: "vp-lb-position" });
  #status = el("span", { class: "vp-lb-save", role: "status", "data-tone": "quiet" });
  #pager;
  #previous;
  #strip = el("div", { class: "vp-rv-strip", hidden: true });
  #left = el("section", { class: "vp-lb-left", "aria-label": "Problem" });
  #head = el("div", { class: "vp-lb-head" });
  #list = el("div", { class: "vp-lb-list", tabindex: "0", role: "group", "aria-label": "Solution" });
  #foot = el("footer", { class: "vp-lb-action-bar" });
  #screens = el("div", { class: "vp-lb-screens", hidden: true });
  #live = el("div", { class: "vp-hidden", role: "status" });
  #main;
  #keys;

  /** @param {ShellOptions} options */
  constructor({ page, all, keys, previous, next }) {
    this.#keys = keys;
    this.#previous = iconButton("left", "Previous item ([)", previous);
    const pages = [this.#previous, this.#position, iconButton("right", "Next item (])", next)];
    this.#pager = el("nav", { class: "vp-lb-pager", "aria-label": "Items" }, ...pages);
    const back = el("a", { class: "vp-rv-all", href: address(page), "data-view": "", text: all });
    this.#main = el(
      "div",
      { class: "vp-lb-main", hidden: true },
      this.#left,
      el("section", { class: "vp-lb-right", "aria-label": "Steps" }, this.#head, this.#list, this.#foot),
    );
    this.#left.after(paneGrip(this.#main, localStorageOrNull()));
    this.node = el(
      "div",
      { class: "vp-lb-board" },
      el(
        "header",
        { class: "vp-lb-status-bar" },
        el("div", { class: "vp-lb-status-item" }, pagesButton(), back, this.#title, this.#tag, this.#pager),
        el(
          "div",
          { class: "vp-lb-status-end" },
          this.#status,
          namedButton("book", "Guideline", "G", "Labelling guideline", () => this.guideline.toggle()),
          namedButton("keyboard", "Keys", "?", "What each key does", () => this.help(), "vp-lb-keyboard"),
        ),
      ),
      this.#strip,
      this.#main,
      this.#screens,
      this.guideline.node,
      this.#live,
    );
    this.node.addEventListener("click", leaveNoFocus);
  }

  /**
   * @param {string} title
   * @param {string} [tag]
   */
  setTitle(title, tag = "") {
    setText(this.#title, title);
    this.#title.title = title;
    setText(this.#tag, tag);
    show(this.#tag, tag !== "");
  }

  /**
   * @param {number | null} at 0-based; null: behind the last one
   * @param {number} total
   */
  setPosition(at, total) {
    show(this.#pager, total > 0);
    setText(this.#position, at === null ? `all ${total}` : `${at + 1} of ${total}`);
    setAttr(this.#previous, "aria-disabled", at === 0 ? "true" : null);
  }

  /** @param {Node[]} content empty: no strip */
  setStrip(content) {
    setChildren(this.#strip, content);
    show(this.#strip, content.length > 0);
  }

  /**
   * Shows an item.
   * @param {{ problem: Node, head: Node[], list: Node[], foot: Node[] }} parts
   */
  showItem({ problem, head, list, foot }) {
    setChildren(this.#left, [problem]);
    setChildren(this.#head, head);
    setChildren(this.#list, list);
    setChildren(this.#foot, foot);
    show(this.#main, true);
    show(this.#screens, false);
    this.#list.scrollTop = 0;
  }

  /**
   * Shows something in place of an item.
   * @param {Node} node
   */
  showScreen(node) {
    show(this.#main, false);
    setChildren(this.#screens, [node]);
    show(this.#screens, true);
  }

  /** Whether an item is on screen. */
  get showsItem() {
    return !this.#main.hasAttribute("hidden");
  }

  /** Moves the focus to the title: what had it is gone. */
  focusTitle() {
    if (!this.node.contains(document.activeElement)) this.#title.focus({ preventScroll: true });
  }

  /**
   * Says how saving goes, or what is missing.
   * @param {string} text
   * @param {"quiet" | "bad"} [tone]
   */
  say(text, tone = "quiet") {
    setText(this.#status, text);
    setAttr(this.#status, "data-tone", tone);
  }

  /**
   * Lets screen readers say a text.
   * @param {string} text
   */
  announce(text) {
    setText(this.#live, text);
  }

  help() {
    const dialog = keysDialog(this.#keys);
    this.node.append(dialog);
    dialog.addEventListener("close", () => dialog.remove());
    dialog.showModal();
  }
}
