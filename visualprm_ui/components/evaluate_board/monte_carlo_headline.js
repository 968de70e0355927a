// The strip on top of Monte-Carlo labels beside others: how far they agree by the rule that such data sets use, and
// what is left out.

import { el } from "../../assets/dom.js";
import { points } from "./figures.js";
import { againstCoin, bigFigure, factValue } from "./headline.js";
import { leftOut, pointAt } from "./monte_carlo_points.js";

/** @import { MonteCarloLabels } from "../../assets/api.d.ts" */

/** @param {MonteCarloLabels} found */
export function labelsHeadline(found) {
  const at = pointAt(found.points, 0);
  const share = at.called_correct.value === null ? "–" : `${points(at.called_correct.value)} %`;
  const are = found.labelled_correct === null ? "–" : `${points(found.labelled_correct)} %`;
  /** @type {[string, Node][]} */
  const facts = [
    ["F1 correct", factValue(at.f1_correct, "")],
    ["F1 wrong", factValue(at.f1_wrong, "")],
    ["Accuracy", factValue(at.accuracy, "")],
    [
      "Called correct",
      el("dd", {}, el("b", { class: "vp-num", text: share }), el("small", { text: ` labelled so: ${are}` })),
    ],
    ["All called correct", el("dd", {}, el("b", { class: "vp-num", text: points(found.all_correct_floor) }))],
  ];
  return el(
    "section",
    { class: "vp-card vp-ev-strip vp-ev-strip-two", "aria-label": "Headline" },
    el(
      "div",
      {},
      el("h3", { text: "Macro-F1 of mc > 0" }),
      bigFigure(at.macro_f1),
      el("p", {
        class: "vp-ev-note",
        text:
          "VisualPRM400K’s rule: a step is correct if at least one completion sampled after it reaches the answer. " +
          `The interval is a bootstrap over whole problems. ${againstCoin(at.macro_f1, found.coin_floor)}`,
      }),
      ...leftOut(found).map((text) => el("p", { class: "vp-ev-note", text })),
    ),
    el(
      "div",
      {},
      el("h3", { text: "Other figures" }),
      el(
        "dl",
        { class: "vp-ev-facts" },
        ...facts.map(([name, value]) => el("div", {}, el("dt", { text: name }), value)),
      ),
    ),
  );
}
