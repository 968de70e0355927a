// One step: its text, the choice of its label, what else is asked about it, and, once revealed, the reward model's
// score.

import { el, setAttr, setText, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { LABEL_ICONS, LABEL_NAMES, labelKind } from "../../assets/labels.js";
import { predictionAgrees } from "../../assets/prediction.js";
import { showText } from "../../assets/rich_text.js";
import { scoreBall, scoreText, setScoreBall, spokenScore } from "../../assets/scores.js";
import { labelChoice } from "./label_choice.js";
import { StepDetails } from "./step_details.js";

/** @import { Label, TaskOptions } from "../../assets/api.d.ts" */
/** @import { TextOptions } from "../../assets/rich_text.js" */
/** @import { Item } from "./item.js" */
/** @import { DetailsListener } from "./step_details.js" */

/**
 * @typedef {object} RowListener
 * @property {(value: Label, step: number) => void} choose
 * @property {(step: number) => void} goto
 * @typedef {RowListener & DetailsListener} StepsListener
 */

/** Built once; `draw` only touches what differs, so that a key press is painted at once. */
export class StepRow {
  #step;
  #text;
  #names;
  #content = el("div", { class: "vp-lb-step-text", dir: "auto", "data-later": "" });
  #choice;
  #scoreBall = scoreBall(null, 14);
  #scoreText = el("span", { class: "vp-num" });
  #agreement = el("span", { class: "vp-lb-agreement" });
  #score;
  #spoken = el("span", { class: "vp-hidden" });
  #labelName = el("span", { class: "vp-lb-label-name" });

  /**
   * @param {string} text
   * @param {number} step 0-based
   * @param {Partial<TaskOptions>} options
   * @param {StepsListener} on
   * @param {TextOptions} [names] of pictures
   */
  constructor(text, step, options, on, names) {
    this.#step = step;
    this.#text = text;
    this.#names = names;
    const score = [this.#scoreBall, this.#scoreText, this.#agreement];
    this.#score = el("div", { class: "vp-lb-score", hidden: true }, ...score);
    this.#choice = labelChoice(`Step ${step + 1}`, (value) => on.choose(value, step), { keys: true });
    this.details = new StepDetails(step, options, on);
    this.node = el(
      "li",
      { class: "vp-lb-step", "data-step": step, "data-label": "none" },
      el("span", { class: "vp-num vp-lb-number", text: String(step + 1) }),
      el("div", { class: "vp-lb-step-body" }, this.#content, this.#labelName),
      this.#spoken,
      this.#score,
      this.#choice.node,
      this.details.node,
    );
    // Answering a question about a step does not make it the current one: the next label goes to the step that is.
    const arrive = (/** @type {Event} */ { target }) => {
      if (!(target instanceof Node && this.details.node.contains(target))) on.goto(step);
    };
    this.node.addEventListener("pointerdown", arrive);
    this.node.addEventListener("focusin", arrive);
  }

  /** Shows its text, until then it is an empty row. */
  showText() {
    showText(this.#content, this.#text, this.#names);
    setAttr(this.#content, "data-later", false);
  }

  focus() {
    this.#choice.focus();
  }

  /** @param {Item} item */
  draw(item) {
    const label = item.draft.labels[this.#step];
    const kind = labelKind(label);
    setAttr(this.node, "data-label", kind);
    setAttr(this.node, "aria-current", item.current === this.#step ? "step" : null);
    this.#choice.set(label);
    if (this.#labelName.dataset.kind !== kind) {
      this.#labelName.dataset.kind = kind;
      this.#labelName.replaceChildren(...(label === null ? [] : [icon(LABEL_ICONS[label], 14), LABEL_NAMES[label]]));
    }
    this.details.draw(item);
    const reveal = item.shownReveal;
    show(this.#score, reveal !== null);
    if (reveal) this.#drawScore(reveal.scores[this.#step], predictionAgrees(label, reveal.predicted[this.#step]));
    else setText(this.#spoken, "");
  }

  /**
   * @param {number | null} score
   * @param {boolean | null} agrees whether the prediction agrees with the label
   */
  #drawScore(score, agrees) {
    setScoreBall(this.#scoreBall, score);
    setText(this.#scoreText, scoreText(score));
    const word = agrees === null ? "" : agrees ? "agrees" : "differs";
    setAttr(this.#score, "data-agrees", agrees === null ? "none" : String(agrees));
    setText(this.#agreement, word);
    setText(this.#spoken, `Reward model: ${spokenScore(score)}${word ? `, ${word} with your label` : ""}.`);
  }
}
