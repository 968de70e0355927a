// Every problem as a cell, those of one outcome together: who is right, the way that is looked at or the one against
// it. Pressing a cell opens its problem; left and right keys go through them.

import { el, setAttr, svg } from "../../assets/dom.js";
import { rectangle } from "./chart_frame.js";
import { countText } from "./figures.js";
import { cellLayout, OUTCOMES, outcomeText } from "./pool_facts.js";

/** @import { PickedProblem, PickOutcome, Picks } from "../../assets/api.d.ts" */

/** @typedef {{ problem: string, outcome: PickOutcome, number: number }} Cell `number`: from 1, in the evaluation */

const EDGE = 10; // of a cell with the room behind it
const GAP = 16; // between blocks

/**
 * Returns the problems in the order of their cells.
 * @param {PickedProblem[]} problems
 * @returns {Cell[]}
 */
export function cellsOf(problems) {
  const numbered = problems.map((each, index) => ({ ...each, number: index + 1 }));
  return OUTCOMES.flatMap((outcome) => numbered.filter((each) => each.outcome === outcome));
}

/**
 * @param {Pick<Picks, "problems">} picks
 * @param {{ way: string, against: string }} names
 * @param {string | null} current problem
 * @param {(problem: string) => void} choose
 */
export function problemCells(picks, names, current, choose) {
  const cells = cellsOf(picks.problems);
  const counts = OUTCOMES.map((outcome) => cells.filter((each) => each.outcome === outcome).length);
  const plot = svg("svg", { class: "vp-ev-chart vp-ev-cells", "aria-hidden": "true", focusable: "false" });
  const slider = el(
    "div",
    {
      class: "vp-ev-cell-slider",
      role: "slider",
      tabindex: "0",
      "aria-label": "Problem",
      "aria-valuemin": 1,
      "aria-valuemax": Math.max(1, cells.length),
    },
    plot,
  );
  let at = cells.findIndex((each) => each.problem === current);
  let width = 0;
  /** @type {{ x: number, y: number }[]} */
  let places = [];
  const cursor = svg("rect", { class: "cell-cursor", width: EDGE + 2, height: EDGE + 2 });

  const mark = () => {
    const cell = cells[at];
    setAttr(slider, "aria-valuenow", at < 0 ? null : at + 1);
    const spoken = cell
      ? `Problem ${cell.number}: ${outcomeText(cell.outcome, names.way, names.against)}, ${at + 1} of ${cells.length}`
      : "none is open";
    setAttr(slider, "aria-valuetext", spoken);
    setAttr(cursor, "visibility", at < 0 ? "hidden" : null);
    if (at >= 0 && places[at]) {
      setAttr(cursor, "x", places[at].x - 2);
      setAttr(cursor, "y", places[at].y - 2);
    }
  };
  const draw = (/** @type {number} */ wanted) => {
    if (wanted < 60 || Math.abs(wanted - width) < 2) return;
    width = Math.round(wanted);
    const { rows, blocks, height } = cellLayout(counts, width - 4, EDGE, GAP);
    places = OUTCOMES.flatMap((_, block) =>
      Array.from({ length: counts[block] }, (__, index) => ({
        x: 2 + blocks[block].x + (index % blocks[block].columns) * EDGE,
        y: 2 + Math.floor(index / blocks[block].columns) * EDGE,
      })),
    );
    for (const [name, value] of Object.entries({ width, height: height + 4, viewBox: `0 0 ${width} ${height + 4}` }))
      setAttr(plot, name, value);
    plot.replaceChildren(
      ...cells.map(({ outcome }, index) =>
        rectangle(`cell cell-${outcome}`, places[index].x, places[index].y, EDGE - 2, EDGE - 2),
      ),
      cursor,
    );
    setAttr(plot, "data-rows", rows);
    mark();
  };
  const go = (/** @type {number} */ index) => {
    if (index < 0 || index >= cells.length || index === at) return;
    at = index;
    mark();
    choose(cells[at].problem);
  };
  slider.addEventListener("click", (event) => {
    const box = plot.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const hit = places.findIndex(
      (each) => x >= each.x - 1 && x < each.x + EDGE - 1 && y >= each.y - 1 && y < each.y + EDGE - 1,
    );
    go(hit);
  });
  slider.addEventListener("keydown", (event) => {
    /** @type {Record<string, number>} */
    const steps = { ArrowLeft: Math.max(0, at - 1), ArrowRight: at + 1, Home: 0, End: cells.length - 1 };
    if (!(event.key in steps)) return;
    event.preventDefault();
    go(steps[event.key]);
  });
  new ResizeObserver(([entry]) => draw(entry.contentRect.width)).observe(slider);
  draw(360);

  const legend = el(
    "ul",
    { class: "vp-ev-cell-legend" },
    ...OUTCOMES.map((outcome, index) => {
      const first = cells.findIndex((each) => each.outcome === outcome);
      const words = [
        svg(
          "svg",
          { class: "vp-ev-chart", width: 12, height: 12, "aria-hidden": "true" },
          rectangle(`cell cell-${outcome}`, 1, 1, 9, 9),
        ),
        el("b", { class: "vp-num", text: countText(counts[index]) }),
        el("span", { text: outcomeText(outcome, names.way, names.against) }),
      ];
      const button = el("button", { type: "button", disabled: first < 0, onclick: () => go(first) }, ...words);
      return el("li", {}, button);
    }),
  );
  return {
    node: el("div", {}, slider, legend),
    step: (/** @type {number} */ by) => go(at + by),
    /** Where the open problem stands among those of its outcome, from 1. */
    place: () => {
      const outcome = cells[at]?.outcome;
      const same = cells.filter((each) => each.outcome === outcome);
      return { number: cells[at]?.number ?? 0, at: same.indexOf(cells[at]) + 1, of: same.length };
    },
    first: () => (cells.find((each) => each.outcome === "only_way") ?? cells[0])?.problem ?? null,
    show: (/** @type {string} */ problem) => {
      at = cells.findIndex((each) => each.problem === problem);
      mark();
    },
  };
}
