// The chart "score by step": one line per solution, the pick in ink, the solution being looked at in violet. Inline SVG, patched.

import { setAttr, svg } from "../../assets/dom.js";
import { isScore } from "../../assets/scores.js";
import { chartText, pick } from "./run_facts.js";

const HEIGHT = 132;
const BOX = { formerRuns: 30, right: 12, top: 8, bottom: 20 };

/** The pieces of a line: arrays of [step index, score], broken where a score is undefined. */
export function lineSegments(steps) {
  const lines = [];
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

/** The step numbers that get a tick: all up to 8, then every second, fifth, ... so that no more than 8 stand there. */
export function ticks(steps) {
  const every = [1, 2, 5, 10, 20, 50].find((size) => steps / size <= 8) ?? Math.ceil(steps / 8);
  return Array.from({ length: steps }, (_, index) => index + 1).filter((step) => step === 1 || step % every === 0);
}

/** Builds the chart; `draw(view, how)` updates it, `mark(draw | null)` lifts one solution's line. */
export function buildChart() {
  const grid = svg("g", { class: "vp-chart-grid" });
  const lines = svg("g", { class: "vp-chart-lines" });
  const node = svg("svg", { class: "vp-chart", role: "img", height: HEIGHT }, grid, lines);
  const drawn = new Map(); // draw -> {group, signature}
  let last = null;
  let width = 340;
  let marked = null;

  const draw = (view, aggregation) => {
    last = [view, aggregation];
    const steps = Math.max(2, ...view.cards.map((card) => card.steps.length));
    const scale = {
      x: (index) => BOX.formerRuns + (index * (width - BOX.formerRuns - BOX.right)) / (steps - 1),
      y: (score) => BOX.top + (1 - score) * (HEIGHT - BOX.top - BOX.bottom),
    };
    drawGrid(grid, steps, scale, width);
    setAttr(node, "viewBox", `0 0 ${width} ${HEIGHT}`);
    setAttr(node, "aria-label", chartText(view, aggregation));
    const best = pick(view, aggregation)?.draw;
    const seen = new Set();
    for (const card of view.cards) {
      seen.add(card.draw);
      drawLine(lines, drawn, card, scale, `${width}/${steps}`);
    }
    for (const [key, { group }] of drawn) {
      if (!seen.has(key)) {
        group.remove();
        drawn.delete(key);
      } else setAttr(group, "class", key === marked ? "vp-line-marked" : key === best ? "vp-line-best" : "vp-line");
    }
    raise(best);
    raise(marked);
  };

  const raise = (key) => {
    const group = drawn.get(key)?.group;
    if (group && lines.lastChild !== group) lines.append(group); // later in the document means on top
  };

  const mark = (key) => {
    if (key === marked) return;
    marked = key;
    if (last) draw(...last);
  };

  const resize = (wanted) => {
    if (wanted < 60 || Math.abs(wanted - width) < 2) return;
    width = Math.round(wanted);
    if (last) draw(...last);
  };
  return { node, draw, mark, resize };
}

function drawLine(parent, drawn, card, scale, frame) {
  const lines = lineSegments(card.steps);
  const signature = frame + JSON.stringify(lines);
  const old = drawn.get(card.draw);
  if (old?.signature === signature) return;
  const group = old?.group ?? parent.appendChild(svg("g"));
  const shapes = lines.flatMap((line) => {
    const points = line.map(([index, score]) => [scale.x(index).toFixed(1), scale.y(score).toFixed(1)]);
    const dots = points.map(([cx, cy]) => svg("circle", { cx, cy, r: 2 }));
    return points.length > 1
      ? [svg("polyline", { points: points.map((point) => point.join(",")).join(" ") }), ...dots]
      : dots;
  });
  group.replaceChildren(...shapes);
  drawn.set(card.draw, { group, signature });
}

function drawGrid(grid, steps, scale, width) {
  const signature = `${steps}/${width}`;
  if (grid.dataset.signature === signature) return;
  grid.dataset.signature = signature;
  const rows = [
    [0, "0"],
    [0.5, "0.5"],
    [1, "1"],
  ].flatMap(([score, text]) => [
    svg("line", { x1: BOX.formerRuns, x2: width - BOX.right, y1: scale.y(score), y2: scale.y(score) }),
    svg("text", { x: BOX.formerRuns - 6, y: scale.y(score) + 3.5, "text-anchor": "end", text }),
  ]);
  const columns = ticks(steps).map((step) =>
    svg("text", { x: scale.x(step - 1), y: HEIGHT - 5, "text-anchor": "middle", text: String(step) }),
  );
  grid.replaceChildren(...rows, ...columns);
}
