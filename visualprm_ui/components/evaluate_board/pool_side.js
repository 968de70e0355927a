// What stands beside the chart: the figure at one N, what it is over the others, and what the dashed lines are; and the
// note below the table.

import { el } from "../../assets/dom.js";
import { usageText } from "../../assets/server_usage.js";
import { inWords } from "../transfer_panel/job_text.js";
import { counted, countText, intervalText, points, signedPoints } from "./figures.js";
import { differenceOf, fallText, gapText, ORACLE, RANDOM } from "./pool_facts.js";

/** @import { CurvePoint, PoolCurve } from "../../assets/api.d.ts" */
/** @import { Way } from "./pool_facts.js" */

/**
 * @param {PoolCurve} curve
 * @param {Way[]} ways
 * @param {CurvePoint} point
 * @returns {Node[]}
 */
export function sideCard(curve, ways, point) {
  const [first, ...others] = ways;
  const figure = point.figures[first.way];
  const compared = others.filter(({ way }) => way !== ORACLE);
  const isLast = point === curve.points.at(-1);
  const sentences = [gapText(point, first.way), isLast || point.n >= 64 ? fallText(curve.points, first.way) : ""];
  const tokens =
    point.tokens === null ? "Tokens were not counted." : `${countText(Math.round(point.tokens))} tokens per problem.`;
  return [
    el("h3", { text: `At N = ${point.n}` }),
    el("p", { class: "vp-ev-big" }, points(figure?.value), el("small", { text: " %" })),
    el("p", {
      class: "vp-ev-interval",
      text: [figure ? intervalText(figure) : "", first.title].filter(Boolean).join(", "),
    }),
    el("dl", { class: "vp-ev-pool-over" }, ...compared.map((other) => over(point, first, other))),
    el("p", { class: "vp-ev-note", text: sentences.filter(Boolean).join(" ") }),
    el("p", { class: "vp-ev-note", text: `${tokens} ${spent(curve)}` }),
    ...paperNote(curve),
  ];
}

/**
 * @param {CurvePoint} point
 * @param {Way} first
 * @param {Way} other
 */
function over(point, first, { way, title }) {
  const difference = differenceOf(point, first.way, way);
  const name = way === RANDOM ? "a random pick" : title === "Majority vote" ? "the vote" : `the ${title}`;
  return el(
    "div",
    {},
    el("dt", { text: `over ${name}` }),
    el(
      "dd",
      {},
      el("b", { class: "vp-num", text: signedPoints(difference?.value ?? null) }),
      el("small", { text: difference ? ` ${intervalText(difference, signedPoints)}` : "" }),
    ),
  );
}

/**
 * What the pools took, and what servers counted for them, their scores and searches.
 * @param {Pick<PoolCurve, "tokens" | "seconds" | "usage">} curve
 */
export function spent({ tokens, seconds, usage }) {
  const all = tokens === null ? "" : `${countText(tokens)} tokens and `;
  const servers = usage.length ? ` Servers counted ${usageText(usage)}.` : "";
  return `The pools took ${all}${inWords(seconds)}.${servers}`;
}

/** @param {PoolCurve} curve */
function paperNote({ paper: [first], points: all }) {
  const most = all.at(-1)?.n ?? 1;
  if (!first || first.points.filter(({ n }) => n <= most).length < 2) return [];
  const { name, source, date, protocol } = first;
  const drawn = protocol === "iid" ? "iid" : "greedy first";
  const where = `${name}, from ${source}, ${date}, ${drawn}`;
  const text = `Dashed: ${where}. For the shape only: other problems, no interval reported.`;
  return [el("p", { class: "vp-ev-note vp-ev-pool-paper", text })];
}

/**
 * @param {PoolCurve} curve
 * @param {boolean} isAdmin
 * @param {(greedy: boolean) => void} add
 */
export function tableNote(curve, isAdmin, add) {
  const { protocol, protocols, smallest, largest, solutions, seconds, can_sample: canSample, models } = curve;
  const sizes = smallest === largest ? `the pool of ${largest}` : `pools of ${smallest} to ${largest}`;
  const exact =
    protocol === "iid"
      ? `iid: exact over all choices of N out of ${sizes}.`
      : `Greedy first: the greedy solution and every choice of N − 1 others out of ${sizes}.`;
  const missing = protocols.find((each) => each.lacking > 0);
  const waiting = models
    .filter((each) => each.lacking > 0)
    .map((each) => `${each.name} has yet to score ${counted(each.lacking, "solution")}, so it has no curve.`);
  const parts = /** @type {(Node | string)[]} */ ([exact, ...waiting.map((text) => ` ${text}`)]);
  if (missing) {
    const time = solutions > 0 ? `, about ${inWords((seconds / solutions) * missing.lacking)}` : "";
    const greedy = `Greedy first needs one greedy solution of each problem, ${countText(missing.lacking)} more${time}`;
    parts.push(` ${missing.protocol === "iid" ? "iid needs sampled solutions" : greedy}`);
    if (isAdmin && canSample && missing.protocol === "greedy-first")
      parts.push(
        ": ",
        el("button", {
          type: "button",
          class: "vp-ev-link vp-ev-text-button",
          text: "add them",
          onclick: () => add(true),
        }),
      );
    parts.push(".");
  }
  return el("p", { class: "vp-ev-note vp-ev-foot" }, ...parts);
}
