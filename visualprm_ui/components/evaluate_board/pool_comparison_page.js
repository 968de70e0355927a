// Two Best-of-N evaluations of the same problems: the paired difference at one N and way to choose, every way, every N,
// and the problems on which one is right and the other is not.

import { el, setText } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { load as loadMaths } from "../../assets/maths.js";
import { address, call, errorText } from "../../assets/rest.js";
import { loadStyleSheet } from "../../assets/stylesheet.js";
import { changed } from "./address.js";
import { pageLink } from "./board.js";
import { copyButton } from "./copy_button.js";
import { differenceFigure } from "./difference_figure.js";
import { pathOf } from "./evaluation_actions.js";
import { counted } from "./figures.js";
import { bigFigure } from "./headline.js";
import { pageHead } from "./page_head.js";
import { poolFiles } from "./pool_actions.js";
import { curveChart } from "./pool_chart.js";
import { comparedPicks } from "./pool_comparison_picks.js";
import { differenceTable } from "./pool_comparison_table.js";
import {
  comparedCurves,
  pickingWays,
  poolsCsv,
  poolsNotes,
  poolsSentence,
  poolsTitle,
  SIDES,
  wayName,
  wayWithError,
} from "./pool_comparison_words.js";
import { group, PROTOCOL_WORDS, segment } from "./pool_switches.js";
import { recordStrip } from "./record.js";
import { saveFile } from "./save_file.js";

/** @import { ComparedPoint, ComparedSide, PoolComparison } from "../../assets/api.d.ts" */
/** @import { PageContext, Shown } from "./board.js" */

const FOLDERS =
  "Save A’s two files in a folder named a and B’s in one named b, then run the command beside the folders.";
const USUAL = 8; // the paper's Best-of-8; else the largest N below

/**
 * Shows the page.
 * @param {PageContext} context
 * @returns {Promise<Shown>}
 */
export async function show(context) {
  loadMaths();
  let query = context.query;
  /** @type {[PoolComparison, void]} */
  let [found] = await Promise.all([ask(query), loadStyleSheet(new URL("./pools.css", import.meta.url))]);
  const holder = el("div", { class: "vp-ev-page vp-ev-pool" });
  const status = el("p", { class: "vp-ev-note", role: "status" });
  const picks = comparedPicks(context);
  /** @type {{ found: PoolComparison, way: string, chart: ReturnType<typeof curveChart> } | null} */
  let drawn = null;
  const chartOf = (/** @type {string} */ way, /** @type {number} */ at) => {
    if (drawn?.found !== found || drawn.way !== way) {
      const { curves, ways } = comparedCurves(found, way);
      drawn = { found, way, chart: curveChart(curves, ways, at, (n) => switched({ n })) };
    }
    drawn.chart.move(at);
    return drawn.chart;
  };

  const switched = async (/** @type {Record<string, string | number>} */ changes) => {
    query = changed(new URLSearchParams(location.search), changes);
    context.remember(query);
    try {
      if (SIDES.some((name) => name in changes)) found = await ask(query);
      draw();
      setText(status, "");
    } catch (error) {
      setText(status, errorText(error));
    }
  };
  const draw = () => {
    const focused = document.activeElement?.getAttribute("data-focus") ?? null;
    const ways = pickingWays(found);
    const way = ways.find((each) => each === query.get("score")) ?? ways[0];
    const point = pointOf(found.points, Number(query.get("n")));
    const figures = point.ways[way];
    const chart = chartOf(way, point.n);
    holder.replaceChildren(
      pageHead(
        poolsTitle(found),
        "Compare",
        [el("span", { class: "vp-ev-sub", text: aboutText(found) })],
        actions(found, way),
      ),
      status,
      ...poolsNotes(found).map((text) =>
        el("p", { class: "vp-banner", role: "note" }, icon("info"), el("span", { text })),
      ),
      el("div", { class: "vp-ev-pool-switches" }, ...switches(found, point.n, way, switched)),
      el(
        "section",
        { class: "vp-card vp-ev-strip vp-ev-pair", "aria-label": "The difference" },
        sidePart("a", found.a, figures.a),
        sidePart("b", found.b, figures.b),
        differenceFigure(
          `B minus A, paired on the same problems · ${wayName(way)}, N = ${point.n}`,
          figures.difference,
          poolsSentence(figures, found),
        ),
      ),
      el(
        "div",
        { class: "vp-ev-row vp-ev-halves" },
        el(
          "section",
          { class: "vp-card vp-ev-pad", "aria-label": "Right answers by N" },
          el(
            "div",
            { class: "vp-ev-top" },
            el("h2", { text: `Right answers by N, ${wayName(way)}` }),
            el("span", { class: "vp-ev-end" }, chart.save),
          ),
          chart.node,
        ),
        differenceTable(
          `By ${wayName(way)} at every N`,
          "N",
          found.points.map(({ n, ways: all }) => ({ name: String(n), figures: all[way], isMain: n === point.n })),
        ),
      ),
      differenceTable(
        `Every way at N = ${point.n}`,
        "Chosen by",
        Object.entries(point.ways).map(([key, each]) => ({
          name: wayWithError(key, each),
          figures: each,
          isMain: key === way,
        })),
      ),
      recordStrip([], found.command, "", filesOf(found), FOLDERS),
      picks.node,
    );
    picks.show(found, point.n, way, query);
    const again = focused && holder.querySelector(`[data-focus="${CSS.escape(focused)}"]`);
    if (again instanceof HTMLElement) again.focus();
  };
  draw();
  return {
    node: holder,
    update: async (wanted) => {
      const isOther = SIDES.some((name) => wanted.get(name) !== query.get(name));
      query = wanted;
      if (isOther) found = await ask(query);
      draw();
    },
  };
}

