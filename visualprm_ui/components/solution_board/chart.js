// The chart "score by step": one line per solution, the pick in ink, the solution being looked at in violet. Inline
// SVG, patched.

import { setAttr, svg, targetOf } from "../../assets/dom.js";
import { isScore } from "../../assets/scores.js";
import { chartText, copies, differentDraws, pick } from "./run_facts.js";

/** @import { Aggregation, CardStep, RunView, SolutionCard } from "../../assets/api.d.ts" */

/**
 * @typedef {{ x: (index: number) => number, y: (score: number) => number }} Scale to pixels
 * @typedef {{ group: SVGGElement, signature: string }} Line a solution's line and what it was drawn from
 */

const HEIGHT = 132;
const BOX = { left: 30, right: 12, top: 8, bottom: 20 };

/**
 * Returns the segments of a line, broken where a score is undefined.
 * @param {Pick<CardStep, "score">[]} steps
 * @returns {[index: number, score: number][][]}
 */
export function lineSegments(steps) {
  /** @type {[index: number, score: number][][]} */
  const lines = [];
  /** @type {[index: number, score: number][]} */
  let line = [];
  steps.forEach((step, index) => {
    if (isScore(step.score)) line.push([index, step.score]);
    else if (line.length) {
      lines.push(line);
      line = [];
    }
  });
  if (line.length) lines.push(line);
  return lines;
}

/**
 * Returns the step numbers that get a tick: all up to 8, then every second, fifth, ... so that there are never more
 * than 8.
 * @param {number} steps
 */
export function ticks(steps) {
  const every = [1, 2, 5, 10, 20, 50].find((size) => steps / size <= 8) ?? Math.ceil(steps / 8);
  return Array.from({ length: steps }, (_, index) => index + 1).filter((step) => step === 1 || step % every === 0);
}

/** Builds the chart; `draw` updates it, `mark` emphasises one solution's line. */
export function buildChart() {
  const grid = svg("g", { class: "vp-chart-grid" });
  const lines = svg("g", { class: "vp-chart-lines" });
  const node = svg("svg", { class: "vp-chart", role: "img", height: HEIGHT }, grid, lines);
  /** @type {Map<number, Line>} */
  const drawn = new Map(); // by draw
  /** @type {[RunView, Aggregation, string | null] | null} */
  let last = null;
  let width = 340;
  /** @type {number | null} */
  let marked = null;

  /**
   * @param {RunView} view
   * @param {Aggregation} aggregation
   * @param {string | null} [filter] the group of answers that is shown alone
   */
  const draw = (view, aggregation, filter = null) => {
    last = [view, aggregation, filter];
    const steps = Math.max(2, ...view.cards.map((card) => card.steps.length));
    /** @type {Scale} */
    const scale = {
      x: (index) => BOX.left + (index * (width - BOX.left - BOX.right)) / (steps - 1),
      y: (score) => BOX.top + (1 - score) * (HEIGHT - BOX.top - BOX.bottom),
    };
    drawGrid(grid, steps, scale, width);
    setAttr(node, "viewBox", `0 0 ${width} ${HEIGHT}`);
    setAttr(node, "aria-label", chartText(view, aggregation));
    const best = pick(view, aggregation)?.draw;
    const seen = new Set();
    const different = new Set(differentDraws(view));
    const counts = copies(view);
    for (const card of view.cards) {
      if (!different.has(card.draw)) continue;
      seen.add(card.draw);
      const group = drawLine(lines, drawn, card, scale, `${width}/${steps}`);
      group.dataset.draw = String(card.draw);
      group.classList.toggle("vp-line-other", filter !== null && card.group !== filter);
      group.style.setProperty("--vp-line-width", lineWidth(counts.get(card.draw) ?? 1, view.cards.length));
    }
    for (const [key, { group }] of drawn) {
      if (!seen.has(key)) {
        group.remove();
        drawn.delete(key);
      } else {
        group.classList.remove("vp-line", "vp-line-marked", "vp-line-best");
        group.classList.add(key === marked ? "vp-line-marked" : key === best ? "vp-line-best" : "vp-line");
      }
    }
    raise(best);
    raise(marked);
  };

  /** @param {number | null | undefined} key */
  const raise = (key) => {
    const group = typeof key === "number" ? drawn.get(key)?.group : null;
    if (group && lines.lastChild !== group) lines.append(group); // later in the document means on top
  };

  /** @param {number | null} key */
  const mark = (key) => {
    if (key === marked) return;
    marked = key;
    if (last) draw(...last);
  };

  /** @param {number} wanted pixels */
  const resize = (wanted) => {
    if (wanted < 60 || Math.abs(wanted - width) < 2) return;
    width = Math.round(wanted);
    if (last) draw(...last);
  };
  /**
   * @param {(draw: number | null) => void} hovered told which line is pointed at
   * @param {(draw: number) => void} chosen told which line was clicked
   */
  const onMark = (hovered, chosen) => {
    const drawOf = (/** @type {Event} */ event) => {
      const draw = targetOf(event)?.closest("[data-draw]")?.getAttribute("data-draw");
      return draw === null || draw === undefined ? null : Number(draw);
    };
    const point = (/** @type {number | null} */ draw) => {
      mark(draw);
      hovered(draw);
    };
    lines.addEventListener("pointerover", (event) => point(drawOf(event)));
    lines.addEventListener("pointerleave", () => point(null));
    lines.addEventListener("click", (event) => {
      const draw = drawOf(event);
      if (draw !== null) chosen(draw);
    });
  };
  return { node, draw, mark, onMark, resize };
}

