// Problem by problem: whose pick is right. A press opens both picks side by side, each with its own evaluation's
// scores.

import { el, setAttr, setText } from "../../assets/dom.js";
import { call, errorText } from "../../assets/rest.js";
import { AGGREGATIONS } from "../solution_board/run_facts.js";
import { countText } from "./figures.js";
import { addressedProblem, problemOpener } from "./opened_problem.js";
import { problemCells } from "./pool_cells.js";
import { outcomeOf, SIDES, wayName } from "./pool_comparison_words.js";
import { pickColumn, question, stepButton } from "./pool_problem.js";

/** @import { ComparedPicks, PoolComparison, PooledProblem } from "../../assets/api.d.ts" */
/** @import { PageContext } from "./board.js" */

const NAMES = { way: "pick of A", against: "pick of B" };

/** @param {PageContext} context */
export function comparedPicks(context) {
  const sentence = el("span", { class: "vp-ev-note", role: "status" });
  const cells = el("div", {});
  const pane = el("div", { "aria-live": "polite" });
  const node = el(
    "section",
    { class: "vp-card vp-ev-pool-picks-card", "aria-labelledby": "vp-ev-compared-picks" },
    el(
      "div",
      { class: "vp-ev-pad" },
      el("div", { class: "vp-ev-top" }, el("h2", { id: "vp-ev-compared-picks", text: "Problem by problem" }), sentence),
      cells,
    ),
    pane,
  );
  let shown = "";
  let asked = 0;

  /**
   * @param {PoolComparison} found
   * @param {number} n
   * @param {string} way
   * @param {URLSearchParams} query
   */
  const show = async (found, n, way, query) => {
    const choice = new URLSearchParams({ n: String(n), way });
    for (const name of SIDES) if (query.has(name)) choice.set(name, query.get(name) ?? "");
    if (String(choice) === shown) return;
    asked += 1;
    const mine = asked;
    setAttr(node, "aria-busy", "true");
    try {
      /** @type {ComparedPicks} */
      const picks = await call(`api/comparisons/best-of-n/picks?${choice}`);
      if (mine !== asked || context.signal.aborted) return;
      shown = String(choice);
      draw(found, picks);
    } catch (error) {
      if (mine === asked) setText(sentence, errorText(error));
    }
    setAttr(node, "aria-busy", null);
  };

  /**
   * @param {PoolComparison} found
   * @param {ComparedPicks} picks
   */
  const draw = (found, picks) => {
    setText(
      sentence,
      `the first ${picks.n} of every pool, by ${wayName(picks.way)}: A is right on ${countText(picks.right_a)}, ` +
        `B on ${countText(picks.right_b)} of ${countText(picks.problems.length)}; at least one is right in ` +
        countText(picks.right_any),
    );
    const problems = picks.problems.map(outcomeOf);
    const ask = (/** @type {string} */ problem, /** @type {"a" | "b"} */ side) => {
      const way = picks[`way_${side}`];
      const query = new URLSearchParams({ protocol: found.protocol, n: String(picks.n), way, against: way });
      const { id } = found[side].evaluation;
      return call(`api/evaluations/${encodeURIComponent(id)}/problems/${encodeURIComponent(problem)}?${query}`);
    };
    const { open, choose } = problemOpener({
      context,
      pane,
      load: (problem) => Promise.all([ask(problem, "a"), ask(problem, "b")]),
      draw: (/** @type {[PooledProblem, PooledProblem]} */ both) => problemPane(both, picks.way, strip),
    });
    const strip = problemCells({ problems }, NAMES, addressedProblem(), choose);
    cells.replaceChildren(strip.node);
    const wanted = problems.find(({ problem }) => problem === addressedProblem())?.problem ?? first(problems);
    if (wanted === null) return pane.replaceChildren();
    strip.show(wanted);
    open(wanted);
    return undefined;
  };
  return { node, show };
}

/**
 * A problem that one of the two is right on, or else any.
 * @param {ReturnType<typeof outcomeOf>[]} problems
 */
function first(problems) {
  const differing = problems.find(({ outcome }) => outcome === "only_way" || outcome === "only_against");
  return (differing ?? problems[0])?.problem ?? null;
}

/**
 * @param {[PooledProblem, PooledProblem]} both
 * @param {string} way
 * @param {ReturnType<typeof problemCells>} strip
 */
function problemPane([a, b], way, strip) {
  const { number, at, of } = strip.place();
  const how = AGGREGATIONS.find((each) => each === way) ?? "mean";
  return el(
    "div",
    { class: "vp-ev-pool-problem" },
    el(
      "div",
      { class: "vp-ev-pool-question" },
      el(
        "div",
        { class: "vp-ev-pool-number" },
        el("h3", { text: `Problem ${number}` }),
        el("span", { class: "vp-ev-note", text: `${at} of ${of}` }),
        stepButton("left", "Previous problem", () => strip.step(-1)),
        stepButton("right", "Next problem", () => strip.step(1)),
      ),
      question(a),
    ),
    el(
      "div",
      { class: "vp-ev-pool-picks", "data-two": true },
      pickColumn("A", a, a.way, how),
      pickColumn("B", b, b.way, how),
    ),
  );
}
