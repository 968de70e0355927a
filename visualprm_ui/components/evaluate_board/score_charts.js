// The three charts of why: whether a score is a probability, how scores lie by label, and where in a solution the model
// is good. What is pressed in them opens the steps behind it.

import { svg } from "../../assets/dom.js";
import { withSteps } from "./address.js";
import { chartCard, dot, line, rectangle, word } from "./chart_frame.js";
import { labelledOf } from "./counts.js";
import {
  counted,
  countText,
  estimateText,
  intervalText,
  points,
  rangeOf,
  shareText,
  thresholdText,
} from "./figures.js";
import { linear, ticks } from "./scale.js";

/** @import { CountsAbove, StepBenchmark } from "../../assets/api.d.ts" */

const LEFT = 34;
const RIGHT = 10;
const HEIGHT = 232;
const WORDS = 110; // pixels that the words beside a label's bars take
const LEAST_PRESS = 24; // CSS pixels across

/**
 * "1.8k" where a number has no room.
 * @param {number} count
 */
export function shortCount(count) {
  return count < 1000 ? String(count) : `${(count / 1000).toFixed(1)}k`;
}

/**
 * Share of right steps in each tenth of the scores.
 * @param {StepBenchmark} figures
 * @param {URLSearchParams} query
 */
export function calibrationChart({ calibration, pooled }, query) {
  const most = Math.max(1, ...calibration.map(({ steps }) => steps));
  const error = pooled.calibration_error;
  return chartCard({
    title: "Is a score a probability?",
    note: error === null ? "share right by score" : `share right by score · calibration error ${points(error)}`,
    figures: [
      ["Score", "Steps", "Mean score", "Share right", "95 % interval"],
      calibration.map(({ low, high, steps, mean_score: mean, share_correct: share }) => [
        `${thresholdText(low)} to ${thresholdText(high)}`,
        countText(steps),
        points(mean),
        steps === 0 ? "no steps" : points(share.value),
        intervalText(share),
      ]),
    ],
    draw: (width) => {
      const x = linear([0, 1], [LEFT, width - RIGHT]);
      const y = linear([0, 1], [168, 12]);
      const size = (width - RIGHT - LEFT) / Math.max(1, calibration.length);
      const grid = [0, 0.5, 1].flatMap((value) => [
        line("rule", LEFT, y(value), width - RIGHT, y(value)),
        word(LEFT - 6, y(value) + 4, String(value), "num two small", "end"),
      ]);
      const known = calibration.filter(({ share_correct: share }) => share.value !== null);
      const places = known.map(({ mean_score: mean, low, high, share_correct: share }) => ({
        x: x(mean ?? (low + high) / 2),
        y: y(share.value ?? 0),
        low: share.low,
        high: share.high,
      }));
      const every = size < 32 ? 2 : 1; // of the counts that have room
      const bars = calibration.flatMap(({ low, high, steps }, bin) => [
        rectangle("bars", x(low) + 1, 212 - (28 * steps) / most, size - 2, (28 * steps) / most),
        ...((calibration.length - 1 - bin) % every === 0
          ? [word(x((low + high) / 2), 226, shortCount(steps), "num two small", "middle")]
          : []),
      ]);
      const diagonal = line("mark", x(0), y(0), x(1), y(1));
      return {
        height: HEIGHT,
        shapes: [
          ...grid,
          diagonal,
          word(x(0.02), y(0.9), "dotted: right as often as the score says", "sans two small"),
          svg("polyline", { class: "thin", points: places.map((at) => `${at.x},${at.y}`).join(" ") }),
          ...places.flatMap((at) => [
            ...(at.low === null || at.high === null ? [] : [line("whisker", at.x, y(at.low), at.x, y(at.high))]),
            dot("dot", at.x, at.y, 3),
          ]),
          ...bars,
        ],
        presses: calibration
          .filter(({ steps }) => steps > 0)
          .map(({ low, high, steps, share_correct: share }) => ({
            x: x(low),
            width: size,
            query: withSteps(query, { score_from: low, score_to: high < 1 ? high : null }),
            text:
              `Score ${thresholdText(low)} to ${thresholdText(high)}: ${counted(steps, "step")}, ` +
              `right ${estimateText(share)}. List them`,
          })),
      };
    },
  });
}

