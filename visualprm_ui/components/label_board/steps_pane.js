// The right side's list: one row per step with its three-way choice, and beside it, once revealed, the reward model's score.
// Built once for an item; `draw` only touches what differs, so that a key press is painted at once.

import { el, setAttr, setText, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { LABEL_ICONS, LABEL_KINDS, LABEL_NAMES } from "../../assets/labels.js";
import { setMaths } from "../../assets/maths.js";
import { scoreAgrees } from "../../assets/prediction.js";
import { scoreBall, scoreText, setScoreBall, spokenScore } from "../../assets/scores.js";
import { labelChoice } from "./label_choice.js";
import { StepDetails } from "./step_details.js";

export class StepsPane {
  #rows;

  /** `on`: choose(step, value), goto(step), and what StepDetails needs. */
  constructor(task, on) {
    this.#rows = task.steps.map((text, step) => row(text, step, task.options ?? {}, on));
    this.node = el("ol", { class: "vp-lb-steps", "aria-label": "Steps" }, ...this.#rows.map(({ node }) => node));
    if (task.steps.length === 0) {
      this.node = el("p", {
        class: "vp-banner",
        text: "This solution has no steps. Skip it with the reason “The steps are badly split”.",
      });
    }
  }

  /** Paints the item's state. `moved`: bring the current row into view (and the focus along, when it is in the list). */
  draw(item, moved = false) {
    for (const [step, each] of this.#rows.entries()) each.draw(item, step);
    if (moved) this.#follow(item);
  }

  /** Opens the "correction" or "step_note" field of a step. */
  write(step, type) {
    this.#rows[step]?.details.focus(type);
  }

  /** Hands over what was typed and not yet kept. */
  commit() {
    for (const { details } of this.#rows) details.commit();
  }

  /** How each step's label and score compare: true, false or null. */
  static marks(item) {
    return item.draft.labels.map((label, step) => scoreAgrees(label, item.shown?.scores?.[step]));
  }

  #follow({ current, asked }) {
    const at = this.#rows[current];
    if (!at) return;
    this.#rows[asked]?.node.scrollIntoView({ block: "nearest" }); // its questions, too, as far as there is room
    at.node.scrollIntoView({ block: "nearest" });
    const focused = document.activeElement;
    if (this.node.contains(focused) && !at.node.contains(focused)) at.choice.focus();
  }
}

function row(text, step, options, on) {
  const body = el("div", { class: "vp-lb-step-text", dir: "auto" });
  setMaths(body, text);
  const disc = scoreBall(null, 14);
  const figure = el("span", { class: "vp-num" });
  const mark = el("span", { class: "vp-lb-agreement" });
  const score = el("div", { class: "vp-lb-score", hidden: true }, disc, figure, mark);
  const spoken = el("span", { class: "vp-hidden" });
  const word = el("span", { class: "vp-lb-label-name" });
  const buttons = labelChoice(`Step ${step + 1}`, (value) => on.choose(step, value));
  const details = new StepDetails(step, options, on);
  const node = el(
    "li",
    { class: "vp-lb-step", "data-step": step, "data-label": "none" },
    el("span", { class: "vp-num vp-lb-number", text: String(step + 1) }),
    el("div", { class: "vp-lb-step-body" }, body, word),
    spoken,
    score,
    buttons.node,
    details.node,
  );
  // Answering what is asked of a step moves no frame: the next label goes where the frame is.
  const arrive = ({ target }) => details.node.contains(target) || on.goto(step);
  node.addEventListener("pointerdown", arrive);
  node.addEventListener("focusin", arrive);
  return {
    node,
    choice: buttons,
    details,
    draw: (item, at) => drawRow({ node, buttons, score, disc, figure, mark, spoken, word, details }, item, at),
  };
}

function drawRow(parts, item, step) {
  const label = item.draft.labels[step];
  setAttr(parts.node, "data-label", LABEL_KINDS.get(label));
  setAttr(parts.node, "aria-current", item.current === step ? "step" : null);
  parts.buttons.set(label);
  if (parts.word.dataset.kind !== LABEL_KINDS.get(label)) {
    parts.word.dataset.kind = LABEL_KINDS.get(label);
    parts.word.replaceChildren(...(label === null ? [] : [icon(LABEL_ICONS.get(label), 14), LABEL_NAMES.get(label)]));
  }
  parts.details.draw(item);
  show(parts.score, item.shownReveal !== null);
  if (item.shownReveal) drawScore(parts, label, item.shownReveal.scores?.[step] ?? null);
  else setText(parts.spoken, "");
}

function drawScore({ score, disc, figure, mark, spoken }, label, value) {
  setScoreBall(disc, value);
  setText(figure, scoreText(value));
  const agrees = scoreAgrees(label, value);
  const word = agrees === null ? "" : agrees ? "agrees" : "differs";
  setAttr(score, "data-agrees", agrees === null ? "none" : String(agrees));
  setText(mark, word);
  setText(spoken, `Reward model: ${spokenScore(value)}${word ? `, ${word} with your label` : ""}.`);
}
