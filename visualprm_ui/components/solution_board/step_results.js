// What stands under a step: what completions of it came to, what is being made from it on, and what went on from it.

import { el } from "../../assets/dom.js";
import { plural } from "../../assets/plural.js";
import { countText, intervalText, isGoingOn, liveText, othersText, spokenTally } from "./branch_facts.js";

/** @import { BranchesView, Continuations, LiveBranchView, MeasuredStep } from "../../assets/api.d.ts" */
/** @import { ServerUsage, TallyView } from "../../assets/api.d.ts" */

/**
 * @typedef {object} StepResults what is known of one step
 * @property {MeasuredStep | null} rollouts
 * @property {LiveBranchView[]} live
 * @property {Continuations[]} continuations
 * @typedef {object} ResultActions
 * @property {(live: LiveBranchView) => void} stop
 * @property {(continuations: Continuations) => void} showThese
 */

/**
 * Returns what is known of a step.
 * @param {BranchesView} branches
 * @param {string} solution
 * @param {number} step
 * @returns {StepResults}
 */
export function resultsOf(branches, solution, step) {
  const isHere = (/** @type {{ solution: string, step: number }} */ each) =>
    each.solution === solution && each.step === step;
  return {
    rollouts: branches.rollouts.find(isHere) ?? null,
    live: branches.live.filter(isHere),
    continuations: branches.continuations.filter(isHere),
  };
}

/**
 * Returns the nodes of what is known of a step; none where nothing is.
 * @param {StepResults} results
 * @param {string | null} reference
 * @param {ResultActions} actions
 */
export function resultNodes({ rollouts, live, continuations }, reference, actions) {
  return [
    ...(rollouts ? [rolloutNode(rollouts, reference)] : []),
    ...continuations.map((each) => continuationNode(each, reference, () => actions.showThese(each))),
    ...live.map((each) => liveNode(each, () => actions.stop(each))),
  ];
}

/**
 * @param {MeasuredStep} rollouts
 * @param {string | null} reference
 */
function rolloutNode({ tally, times, usage }, reference) {
  const again = times > 1 ? el("span", { class: "vp-made-times", text: `rolled out ${times} times` }) : null;
  const others = othersText(tally);
  return el(
    "div",
    { class: "vp-made-box" },
    ...tallyNodes(tally, reference, again),
    others ? el("p", { class: "vp-made-others", "aria-hidden": "true", text: others }) : null,
    usageNode(usage),
  );
}

/**
 * @param {Continuations} continuations
 * @param {string | null} reference
 * @param {() => void} showThese
 */
function continuationNode({ tally, edit, cards, usage }, reference, showThese) {
  const show = el("button", {
    type: "button",
    class: "vp-made-link",
    text: cards.length === 1 ? "show it" : `show these ${cards.length}`,
    onclick: showThese,
  });
  const what = el("span", { class: "vp-made-what", text: edit === null ? "sampled again:" : "after an edit:" });
  const line = tally.reached === null ? [el("span", { text: plural(cards.length, "solution") }), show] : null;
  const nodes = line ? [el("p", { class: "vp-made-line" }, what, ...line)] : tallyNodes(tally, reference, show, what);
  return el("div", { class: "vp-made-box" }, ...nodes, usageNode(usage));
}

/**
 * The line of what model servers were asked; null where none was.
 * @param {ServerUsage[]} usage
 */
function usageNode(usage) {
  if (!usage.length) return null;
  const node = el("p", { class: "vp-made-others" });
  import("../../assets/server_usage.js").then(({ usageText }) => node.append(`Servers: ${usageText(usage)}`));
  return node;
}

/**
 * The line of a tally: how many, a bar with the interval, and what stands behind it.
 * @param {TallyView} tally
 * @param {string | null} reference
 * @param {HTMLElement | null} behind
 * @param {HTMLElement | null} [before]
 */
function tallyNodes(tally, reference, behind, before = null) {
  const spoken = el("span", { class: "vp-hidden", text: spokenTally(tally, reference) });
  const count = el("b", { class: "vp-num", text: countText(tally) });
  const shown = el("span", { class: "vp-made-count", "aria-hidden": "true" }, count);
  if (tally.reached !== null) {
    shown.append(
      ` reach ${reference ?? ""} `,
      el("span", { class: "vp-num", title: "95 % interval", text: intervalText(tally) }),
    );
  }
  return [el("p", { class: "vp-made-line" }, before, ...bars(tally), spoken, shown, behind)];
}

/** @param {TallyView} tally */
function bars({ reached, drawn, low, high }) {
  if (reached === null || low === null || high === null) return [];
  const bar = el("span", { class: "vp-made-bar", "aria-hidden": "true" }, el("span", {}), el("i", {}));
  bar.style.setProperty("--share", `${(100 * reached) / drawn}%`);
  bar.style.setProperty("--low", `${100 * low}%`);
  bar.style.setProperty("--span", `${100 * (high - low)}%`);
  return [bar];
}

/**
 * @param {LiveBranchView} live
 * @param {() => void} stop
 */
function liveNode(live, stop) {
  const text = el("span", { text: liveText(live) });
  if (!isGoingOn(live)) return el("p", { class: "vp-made-box vp-made-ended" }, text);
  const button = el("button", { type: "button", class: "vp-btn vp-btn-quiet", text: "Stop", onclick: stop });
  const bar = el("progress", { max: live.n, value: live.finished, "aria-label": "Written so far" });
  return el("p", { class: "vp-made-box vp-made-line", "data-live": true }, bar, text, button);
}