/**
 * @param {URLSearchParams} query
 * @returns {Promise<PoolComparison>}
 */
function ask(query) {
  const sides = new URLSearchParams();
  for (const name of SIDES) if (query.has(name)) sides.set(name, query.get(name) ?? "");
  return call(`api/comparisons/best-of-n?${sides}`);
}

/**
 * @param {ComparedPoint[]} points
 * @param {number} asked
 */
function pointOf(points, asked) {
  return points.find(({ n }) => n === asked) ?? points.findLast(({ n }) => n <= USUAL) ?? points[0];
}

/** @param {PoolComparison} found */
function aboutText({ problems, protocol, resamples }) {
  const draws = `${resamples.toLocaleString("en")} bootstrap resamples of whole problems`;
  return `${counted(problems, "problem")} in common · ${PROTOCOL_WORDS[protocol]} · intervals: ${draws}`;
}

/**
 * @param {PoolComparison} found
 * @param {number} n
 * @param {string} way
 * @param {(changes: Record<string, string | number>) => void} switched
 */
function switches(found, n, way, switched) {
  const models = /** @type {const} */ (["a", "b"]).flatMap((side) => {
    const { model, models: all } = found[side];
    if (all.length < 2) return [];
    const buttons = all.map(({ key, name, mode }) =>
      segment(
        `model ${side} ${key}`,
        `${name}, ${mode === "steps" ? "PRM" : "ORM"}`,
        key === model?.key,
        () => switched({ [`model_${side}`]: key }),
        null,
      ),
    );
    return [group(`Model of ${side.toUpperCase()}`, buttons)];
  });
  const protocols = found.protocols.map((each) =>
    segment(`draws ${each}`, PROTOCOL_WORDS[each], each === found.protocol, () => switched({ protocol: each }), null),
  );
  const sizes = found.points.map((each) =>
    segment(`n ${each.n}`, String(each.n), each.n === n, () => switched({ n: each.n }), null),
  );
  const ways = pickingWays(found).map((each) =>
    segment(`score ${each}`, wayName(each), each === way, () => switched({ score: each }), null),
  );
  return [
    ...(protocols.length > 1 ? [group("Draws", protocols)] : []),
    ...models,
    group("N", sizes),
    group("Chosen by", ways),
  ];
}

/**
 * @param {"a" | "b"} which
 * @param {ComparedSide} side
 * @param {import("../../assets/api.d.ts").Estimate} figure
 */
function sidePart(which, { evaluation, model }, figure) {
  const chooses = model === null ? "no reward model has scored all" : `${model.name} chooses`;
  const wrote = evaluation.policy === null ? "" : `${evaluation.policy.name} wrote`;
  return el(
    "div",
    {},
    el(
      "h3",
      {},
      el("span", { class: "vp-ev-side", "data-side": which, text: which.toUpperCase() }),
      pageLink(new URLSearchParams({ id: evaluation.id }), { class: "vp-ev-link", dir: "auto" }, evaluation.title),
    ),
    bigFigure(figure),
    el("p", { class: "vp-ev-note", dir: "auto", text: [chooses, wrote].filter(Boolean).join(" · ") }),
  );
}

/** @param {PoolComparison} found */
function filesOf(found) {
  const [a, b] = [found.a, found.b].map(({ evaluation }) => poolFiles(pathOf(evaluation), found));
  return [...a.map((each) => inFolder("a", each)), ...b.slice(1).map((each) => inFolder("b", each))];
}

/**
 * @param {string} folder
 * @param {{ name: string, address: string }} file
 */
function inFolder(folder, { name, address }) {
  return { name: `${folder}/${name}`, address };
}

/**
 * @param {PoolComparison} found
 * @param {string} way that is looked at
 */
function actions(found, way) {
  const swap = new URLSearchParams({ a: found.b.evaluation.id, b: found.a.evaluation.id });
  return [
    pageLink(swap, { class: "vp-btn" }, icon("undo"), "Swap A and B"),
    copyButton("Copy link", () => location.href, "link"),
    el(
      "button",
      { type: "button", class: "vp-btn", onclick: () => saveFile(new Blob([poolsCsv(found)]), "comparison.csv") },
      icon("download"),
      "Table, CSV",
    ),
    el("a", { class: "vp-btn", href: reportAddress(found, way), download: "" }, icon("download"), "Report"),
  ];
}

/**
 * @param {PoolComparison} found
 * @param {string} way
 */
function reportAddress({ a, b, protocol }, way) {
  const asked = new URLSearchParams({ a: a.evaluation.id, b: b.evaluation.id, protocol, way });
  if (a.model) asked.set("model_a", a.model.key);
  if (b.model) asked.set("model_b", b.model.key);
  return address(`api/comparisons/best-of-n/report?${asked}`);
}
