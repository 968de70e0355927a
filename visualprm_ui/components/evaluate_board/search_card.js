// Guided search over the set beside Best-of-N: its chart, what that comes to in a sentence, and the problems where the
// two differ, each of which opens.

import { el } from "../../assets/dom.js";
import { address, call, errorText } from "../../assets/rest.js";
import { countText } from "./figures.js";
import { searchChart } from "./search_chart.js";
import { budgetText, differing, outcomeTitle, verdictText } from "./search_text.js";

/** @import { PoolCurve, SearchedProblems, SearchFigures } from "../../assets/api.d.ts" */

const MOST = 20; // problems that a list shows at first

/**
 * @param {PoolCurve} curve with a search at least
 * @param {string} path of the evaluation
 */
export function searchCard(curve, path) {
  const { searches } = curve;
  const { node, save } = searchChart(curve);
  return el(
    "section",
    { class: "vp-card vp-ev-pad vp-ev-guided", "aria-labelledby": "vp-ev-guided-title" },
    el(
      "div",
      { class: "vp-ev-top" },
      el("h2", { id: "vp-ev-guided-title", text: "Guided search at the same tokens" }),
      el("span", { class: "vp-ev-note", text: "width × expansions, under the PRM" }),
      el("span", { class: "vp-ev-end" }, save),
    ),
    node,
    ...searches.map((search) => searchPart(search, curve, path)),
  );
}

/**
 * @param {SearchFigures} search
 * @param {PoolCurve} curve
 * @param {string} path
 */
function searchPart(search, curve, path) {
  const lists = el("div", { class: "vp-ev-guided-lists" });
  fill(lists, search, curve, path);
  return el(
    "div",
    { class: "vp-ev-guided-part" },
    el("h3", { text: `Search ${search.title.replace("x", " × ")}` }),
    el("p", { text: verdictText(search) }),
    el("p", { class: "vp-ev-note", text: budgetText(search) }),
    lists,
  );
}

/**
 * @param {HTMLElement} lists
 * @param {SearchFigures} search
 * @param {PoolCurve} curve
 * @param {string} path
 */
async function fill(lists, { title, n }, { protocol }, path) {
  if (n === null) return;
  try {
    const asked = new URLSearchParams({ protocol });
    /** @type {SearchedProblems} */
    const { problems } = await call(`${path}/searches/${encodeURIComponent(title)}?${asked}`);
    const parts = differing(problems);
    lists.replaceChildren(
      ...parts.map((part) => problemList(outcomeTitle(part.outcome, n, part.problems.length), part.problems)),
      el("p", {
        class: "vp-ev-note",
        text: parts.length
          ? `Best-of-${n} is here the pick among the first ${n} of every pool.`
          : `Among the first ${n} of every pool both are right, or both wrong, in every problem.`,
      }),
    );
  } catch (error) {
    lists.replaceChildren(el("p", { class: "vp-ev-bad", role: "alert", text: errorText(error) }));
  }
}

/**
 * @param {string} title
 * @param {ReturnType<typeof differing>[number]["problems"]} problems
 */
function problemList(title, problems) {
  const list = el("ul", {}, ...problems.slice(0, MOST).map(problemRow));
  const rest = problems.slice(MOST);
  const more = el("button", { type: "button", class: "vp-btn", text: `Show ${countText(rest.length)} more` });
  more.addEventListener("click", () => {
    list.append(...rest.map(problemRow));
    more.remove();
  });
  return el("div", {}, el("h4", { text: title }), list, rest.length ? more : null);
}

/** @param {ReturnType<typeof differing>[number]["problems"][number]} problem */
function problemRow({ number, question, tokens, search, solutions }) {
  const link = (/** @type {string} */ run, /** @type {string} */ text) =>
    el("a", {
      class: "vp-ev-link",
      href: address(`./?run=${encodeURIComponent(run)}`),
      text,
      "aria-label": `${text} of problem ${number}`,
    });
  if (question === null) return el("li", {}, `Problem ${number} was deleted.`);
  return el(
    "li",
    {},
    el("span", { class: "vp-ev-guided-question", dir: "auto", text: `${number}. ${question}` }),
    el("span", { class: "vp-ev-note", text: `${countText(tokens)} tokens` }),
    link(search, "Search"),
    link(solutions, "Solutions"),
  );
}
