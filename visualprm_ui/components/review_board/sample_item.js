// One item of a sample on screen: what a reviewer reads and presses. Draws; decides and sends nothing.

import { el, setAttr } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { skipReasonPhrase } from "../../assets/labels.js";
import { plural } from "../../assets/plural.js";
import { lineOf } from "../../assets/rich_text.js";
import { AutosaveField } from "../label_board/autosave_field.js";
import { ProblemPane } from "../label_board/problem_pane.js";
import { ReviewRows } from "./review_rows.js";

/** @import { ReviewItem } from "../../assets/api.d.ts" */
/** @import { IconName } from "../../assets/icons.js" */
/** @import { BoardShell } from "./board_shell.js" */
/** @import { Judgement } from "./judgement.js" */

/**
 * @typedef {object} ItemListener
 * @property {() => void} right
 * @property {() => void} wrong
 * @property {() => void} next
 * @property {(step: number) => void} question
 * @property {(text: string) => void} note
 */

export class SampleItem {
  #right;
  #wrong;
  #hint = el("span", { class: "vp-lb-hint" });
  #note;
  #rows;
  #parts;
  current = 0; // step

  /**
   * @param {ReviewItem} item
   * @param {Judgement} judgement
   * @param {boolean} isOpen whether it can be judged
   * @param {ItemListener} on
   */
  constructor(item, judgement, isOpen, on) {
    this.item = item;
    this.judgement = judgement;
    this.isOpen = isOpen && !item.own;
    this.problem = new ProblemPane(item);
    const names = this.problem.pictureNames;
    this.#rows = new ReviewRows(item, names, on.question);
    this.#right = verdictButton("check", "All right", "R", on.right);
    this.#wrong = verdictButton("cross", "Not right", "W", on.wrong);
    this.#note = new AutosaveField(`What ${item.annotator} should know`, on.note, { maxlength: "10000" });
    this.#note.set(judgement.note);
    for (const control of [this.#right, this.#wrong, this.#note.node]) control.disabled = !this.isOpen;
    const note = [icon("note"), this.#note.node, el("kbd", { class: "vp-kbd", "aria-hidden": "true", text: "N" })];
    const next = el(
      "button",
      { type: "button", class: "vp-lb-submit", onclick: on.next },
      el("span", { text: "Next" }),
      el("kbd", { class: "vp-kbd", "aria-hidden": "true", text: "↵" }),
    );
    this.#parts = {
      problem: this.problem.node,
      head: [el("h2", { text: `Are ${item.annotator}’s labels right?` }), this.#hint],
      list: [...banners(item), this.#rows.node],
      foot: [
        el(
          "div",
          { class: "vp-lb-actions vp-rv-actions" },
          this.#right,
          this.#wrong,
          el("div", { class: "vp-lb-note" }, ...note),
          next,
        ),
      ],
    };
  }

  /** @param {BoardShell} shell */
  showIn(shell) {
    shell.showItem(this.#parts);
    this.draw();
  }

  draw() {
    const { verdict } = this.judgement;
    setAttr(this.#right, "aria-pressed", String(verdict === "right"));
    setAttr(this.#wrong, "aria-pressed", String(verdict === "wrong"));
    this.#hint.textContent = this.#hintText();
    this.#rows.draw(this.item, this.judgement, this.current, this.isOpen);
  }

  #hintText() {
    const { item } = this;
    if (item.own) return "These are your own labels: somebody else has to judge them.";
    const steps = `One verdict for all ${plural(item.steps.length, "step")}. `;
    if (item.scores) return `${steps}The scores are shown now that you have decided.`;
    if (item.verdict !== null) return `${steps}No reward model has scored this solution.`;
    return `${steps}Scores stay hidden until you decide.`;
  }

  /** @param {number} step stops at the ends */
  goto(step) {
    this.current = Math.max(0, Math.min(this.item.steps.length - 1, step));
    this.draw();
    this.#rows.reveal(this.current);
  }

  focusNote() {
    this.#note.node.focus();
  }

  /** Saves what was typed and not saved yet. */
  commit() {
    this.#note.commit();
  }
}

/**
 * @param {IconName} name
 * @param {string} text
 * @param {string} key
 * @param {() => void} work
 */
function verdictButton(name, text, key, work) {
  return el(
    "button",
    { type: "button", class: "vp-rv-verdict", "data-kind": name, onclick: work },
    icon(name),
    el("span", { text }),
    el("kbd", { class: "vp-kbd", "aria-hidden": "true", text: key }),
  );
}

/**
 * What is to be known before the steps: the round before, a skip, a flag, the annotator's own words.
 * @param {ReviewItem} item
 */
function banners({ annotator, before, skip_reason: skipped, flagged, remark }) {
  const about = [
    skipped === null ? "" : `${annotator} skipped this: ${skipReasonPhrase(skipped)}.`,
    flagged ? `${annotator} flagged it.` : "",
  ].filter(Boolean);
  const found = [];
  if (before) {
    const day = new Date(before.at).toLocaleDateString(undefined, { day: "numeric", month: "long" });
    const words = before.note ? [`: `, lineOf("span", `“${before.note}”`)] : ["."];
    const text = el("span", {}, el("b", { text: `${before.by} found this not right on ${day}` }), ...words);
    found.push(el("p", { class: "vp-banner" }, icon("undo"), text));
  }
  if (about.length || remark) {
    const words = remark ? [` `, lineOf("span", `“${remark}”`)] : [];
    found.push(el("p", { class: "vp-banner" }, icon("flag"), el("span", {}, about.join(" "), ...words)));
  }
  return found;
}
