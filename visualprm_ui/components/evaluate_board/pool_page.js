// Best-of-N: does choosing by the reward model beat the vote and an ORM at equal N, and what is left to the oracle.
// Curves first, then the figures at two N, then problem by problem. While it works: of the problems done so far.

import { el, setText } from "../../assets/dom.js";
import { load as loadMaths } from "../../assets/maths.js";
import { call, errorText } from "../../assets/rest.js";
import { loadStyleSheet } from "../../assets/stylesheet.js";
import { AGGREGATIONS } from "../solution_board/run_facts.js";
import { isUnfinished } from "../transfer_panel/job_text.js";
import { pathOf } from "./evaluation_actions.js";
import { factsOf, pageHead, warnings } from "./page_head.js";
import { poll } from "./poll.js";
import { headActions, poolFiles } from "./pool_actions.js";
import { curveChart } from "./pool_chart.js";
import { pointAt, waysOf } from "./pool_facts.js";
import { picksSection } from "./pool_picks.js";
import { progressLine } from "./pool_progress.js";
import { sideCard, tableNote } from "./pool_side.js";
import { switches } from "./pool_switches.js";
import { curveTable } from "./pool_table.js";
import { recordStrip } from "./record.js";
import { searchCard } from "./search_card.js";

/** @import { Aggregation, Evaluation, PoolCurve } from "../../assets/api.d.ts" */
/** @import { PageContext, Shown } from "./board.js" */

const FIGURES_MS = 6000; // between two curves of an evaluation that works

/**
 * Shows the page.
 * @param {Evaluation} first
 * @param {PageContext} context
 * @returns {Promise<Shown>}
 */
export async function show(first, context) {
  loadMaths();
  const path = pathOf(first);
  let query = context.query;
  /** @type {[PoolCurve, void]} */
  let [curve] = await Promise.all([ask(path, query), loadStyleSheet(new URL("./pools.css", import.meta.url))]);
  const holder = el("div", { class: "vp-ev-page vp-ev-pool" });
  const status = el("p", { class: "vp-ev-note", role: "status" });
  const say = (/** @type {string} */ text) => setText(status, text);
  const picks = picksSection(path, context);

  const remember = (/** @type {Record<string, string | number | null>} */ changes) => {
    query = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(changes)) {
      if (value === null) query.delete(name);
      else query.set(name, String(value));
    }
    context.remember(query);
  };
  const again = async () => {
    curve = await ask(path, query);
    draw();
  };
  const begun = async () => {
    say("");
    await again();
    follow();
  };
  const switched = async (/** @type {Record<string, string | null>} */ changes) => {
    const isOther = "protocol" in changes;
    remember(changes);
    try {
      if (isOther) curve = await ask(path, query);
      draw();
      say("");
    } catch (error) {
      say(errorText(error));
    }
  };

  const draw = () => {
    const focused = document.activeElement?.getAttribute("data-focus") ?? null;
    const how = aggregationOf(query);
    const ways = waysOf(curve, how, query.get("model") ?? "");
    const point = curve.points.length ? pointAt(curve.points, Number(query.get("n"))) : null;
    const actions = [...headActions(curve, path, context, begun, say)];
    const parts = [
      pageHead(curve.evaluation.title, curve.evaluation.title, factsOf(curve.evaluation), actions),
      status,
      ...(curve.is_final ? [] : [progressLine(curve.evaluation)]),
      ...warnings(curve.evaluation),
      recordStrip(curve.record, curve.command, "", poolFiles(path, curve)),
    ];
    if (point === null) {
      holder.replaceChildren(
        ...parts,
        el("p", {
          class: "vp-card vp-ev-pad vp-ev-note",
          text: "The curves appear once the first problem is done.",
        }),
      );
      return;
    }
    const side = el("section", { class: "vp-card vp-ev-pad vp-ev-pool-side", "aria-live": "polite" });
    const fill = (/** @type {number} */ n) => side.replaceChildren(...sideCard(curve, ways, pointAt(curve.points, n)));
    fill(point.n);
    const chart = curveChart(curve, ways, point.n, (n) => {
      remember({ n });
      fill(n);
      picks.show(curve, ways, n, query);
    });
    const note = tableNote(curve, context.isAdmin, async (greedy) => {
      (await import("./pool_dialogs.js")).askForSolutions(curve, path, { greedy, begun });
    });
    holder.replaceChildren(
      ...parts,
      el(
        "div",
        { class: "vp-ev-row vp-ev-pool-top" },
        el(
          "section",
          { class: "vp-card vp-ev-pad", "aria-label": "Right answers by N" },
          el(
            "div",
            { class: "vp-ev-top" },
            el("h2", { text: "Right answers by N" }),
            el("span", { class: "vp-ev-end" }, ...switches(curve, how, ways[0]?.way ?? "", switched), chart.save),
          ),
          chart.node,
        ),
        side,
      ),
      curveTable(curve, ways, note),
      ...(curve.searches.length ? [searchCard(curve, path)] : []),
      picks.node,
    );
    picks.show(curve, ways, point.n, query);
    const refocused = focused && holder.querySelector(`[data-focus="${CSS.escape(focused)}"]`);
    if (refocused instanceof HTMLElement) refocused.focus();
  };

  let figuresAt = performance.now();
  const follow = poll(async () => {
    /** @type {Evaluation} */
    const now = await call(path);
    if (!isUnfinished(now)) {
      await again();
      return false;
    }
    if (performance.now() - figuresAt > FIGURES_MS || now.state !== curve.evaluation.state) {
      figuresAt = performance.now();
      await again();
    } else holder.querySelector(".vp-ev-pool-progress")?.replaceWith(progressLine(now));
    return true;
  }, context.signal);
  draw();
  if (isUnfinished(curve.evaluation)) follow();

  /** @param {URLSearchParams} wanted */
  const update = async (wanted) => {
    const isOther = wanted.get("protocol") !== query.get("protocol");
    query = wanted;
    if (isOther) curve = await ask(path, query);
    draw();
  };
  return { node: holder, update };
}

/**
 * @param {string} path
 * @param {URLSearchParams} query
 * @returns {Promise<PoolCurve>}
 */
function ask(path, query) {
  const protocol = query.get("protocol");
  return call(`${path}/curve${protocol ? `?protocol=${encodeURIComponent(protocol)}` : ""}`);
}

/**
 * @param {URLSearchParams} query
 * @returns {Aggregation}
 */
function aggregationOf(query) {
  return AGGREGATIONS.find((each) => each === query.get("score")) ?? "mean";
}
