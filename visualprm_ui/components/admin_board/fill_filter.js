// Filling a project with what a filter over the store finds: the one of Dataset's list, and the mean score.

import { el, setText, show } from "../../assets/dom.js";
import { call, errorText } from "../../assets/rest.js";
import { countBenchmark, leftOutText } from "../dataset_board/nano_benchmark.js";
import { field, select } from "./actions.js";
import { addLine } from "./fill_add.js";
import { histogram } from "./fill_histogram.js";
import { datasetPath, pathLink } from "./project_address.js";

/** @import { PartContext } from "./project_page.js" */

/** @typedef {{ values: { value: string, name: string, solutions: number }[] }} FacetValues */
/** @typedef {Record<"source" | "policy" | "answer" | "state", string>} ListFilter "" for any */

const CHOSEN = "="; // before the value of an option: a solution without a source is not one of any source
const MOST = 10_000; // ids in one answer
const ROUNDS = 20; // of bringing the list up to date: after a large import the rest comes with the next look

/** @type {[string, string][]} */
const ANSWERS = [
  ["", "any"],
  ["right", "equals the reference"],
  ["wrong", "differs from the reference"],
  ["unknown", "one of the two is missing"],
];
/** @type {[string, string][]} */
const STATES = [
  ["", "any"],
  ["open", "nobody has labelled it"],
  ["labelled", "labelled"],
  ["split", "people differ, not decided"],
];

/**
 * Returns the card.
 * @param {PartContext} context
 */
export async function filterCard(context) {
  await bringUpToDate();
  /** @type {[number, FacetValues, FacetValues]} */
  const [ofBenchmark, sources, policies] = await Promise.all([
    countBenchmark(),
    call("api/solutions/facets?facet=data_source"),
    call("api/solutions/facets?facet=policy_model"),
  ]);
  const source = select("source", choices(sources, "no source"), "");
  const policy = select("policy", choices(policies, "not known"), "");
  const [answer, state] = [select("answer", ANSWERS, ""), select("state", STATES, "")];
  const score = (/** @type {string} */ placeholder) =>
    el("input", { type: "number", min: "0", max: "1", step: "0.05", placeholder });
  const [low, high] = [score("0"), score("1")];
  const contradicting = el("input", { type: "checkbox" });
  /** @type {object | null} */
  let wanted = null;
  const chart = el("div", {});
  const { node, update } = addLine(
    () => wanted,
    "No solution matches.",
    context,
    (spread) => {
      const limits = /** @type {[number, number]} */ ([Number(low.value || 0), Number(high.value || 1)]);
      const drawn = spread === null ? null : histogram(spread, limits);
      chart.replaceChildren(...(drawn ? [drawn] : []));
    },
  );
  const filter = () => ({ source: source.value, policy: policy.value, answer: answer.value, state: state.value });
  const list = el("span", {});
  const benchmark = el("p", { class: "vp-status-line", text: leftOutText(ofBenchmark) });
  let latest = 0;
  const refresh = async () => {
    latest += 1;
    const turn = latest;
    const search = listSearch(filter());
    show(benchmark, ofBenchmark > 0 && search.has("benchmark"));
    /** @type {{ solutions: string[] }} */
    const { solutions } = await call(`api/solutions/ids?${search}&limit=${MOST}`);
    if (turn !== latest) return;
    const scores = {
      ...(low.value === "" ? {} : { min_score: Number(low.value) }),
      ...(high.value === "" ? {} : { max_score: Number(high.value) }),
      ...(contradicting.checked ? { disagrees: true } : {}),
    };
    wanted = solutions.length ? { solutions, filter: scores } : null;
    list.replaceChildren(pathLink(datasetPath("browse", Object.fromEntries(search)), {}, "See them in Dataset"));
    await update();
  };
  const form = el(
    "form",
    { class: "vp-pp-filter", onsubmit: (event) => event.preventDefault() },
    field("Data source", source),
    field("Policy", policy),
    field("Answer", answer),
    field("Labels", state),
    field("Mean score from", low),
    field("Mean score to", high),
    el("label", { class: "vp-admin-check" }, contradicting, "Only where labels contradict the scores"),
  );
  const change = () => {
    if (form.checkValidity()) refresh().catch((error) => setText(context.status, errorText(error)));
  };
  form.addEventListener("change", change);
  await refresh();
  return el(
    "section",
    { class: "vp-card vp-pp-card", "aria-label": "From all that is stored" },
    el("div", { class: "vp-pp-top" }, el("h3", { text: "From all that is stored, by a filter" }), list),
    form,
    benchmark,
    chart,
    node,
  );
}

/** Has the list of solutions take on what came since it was last looked at, a part with each answer. */
async function bringUpToDate() {
  for (let round = 0; round < ROUNDS; round += 1) {
    /** @type {{ unlisted: number }} */
    const { unlisted } = await call("api/solutions?limit=1");
    if (unlisted === 0) return;
  }
}

/**
 * Returns a filter as the list of solutions takes it. An empty value of its own means "none" there. Where no
 * source is chosen, what nobody labelled of the built-in benchmark is left out.
 * @param {ListFilter} filter
 */
export function listSearch({ source, policy, answer, state }) {
  const search = new URLSearchParams();
  if (source !== "") search.set("source", source.slice(CHOSEN.length));
  else search.set("benchmark", "false");
  if (policy !== "") search.set("policy", policy.slice(CHOSEN.length));
  if (answer !== "") search.set("answer", answer);
  if (state !== "") search.set("state", state);
  return search;
}

/**
 * @param {FacetValues} facet
 * @param {string} none
 * @returns {[string, string][]}
 */
function choices({ values }, none) {
  const found = values.map(({ value, name, solutions }) => {
    const text = `${name === "" ? none : name} (${solutions.toLocaleString("en")})`;
    return /** @type {[string, string]} */ ([CHOSEN + value, text]);
  });
  return [["", "any"], ...found];
}
