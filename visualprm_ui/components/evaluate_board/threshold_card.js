// The card in which a threshold moves: macro-F1 along it, the counts there. It moves alone: the headline and the tables
// stay at the evaluation's own threshold. All of it comes from 101 counts, so that it follows the hand.

import { el, setAttr, setText, show, svg } from "../../assets/dom.js";
import { chart, dot, line, word } from "./chart_frame.js";
import { confusionTable } from "./confusion_table.js";
import { countsAt, HUNDREDTHS, hundredthOf, labelledOf, macroF1Curve } from "./counts.js";
import { counted, points, rangeOf, thresholdText } from "./figures.js";
import { linear, ticks } from "./scale.js";
import { thresholdTable } from "./threshold_table.js";

/** @import { StepBenchmark, Threshold } from "../../assets/api.d.ts" */

const LEFT = 30;
const RIGHT = 12;
const HEIGHT = 190;
const TOP = 30;
const BOTTOM = 164;

/** @typedef {{ node: HTMLElement, move: (threshold: number) => void }} ThresholdCard */

/**
 * Returns the card; `move` sets it from outside.
 * @param {StepBenchmark} figures
 * @param {URLSearchParams} query
 * @param {number} threshold where it stands at first
 * @param {(threshold: number) => void} moved told each time
 * @returns {ThresholdCard}
 */
export function thresholdCard(figures, query, threshold, moved) {
  const { above, pooled, thresholds } = figures;
  const curve = macroF1Curve(above, pooled.confusion);
  const fixed = figures.evaluation.threshold ?? 0.5;
  const [value, at] = [el("b", { class: "vp-num" }), el("b", { class: "vp-num" })];
  const slider = el("input", {
    type: "range",
    min: 0,
    max: HUNDREDTHS,
    step: 1,
    class: "vp-ev-slider",
    "aria-label": "Threshold",
  });
  const shown = curveChart(figures, curve);
  const counts = confusionTable(query, labelledOf(pooled.confusion));
  const unread = pooled.confusion.unread_correct + pooled.confusion.unread_wrong;
  const marks = thresholds.map((each) => mark(each, (wanted) => set(wanted, true)));
  const back = el("button", {
    type: "button",
    class: "vp-btn vp-btn-quiet",
    text: `Back to ${thresholdText(fixed)}`,
    onclick: () => set(fixed, true),
  });
  const set = (/** @type {number} */ wanted, /** @type {boolean} */ isTold) => {
    const hundredth = hundredthOf(wanted);
    const now = hundredth / HUNDREDTHS;
    slider.value = String(hundredth);
    slider.style.setProperty("--vp-ev-part", `${hundredth}%`);
    const macro = curve[hundredth];
    setText(value, macro === null ? "undefined" : points(macro));
    setText(at, thresholdText(now));
    const words = `${thresholdText(now)}, macro-F1 ${macro === null ? "undefined" : points(macro)}`;
    setAttr(slider, "aria-valuetext", words);
    shown.move(hundredth);
    counts.move(countsAt(above, pooled.confusion, hundredth), `score > ${thresholdText(now)}: called right`);
    for (const each of marks) setAttr(each.node, "aria-pressed", String(hundredthOf(each.threshold) === hundredth));
    show(back, hundredth !== hundredthOf(fixed));
    if (isTold) moved(now);
  };
  slider.addEventListener("input", () => set(Number(slider.value) / HUNDREDTHS, true));
  slider.addEventListener("keydown", (event) => {
    const sign = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (sign === undefined || !event.shiftKey) return; // single steps are the browser's own
    event.preventDefault();
    set((Number(slider.value) + 5 * sign) / HUNDREDTHS, true);
  });
  const node = el(
    "section",
    { class: "vp-card vp-ev-pad vp-ev-threshold", "aria-label": "Threshold" },
    el(
      "div",
      { class: "vp-ev-top" },
      el("h2", { text: "Threshold" }),
      el("span", { class: "vp-ev-note" }, "macro-F1 ", value, " at ", at),
      el("span", { class: "vp-ev-end" }, shown.save),
    ),
    shown.node,
    slider,
    el("div", { class: "vp-ev-marks" }, ...marks.map((each) => each.node), back),
    thresholdTable(figures),
    counts.node,
    unread
      ? el("p", {
          class: "vp-ev-note",
          text: `${counted(unread, "score")} could not be read; they count against both classes.`,
        })
      : "",
    el("p", { class: "vp-ev-note", text: `Underlined: mistakes. Press a cell to list its steps below. ${STAYS}` }),
  );
  set(threshold, false);
  return { node, move: (wanted) => set(wanted, false) };
}

