// The steps of a solution on which people differ: each that differs with who said what and the decision, those that
// agree folded away.

import { el, setAttr } from "../../assets/dom.js";
import { LABELS } from "../../assets/labels.js";
import { plural } from "../../assets/plural.js";
import { labelChoice } from "../label_board/label_choice.js";
import { bringIntoSight } from "../label_board/step_in_sight.js";
import { detailLines, labelTag, scoreTag, stepText } from "../review_board/step_cards.js";
import { groups } from "./decision.js";

/** @import { AnnotationView, DisputedSolution, Label } from "../../assets/api.d.ts" */
/** @import { TextOptions } from "../../assets/rich_text.js" */
/** @import { Draft } from "./decision.js" */

export class DisputedSteps {
  #view;
  #names;
  #choose;
  /** @type {Map<number, { node: HTMLElement, set: (label: Label | null) => void }>} */
  #cards = new Map(); // by step

  /**
   * @param {DisputedSolution} view
   * @param {TextOptions} names of pictures
   * @param {(label: Label, step: number) => void} choose
   */
  constructor(view, names, choose) {
    this.#view = view;
    this.#names = names;
    this.#choose = choose;
    const parts = groups(view.steps.length, view.differing).map(({ first, last, differs }) =>
      differs ? this.#card(first) : this.#folded(first, last),
    );
    this.node = el("ol", { class: "vp-ad-steps", "aria-label": "Steps" }, ...parts);
  }

  /**
   * @param {Draft} draft
   * @param {number} current step
   */
  draw(draft, current) {
    for (const [step, { node, set }] of this.#cards) {
      setAttr(node, "aria-current", step === current ? "step" : null);
      set(draft.labels[step]);
    }
  }

  /** @param {number} step */
  reveal(step) {
    const card = this.#cards.get(step);
    if (card) bringIntoSight(card.node);
  }

  /** @param {number} step */
  #card(step) {
    const { set, node: choices } = labelChoice(`Decide step ${step + 1}`, (label) => this.#choose(label, step), {
      keys: true,
    });
    const node = el(
      "li",
      { class: "vp-ad-card", "data-step": step },
      el("div", { class: "vp-ad-text" }, this.#number(step), stepText(this.#view.steps[step], this.#names)),
      el("ul", { class: "vp-ad-voices" }, ...this.#view.annotations.map((each) => this.#voice(each, step))),
      el(
        "div",
        { class: "vp-ad-decision" },
        el("b", { text: "Your decision" }),
        choices,
        this.#view.scores ? scoreTag(this.#view.scores[step]) : null,
      ),
    );
    this.#cards.set(step, { node, set });
    return node;
  }

  /**
   * What one person said of a step.
   * @param {AnnotationView} annotation
   * @param {number} step
   */
  #voice({ annotator, labels, details, first_error: first, stage }, step) {
    const after = stage === "revealed" ? el("span", { class: "vp-rv-about", text: "after seeing the scores" }) : null;
    return el(
      "li",
      {},
      el(
        "p",
        { class: "vp-ad-who" },
        el("span", { class: "vp-avatar", "aria-hidden": "true", text: [...annotator][0]?.toUpperCase() ?? "" }),
        el("b", { text: annotator }),
        labelTag(labels[step]),
        after,
      ),
      ...detailLines(details?.[step], first === step, this.#names),
    );
  }

  /**
   * Steps on which all agree, whose texts can be unfolded.
   * @param {number} first
   * @param {number} last
   */
  #folded(first, last) {
    const steps = Array.from({ length: last - first + 1 }, (_, index) => first + index);
    const name = first === last ? `Step ${first + 1}` : `Steps ${first + 1}–${last + 1}`;
    return el(
      "li",
      {},
      el(
        "details",
        { class: "vp-ad-folded" },
        el(
          "summary",
          {},
          el("span", { text: `${name}: all agree` }),
          ...this.#agreedLabels(steps).map(([label, count]) =>
            el("span", { class: "vp-ad-agreed" }, steps.length > 1 ? `${count}` : null, labelTag(label)),
          ),
        ),
        ...steps.map((step) =>
          el(
            "div",
            { class: "vp-ad-text" },
            this.#number(step),
            stepText(this.#view.steps[step], this.#names),
            labelTag(this.#agreed(step)),
          ),
        ),
      ),
    );
  }

  /**
   * The label that everybody gave a step; null where nobody gave one.
   * @param {number} step
   */
  #agreed(step) {
    return this.#view.annotations.map(({ labels }) => labels[step]).find((label) => label !== null) ?? null;
  }

  /**
   * How often each label was given in these steps.
   * @param {number[]} steps
   * @returns {[label: Label | null, count: number][]}
   */
  #agreedLabels(steps) {
    const given = steps.map((step) => this.#agreed(step));
    /** @type {(Label | null)[]} */
    const all = [...LABELS, null];
    return all
      .map((label) => /** @type {[Label | null, number]} */ ([label, given.filter((each) => each === label).length]))
      .filter(([, count]) => count > 0);
  }

  /** @param {number} step */
  #number(step) {
    return el("span", { class: "vp-num vp-lb-number", text: String(step + 1) });
  }
}

/**
 * How many are left to decide.
 * @param {number} left
 */
export function leftText(left) {
  return left === 0 ? "All are decided." : `${plural(left, "solution")} to decide`;
}