/**
 * Scores of right steps upwards, of wrong ones downwards, each as a share of its label. Returns what moves the line of
 * the threshold too.
 * @param {StepBenchmark} figures
 * @param {URLSearchParams} query
 * @param {number} threshold
 */
export function histogramChart({ histogram, pooled, above }, query, threshold) {
  const all = labelledOf(pooled.confusion);
  const bins = histogram.correct.length;
  const shares = {
    correct: histogram.correct.map((count) => (all.correct ? count / all.correct : 0)),
    wrong: histogram.wrong.map((count) => (all.wrong ? count / all.wrong : 0)),
  };
  const most = Math.max(0.01, ...shares.correct, ...shares.wrong);
  let now = threshold;
  let scale = linear([0, 1], [0, 1]);
  const cursor = line("cursor", 0, 22, 0, 196);
  const name = word(0, 16, "", "num focus small", "middle");
  const said = { correct: word(0, 0, "", "sans two small"), wrong: word(0, 0, "", "sans two small") };
  const move = (/** @type {number} */ wanted) => {
    now = wanted;
    const at = Math.round(100 * now);
    const place = scale(now).toFixed(1);
    for (const [attribute, value] of Object.entries({ x1: place, x2: place })) cursor.setAttribute(attribute, value);
    name.setAttribute("x", place);
    name.textContent = thresholdText(now);
    for (const label of /** @type {const} */ (["correct", "wrong"]))
      said[label].textContent = `${shareText(above[label][at], all[label])} above ${thresholdText(now)}`;
  };
  const range = (/** @type {number} */ bin) => [bin / bins, (bin + 1) / bins].map(thresholdText);
  const node = chartCard({
    title: "Scores by label",
    note: "share of each label",
    figures: [
      ["Score", "Correct", "Wrong"],
      histogram.correct.map((count, bin) => [range(bin).join(" to "), count, histogram.wrong[bin]]),
    ],
    draw: (width) => {
      scale = linear([0, 1], [6, width - 8]);
      const middle = 110;
      const tall = 82;
      const size = (width - 14) / bins;
      const bars = histogram.correct.flatMap((_, bin) => {
        const [up, down] = [(tall * shares.correct[bin]) / most, (tall * shares.wrong[bin]) / most];
        return [
          rectangle("pos", scale(bin / bins) + 0.5, middle - up, size - 1, up),
          rectangle("neg", scale(bin / bins) + 0.5, middle, size - 1, down),
        ];
      });
      const span = Math.min(bins, Math.ceil(WORDS / size));
      const wordPlace = (/** @type {"correct" | "wrong"} */ label) =>
        6 + quietBin(shares[label], span, most / 8) * size;
      for (const [label, at] of /** @type {const} */ ([
        ["correct", middle - 62],
        ["wrong", middle + 52],
      ])) {
        said[label].setAttribute("x", String(wordPlace(label)));
        said[label].setAttribute("y", String(at + 15));
      }
      move(now);
      return {
        height: HEIGHT,
        shapes: [
          line("axis", 6, middle, width - 8, middle),
          ...bars,
          word(wordPlace("correct"), middle - 62, `correct, ${countText(all.correct)}`, "sans ink small"),
          said.correct,
          word(wordPlace("wrong"), middle + 52, `wrong, ${countText(all.wrong)}`, "sans ink small"),
          said.wrong,
          ...[0, 0.2, 0.4, 0.6, 0.8, 1].map((tick) =>
            word(scale(tick), 218, String(tick), "num two small", tick === 0 ? "start" : tick === 1 ? "end" : "middle"),
          ),
          cursor,
          name,
        ],
        presses: pressesOf(histogram, size < LEAST_PRESS ? 2 : 1).map(({ from, to, correct, wrong }) => ({
          x: scale(from),
          width: scale(to) - scale(from),
          query: withSteps(query, { score_from: from, score_to: to < 1 ? to : null }),
          text: `Score ${thresholdText(from)} to ${thresholdText(to)}: ${correct} correct, ${wrong} wrong. List them`,
        })),
      };
    },
  });
  return { node, move };
}