const STAYS = "The figures elsewhere stay at the evaluation’s own threshold.";

/**
 * @param {Threshold} each
 * @param {(threshold: number) => void} choose
 */
function mark(each, choose) {
  const { threshold, chosen_on: chosenOn, is_upper_bound: isBound } = each;
  const text = markText(each);
  const node = el("button", {
    type: "button",
    class: `vp-ev-mark${isBound ? " vp-ev-mark-bound" : ""}`,
    text,
    "aria-label": isBound || chosenOn !== null ? text : `Threshold ${text}`,
    title: isBound ? "Chosen by looking at the labels of this set: an upper bound, not a result." : null,
    onclick: () => choose(threshold),
  });
  return { node, threshold };
}

/**
 * What a mark says: its threshold, and whether that is the best on the tested steps.
 * @param {Threshold} each
 */
export function markText({ threshold, macro_f1: value, chosen_on: on, is_upper_bound: isBound, is_optimal: isBest }) {
  const name = thresholdText(Number(threshold.toFixed(3)));
  if (isBound) return `test optimum ${name} · ${points(value)}, an upper bound`;
  const own = on === null ? name : `tuned on ${on}: ${name}`;
  return isBest ? `${own} · as the test optimum` : own;
}

/**
 * Macro-F1 along the threshold, with what moves over it.
 * @param {StepBenchmark} figures
 * @param {(number | null)[]} curve
 */
function curveChart({ pooled, thresholds }, curve) {
  const range = rangeOf([...curve, pooled.coin_floor]);
  const coin = pooled.coin_floor;
  const cursor = line("cursor", 0, TOP - 10, 0, BOTTOM);
  const point = dot("focus", 0, 0, 4.5);
  const name = word(0, 14, "", "num focus bold", "middle");
  let x = linear([0, HUNDREDTHS], [0, 1]);
  let now = 0;
  const y = linear(range, [BOTTOM, TOP]);
  const move = (/** @type {number} */ hundredth) => {
    now = hundredth;
    const place = x(hundredth).toFixed(1);
    const value = curve[hundredth];
    for (const end of ["x1", "x2"]) cursor.setAttribute(end, place);
    name.setAttribute("x", place);
    setText(name, thresholdText(hundredth / HUNDREDTHS));
    point.setAttribute("cx", place);
    point.setAttribute("cy", y(value ?? range[0]).toFixed(1));
    point.setAttribute("visibility", value === null ? "hidden" : "visible");
  };
  const rows = curve.map((value, at) => [thresholdText(at / HUNDREDTHS), value === null ? "undefined" : points(value)]);
  const made = chart({
    title: "Macro-F1 by threshold",
    note: "",
    figures: [["Threshold", "Macro-F1"], rows.filter((_, at) => at % 5 === 0)],
    draw: (width) => {
      x = linear([0, HUNDREDTHS], [LEFT, width - RIGHT]);
      move(now);
      const grid = ticks(range, 4).flatMap((tick) => [
        line("rule", LEFT, y(tick), width - RIGHT, y(tick)),
        word(LEFT - 6, y(tick) + 4, String(Math.round(100 * tick)), "num two small", "end"),
      ]);
      const floor =
        coin === null
          ? []
          : [
              line("mark", LEFT, y(coin), width - RIGHT, y(coin)),
              word(LEFT + 3, y(coin) - 5, `fair coin ${points(coin)}`, "sans two small"),
            ];
      const marks = thresholds.flatMap(({ threshold, macro_f1: value }) => [
        line("mark", x(100 * threshold), TOP - 6, x(100 * threshold), BOTTOM),
        ...(value === null ? [] : [dot("hollow", x(100 * threshold), y(value), 3.5)]),
      ]);
      return {
        height: HEIGHT,
        shapes: [
          ...grid,
          ...floor,
          ...segments(curve).map((part) =>
            svg("polyline", {
              class: "line",
              points: part.map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(" "),
            }),
          ),
          ...marks,
          cursor,
          point,
          name,
          ...[0, 25, 50, 75, 100].map((tick) =>
            word(x(tick), BOTTOM + 16, thresholdText(tick / HUNDREDTHS), "num two small", "middle"),
          ),
        ],
      };
    },
  });
  return { ...made, move };
}

/**
 * The parts of a curve where it is defined, as [place, value].
 * @param {(number | null)[]} curve
 */
export function segments(curve) {
  /** @type {[number, number][][]} */
  const parts = [[]];
  for (const [at, value] of curve.entries()) {
    if (value === null) parts.push([]);
    else parts[parts.length - 1].push([at, value]);
  }
  return parts.filter((part) => part.length > 0);
}