/**
 * @param {SVGGElement} parent
 * @param {Map<number, Line>} drawn
 * @param {SolutionCard} card
 * @param {Scale} scale
 * @param {string} frame what the scale depends on
 */
function drawLine(parent, drawn, card, scale, frame) {
  const lines = lineSegments(card.steps);
  const signature = frame + JSON.stringify(lines);
  const old = drawn.get(card.draw);
  if (old?.signature === signature) return old.group;
  const group = old?.group ?? parent.appendChild(svg("g"));
  const shapes = lines.flatMap((line) => {
    const points = line.map(([index, score]) => [scale.x(index).toFixed(1), scale.y(score).toFixed(1)]);
    const dots = points.map(([cx, cy]) => svg("circle", { cx, cy, r: 2 }));
    const path = points.map((point) => point.join(",")).join(" ");
    return points.length > 1
      ? [svg("polyline", { points: path }), svg("polyline", { class: "vp-line-hit", points: path }), ...dots]
      : dots;
  });
  group.replaceChildren(...shapes);
  drawn.set(card.draw, { group, signature });
  return group;
}

/**
 * Returns the width of a line in pixels: how many solutions take it.
 * @param {number} count
 * @param {number} all
 */
export function lineWidth(count, all) {
  return `${(1.5 + (4 * (count - 1)) / Math.max(1, all)).toFixed(1)}px`;
}

/**
 * @param {SVGGElement} grid
 * @param {number} steps
 * @param {Scale} scale
 * @param {number} width
 */
function drawGrid(grid, steps, scale, width) {
  const signature = `${steps}/${width}`;
  if (grid.dataset.signature === signature) return;
  grid.dataset.signature = signature;
  const rows = [0, 0.5, 1].flatMap((score) => [
    svg("line", { x1: BOX.left, x2: width - BOX.right, y1: scale.y(score), y2: scale.y(score) }),
    svg("text", { x: BOX.left - 6, y: scale.y(score) + 3.5, "text-anchor": "end", text: String(score) }),
  ]);
  const columns = ticks(steps).map((step) =>
    svg("text", { x: scale.x(step - 1), y: HEIGHT - 5, "text-anchor": "middle", text: String(step) }),
  );
  grid.replaceChildren(...rows, ...columns);
}