/**
 * The first bin from which on words so many bins wide meet low bars only; where there are none, the lowest.
 * @param {number[]} shares
 * @param {number} span
 * @param {number} low
 */
export function quietBin(shares, span, low) {
  const highest = shares.slice(0, shares.length - span + 1).map((_, at) => Math.max(...shares.slice(at, at + span)));
  const quiet = highest.findIndex((each) => each <= low);
  return quiet >= 0 ? quiet : highest.indexOf(Math.min(...highest));
}

/**
 * Bins, so many together that a finger meets them.
 * @param {CountsAbove} histogram
 * @param {number} together
 */
export function pressesOf({ correct, wrong }, together) {
  const bins = correct.length;
  const sum = (/** @type {number[]} */ counts, /** @type {number} */ at) =>
    counts.slice(at, at + together).reduce((all, count) => all + count, 0);
  const starts = correct.map((_, bin) => bin).filter((bin) => bin % together === 0);
  return starts.map((bin) => ({
    from: bin / bins,
    to: Math.min(1, (bin + together) / bins),
    correct: sum(correct, bin),
    wrong: sum(wrong, bin),
  }));
}

/**
 * Macro-F1 by the place of the step in its solution.
 * @param {StepBenchmark} figures
 * @param {URLSearchParams} query
 */
export function placeChart({ places, pooled }, query) {
  const coin = pooled.coin_floor;
  const most = Math.max(1, ...places.map(({ steps }) => steps));
  const [low, high] = rangeOf([
    coin,
    ...places.flatMap(({ macro_f1: figure }) => [figure.value, figure.low, figure.high]),
  ]);
  return chartCard({
    title: "By step position",
    note: "macro-F1, steps below",
    figures: [
      ["Place", "Steps", "Macro-F1", "95 % interval"],
      places.map(({ name, steps, macro_f1: figure }) => [
        name ?? "–",
        countText(steps),
        figure.value === null ? estimateText(figure) : points(figure.value),
        intervalText(figure),
      ]),
    ],
    draw: (width) => {
      const y = linear([low, high], [162, 12]);
      const size = (width - LEFT - RIGHT) / Math.max(1, places.length);
      const x = (/** @type {number} */ index) => LEFT + (index + 0.5) * size;
      const grid = ticks([low, high], 4).flatMap((tick) => [
        line("rule", LEFT, y(tick), width - RIGHT, y(tick)),
        word(LEFT - 6, y(tick) + 4, String(Math.round(100 * tick)), "num two small", "end"),
      ]);
      const floor =
        coin === null
          ? []
          : [
              line("mark", LEFT, y(coin), width - RIGHT, y(coin)),
              word(LEFT + 2, y(coin) + (y(coin) > 150 ? -5 : 14), "fair coin", "sans two small"),
            ];
      const drawn = places.flatMap(({ name, steps, macro_f1: figure }, index) => {
        const bar = (28 * steps) / most;
        return [
          ...(figure.low === null || figure.high === null
            ? []
            : [line("whisker", x(index), y(figure.low), x(index), y(figure.high))]),
          ...(figure.value === null
            ? [word(x(index), y(low) - 6, "–", "num two small", "middle")]
            : [dot("dot", x(index), y(figure.value), 3.5)]),
          rectangle("bars", x(index) - size * 0.36, 208 - bar, size * 0.72, bar),
          word(x(index), 222, name ?? "–", "num two small", "middle"),
        ];
      });
      return {
        height: HEIGHT,
        shapes: [...grid, ...floor, ...drawn],
        presses: places.map(({ name, steps, macro_f1: figure }, index) => ({
          x: LEFT + index * size,
          width: size,
          query: withSteps(query, { place: name }),
          text: `Place ${name}: ${counted(steps, "step")}, macro-F1 ${estimateText(figure)}. List them`,
        })),
      };
    },
  });
}
