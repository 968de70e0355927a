// Right answers over tokens: Best-of-N as a line with its interval as a band, each search as a diamond with a whisker.
// Tokens stand on a logarithmic axis.

import { svg } from "../../assets/dom.js";
import { chart, line, word } from "./chart_frame.js";
import { countText, estimateText, points, rangeOf, signedPoints } from "./figures.js";
import { spokenFigure, spreadLabels } from "./pool_facts.js";
import { linear, ticks } from "./scale.js";
import { logTicks, tokenPoints } from "./search_text.js";

/** @import { PoolCurve } from "../../assets/api.d.ts" */
/** @import { TokenPoint } from "./search_text.js" */

const HEIGHT = 260;
const TOP = 18;
const BOTTOM = 40;
const LEFT = 32;
const LABEL = 15; // between two names

/** @param {PoolCurve} curve */
export function searchChart({ points: all, searches }) {
  const [first] = searches;
  const known = tokenPoints(all, first.against);
  const found = searches.flatMap(({ title, accuracy, tokens }) =>
    accuracy.value === null || tokens === null || tokens <= 0
      ? []
      : [{ title, tokens, ...accuracy, value: accuracy.value }],
  );
  return chart({
    title: "Right answers by tokens",
    note: "",
    figures: [
      ["", "Tokens per problem", "% right", "Search minus Best-of-N"],
      [
        ...known.map(({ n, tokens, value, low, high }) => [
          `Best-of-${n}`,
          Math.round(tokens),
          spokenFigure({ value, low, high, reason: null, sampling_error: null }),
          "",
        ]),
        ...searches.map(({ title, tokens, accuracy, difference }) => [
          `Search ${title}`,
          tokens === null ? "not counted" : Math.round(tokens),
          estimateText(accuracy),
          estimateText(difference, signedPoints),
        ]),
      ],
    ],
    draw: (width) => {
      if (!known.length && !found.length)
        return { height: 24, shapes: [word(0, 16, "Nothing to draw yet.", "sans two")] };
      const right = width < 480 ? 112 : 150;
      const spent = [...known, ...found].map(({ tokens }) => Math.log2(tokens));
      const x = linear([Math.min(...spent), Math.max(...spent)], [LEFT + 8, width - right]);
      const range = rangeOf([...known, ...found].flatMap(({ value, low, high }) => [value, low, high]));
      const y = linear(range, [HEIGHT - BOTTOM, TOP]);
      const at = (/** @type {number} */ tokens) => x(Math.log2(tokens));
      const shapes = [
        ...axes(spent, range, at, y, width - right),
        ...curveShapes(known, at, y),
        ...found.flatMap(({ tokens, value, low, high }) => [
          ...(low === null || high === null ? [] : [line("whisker", at(tokens), y(low), at(tokens), y(high))]),
          svg("path", { class: "search", d: diamond(at(tokens), y(value)) }),
        ]),
        ...names(known, found, y, width - right),
      ];
      return { height: HEIGHT, shapes };
    },
  });
}

/**
 * @param {number[]} spent logarithms of tokens
 * @param {[number, number]} range
 * @param {(tokens: number) => number} at
 * @param {(value: number) => number} y
 * @param {number} end
 */
function axes(spent, range, at, y, end) {
  const rows = ticks(range, 6).flatMap((tick) => [
    line("rule", LEFT, y(tick), end, y(tick)),
    word(LEFT - 7, y(tick) + 4, String(Math.round(100 * tick)), "num two small", "end"),
  ]);
  const tokens = logTicks([2 ** Math.min(...spent), 2 ** Math.max(...spent)]);
  const columns = tokens.map((each) =>
    word(at(each), HEIGHT - BOTTOM + 17, countText(Math.round(each)), "num two small", "middle"),
  );
  const title = word((LEFT + end) / 2, HEIGHT - 5, "tokens per problem", "sans two small", "middle");
  return [...rows, ...columns, word(0, 8, "% right", "sans two small"), title];
}

/**
 * @param {TokenPoint[]} known
 * @param {(tokens: number) => number} at
 * @param {(value: number) => number} y
 */
function curveShapes(known, at, y) {
  const place = (/** @type {TokenPoint} */ point, /** @type {number | null} */ value) =>
    `${at(point.tokens).toFixed(1)},${y(value ?? 0).toFixed(1)}`;
  const banded = known.filter(({ low, high }) => low !== null && high !== null);
  const edge = [
    ...banded.map((each) => place(each, each.high)),
    ...banded.toReversed().map((each) => place(each, each.low)),
  ];
  return [
    svg("polygon", { class: "band band-main", points: edge.join(" ") }),
    svg("polyline", { class: "way way-main", points: known.map((each) => place(each, each.value)).join(" ") }),
    ...known.map((each) =>
      svg("circle", { class: "dot", cx: at(each.tokens).toFixed(1), cy: y(each.value).toFixed(1), r: 3.5 }),
    ),
  ];
}

/**
 * @param {TokenPoint[]} known
 * @param {{ title: string, tokens: number, value: number }[]} found
 * @param {(value: number) => number} y
 * @param {number} end
 */
function names(known, found, y, end) {
  const last = known.at(-1);
  const all = [
    ...(last ? [{ name: `Best-of-${last.n}`, value: last.value }] : []),
    ...found.map(({ title, value }) => ({ name: `Search ${title.replace("x", "×")}`, value })),
  ];
  const places = spreadLabels(
    all.map(({ value }) => y(value)),
    LABEL,
    HEIGHT - BOTTOM,
  );
  return all.map(({ name, value }, index) =>
    svg(
      "text",
      { class: "sans", x: (end + 12).toFixed(1), y: (places[index] + 4).toFixed(1) },
      `${name} `,
      svg("tspan", { class: "num", text: points(value) }),
    ),
  );
}

/**
 * @param {number} x
 * @param {number} y
 */
function diamond(x, y) {
  return `M${(x - 6).toFixed(1)},${y.toFixed(1)} l6,-6 6,6 -6,6 z`;
}
