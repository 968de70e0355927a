// The last cell of the verdict: the scores by step, or, with a reference answer, how often a choice of n would be
// right.

import { el, setText, show } from "../../assets/dom.js";
import { buildChart } from "./chart.js";
import { buildRunCurve } from "./run_curve.js";

/** @import { Aggregation, RunView } from "../../assets/api.d.ts" */

const STEPS = "Score by step";
const CURVE = "Right of n";

/** Builds the cell; `draw` updates it. */
export function buildChartCell() {
  const chart = buildChart();
  const curve = buildRunCurve();
  const title = el("span", { text: STEPS });
  let isCurve = false;
  /** @type {[RunView, Aggregation, string | null] | null} */
  let last = null;
  const buttons = [STEPS, CURVE].map((name) => {
    const button = el("button", { type: "button", class: "vp-segment", text: name });
    button.addEventListener("click", () => {
      isCurve = name === CURVE;
      if (last) draw(...last);
    });
    return button;
  });
  const switches = el("span", { class: "vp-segments", role: "group", "aria-label": "Chart", hidden: true }, ...buttons);
  const node = el(
    "div",
    { class: "vp-cell vp-cell-chart" },
    el("h3", { class: "vp-label" }, title, switches),
    chart.node,
    curve.node,
  );
  new ResizeObserver(() => {
    chart.resize(node.clientWidth - 28);
    curve.resize(node.clientWidth - 28);
  }).observe(node);

  /**
   * @param {RunView} view
   * @param {Aggregation} aggregation
   * @param {string | null} filter the group of answers that is shown alone
   */
  const draw = (view, aggregation, filter) => {
    last = [view, aggregation, filter];
    const known = view.curve ?? null;
    const isShown = isCurve && known !== null;
    show(switches, known !== null);
    show(title, known === null);
    setText(title, STEPS);
    for (const [at, button] of buttons.entries()) button.setAttribute("aria-pressed", String((at === 1) === isShown));
    show(chart.node, !isShown);
    show(curve.node, isShown);
    chart.draw(view, aggregation, filter);
    if (known) curve.draw(known, aggregation);
  };
  return { node, draw, mark: chart.mark, onMark: chart.onMark };
}
