// Problem by problem: what the way that is looked at picks among the first N solutions, against another. A problem
// opens below its cell.

import { el, setAttr, setText } from "../../assets/dom.js";
import { call, errorText } from "../../assets/rest.js";
import { countText } from "./figures.js";
import { addressedProblem, problemOpener } from "./opened_problem.js";
import { problemCells } from "./pool_cells.js";
import { RANDOM, VOTE } from "./pool_facts.js";
import { problemPane } from "./pool_problem.js";

/** @import { Aggregation, Picks, PooledProblem, PoolCurve } from "../../assets/api.d.ts" */
/** @import { PageContext } from "./board.js" */
/** @import { Way } from "./pool_facts.js" */

const SETTLED_MS = 200; // after N was moved, before problems are asked for anew

/**
 * @param {string} path of the evaluation
 * @param {PageContext} context
 */
export function picksSection(path, context) {
  const sentence = el("span", { class: "vp-ev-note" });
  const choices = el("span", { class: "vp-ev-end" });
  const cells = el("div", {});
  const pane = el("div", { "aria-live": "polite" });
  const node = el(
    "section",
    { class: "vp-card vp-ev-pool-picks-card", "aria-labelledby": "vp-ev-picks-title" },
    el(
      "div",
      { class: "vp-ev-pad" },
      el(
        "div",
        { class: "vp-ev-top" },
        el("h2", { id: "vp-ev-picks-title", text: "Problem by problem" }),
        sentence,
        choices,
      ),
      cells,
    ),
    pane,
  );
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let asked = 0;
  let shown = "";

  /**
   * @param {PoolCurve} curve
   * @param {Way[]} ways
   * @param {number} n
   * @param {URLSearchParams} query
   */
  const show = (curve, ways, n, query) => {
    const others = ways.slice(1).filter(({ way }) => way !== "oracle");
    const way = ways[0];
    const against =
      others.find((each) => each.way === query.get("against")) ?? others.find((each) => each.way === VOTE) ?? others[0];
    const key = JSON.stringify([curve.protocol, n, way.way, against.way, curve.problems]);
    drawChoices(others, against, (chosen) => {
      const changed = new URLSearchParams(location.search);
      changed.set("against", chosen);
      context.remember(changed);
      show(curve, ways, n, changed);
    });
    if (key === shown) return;
    clearTimeout(timer);
    timer = setTimeout(
      () => load(key, { protocol: curve.protocol, n: String(n), way: way.way, against: against.way }, way, against),
      shown ? SETTLED_MS : 0,
    );
  };

  /**
   * @param {string} key
   * @param {Record<string, string>} choice
   * @param {Way} way
   * @param {Way} against
   */
  const load = async (key, choice, way, against) => {
    asked += 1;
    const mine = asked;
    setAttr(node, "aria-busy", "true");
    try {
      /** @type {Picks} */
      const picks = await call(`${path}/picks?${new URLSearchParams(choice)}`);
      if (mine !== asked || context.signal.aborted) return;
      shown = key;
      draw(picks, choice, way, against);
    } catch (error) {
      if (mine === asked) setText(sentence, errorText(error));
    }
    setAttr(node, "aria-busy", null);
  };

  /**
   * @param {Picks} picks
   * @param {Record<string, string>} choice
   * @param {Way} way
   * @param {Way} against
   */
  const draw = (picks, choice, way, against) => {
    const names = { way: shortName(way), against: shortName(against) };
    setText(
      sentence,
      `the first ${picks.n} of every pool: ${way.title} ${countText(picks.right_way)} right, ${names.against} ` +
        `${countText(picks.right_against)}, one of the ${picks.n} is right in ${countText(picks.right_any)}`,
    );
    const how = /** @type {Aggregation} */ (choice.way.split("_").at(-1));
    const { open, choose } = problemOpener({
      context,
      pane,
      load: (problem) => call(`${path}/problems/${encodeURIComponent(problem)}?${new URLSearchParams(choice)}`),
      draw: (/** @type {PooledProblem} */ found) =>
        problemPane(found, { place: strip.place(), how, way: way.title, against: against.title, step: strip.step }),
    });
    const strip = problemCells(picks, names, addressedProblem(), choose);
    cells.replaceChildren(strip.node);
    const asked = addressedProblem();
    const wanted = picks.problems.some((each) => each.problem === asked) ? asked : strip.first();
    if (wanted === null) return pane.replaceChildren();
    strip.show(wanted);
    open(wanted);
    return undefined;
  };

  /**
   * @param {Way[]} others
   * @param {Way} against
   * @param {(way: string) => void} choose
   */
  const drawChoices = (others, against, choose) => {
    choices.replaceChildren(
      el("span", { class: "vp-ev-note", text: "Against" }),
      el(
        "span",
        { class: "vp-segments", role: "group", "aria-label": "Against" },
        ...others.map(({ way, title }) =>
          el("button", {
            type: "button",
            class: "vp-segment",
            text: way === RANDOM ? "random" : way === VOTE ? "majority vote" : title,
            "aria-pressed": String(way === against.way),
            onclick: () => choose(way),
          }),
        ),
      ),
    );
  };
  return { node, show };
}

/**
 * What a way is called inside a sentence.
 * @param {Way} way
 */
function shortName({ way, title }) {
  if (way === VOTE) return "vote";
  if (way === RANDOM) return "random draw";
  return title.replace(/ (mean|min|max|last|product)$/, "");
}
