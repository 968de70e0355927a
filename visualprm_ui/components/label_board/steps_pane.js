// The right side's list: one row per step with its three-way choice, and beside it, once revealed, the reward model's score.
// Built once for an item; `draw` only touches what differs, so that a key press is painted at once.

import { el, setAttr, setText, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { setMaths } from "../../assets/maths.js";
import { ball, number, setBall, words } from "../../assets/scores.js";
import { agreement, LABELS } from "./draft.js";
import { LABEL_WORDS } from "./messages.js";
import { StepDetails } from "./step_details.js";

export const LABEL_ICONS = new Map([
  [1, "check"],
  [0, "bar"],
  [-1, "cross"],
]);
const KINDS = new Map([
  [1, "correct"],
  [0, "neutral"],
  [-1, "wrong"],
  [null, "none"],
]);

/** The three buttons of one choice. `choose(value)`; `name` is read before the words. */
export function choice(name, choose) {
  const buttons = new Map(
    LABELS.map((value) => [
      value,
      el(
        "button",
        {
          type: "button",
          role: "radio",
          class: "vp-lb-choice",
          "data-kind": KINDS.get(value),
          "aria-checked": "false",
          tabindex: "-1",
          onclick: () => choose(value),
        },
        icon(LABEL_ICONS.get(value)),
        el("span", { text: LABEL_WORDS.get(value) }),
      ),
    ]),
  );
  const node = el("div", { class: "vp-lb-choices", role: "radiogroup", "aria-label": name }, ...buttons.values());
  node.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
    const list = [...buttons.values()];
    list[(list.indexOf(document.activeElement) + by + list.length) % list.length].focus(); // Space chooses
    event.preventDefault();
  });
  const set = (label) => {
    for (const [value, button] of buttons) {
      setAttr(button, "aria-checked", String(value === label));
      setAttr(button, "tabindex", value === (label ?? LABELS[0]) ? "0" : "-1");
    }
  };
  return { node, set, focus: () => node.querySelector("[tabindex='0']").focus() };
}

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
    return item.draft.labels.map((label, step) => agreement(label, item.shown?.scores?.[step]));
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
  const disc = ball(null, 14);
  const figure = el("span", { class: "vp-num" });
  const mark = el("span", { class: "vp-lb-mark" });
  const score = el("div", { class: "vp-lb-score", hidden: true }, disc, figure, mark);
  const spoken = el("span", { class: "vp-hidden" });
  const word = el("span", { class: "vp-lb-word" });
  const buttons = choice(`Step ${step + 1}`, (value) => on.choose(step, value));
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
  setAttr(parts.node, "data-label", KINDS.get(label));
  setAttr(parts.node, "aria-current", item.current === step ? "step" : null);
  parts.buttons.set(label);
  if (parts.word.dataset.kind !== KINDS.get(label)) {
    parts.word.dataset.kind = KINDS.get(label);
    parts.word.replaceChildren(...(label === null ? [] : [icon(LABEL_ICONS.get(label), 14), LABEL_WORDS.get(label)]));
  }
  parts.details.draw(item);
  show(parts.score, item.shown !== null);
  if (item.shown) drawScore(parts, label, item.shown.scores?.[step] ?? null);
  else setText(parts.spoken, "");
}

function drawScore({ score, disc, figure, mark, spoken }, label, value) {
  setBall(disc, value);
  setText(figure, number(value));
  const agrees = agreement(label, value);
  const word = agrees === null ? "" : agrees ? "agrees" : "differs";
  setAttr(score, "data-agrees", agrees === null ? "none" : String(agrees));
  setText(mark, word);
  setText(spoken, `Reward model: ${words(value)}${word ? `, ${word} with your label` : ""}.`);
}
