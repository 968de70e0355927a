// Which Monte-Carlo labels are compared, and with which others: what the address says, two lists to choose from, and
// what stands in their place where there is nothing to compare.

import { el } from "../../assets/dom.js";
import { address } from "../../assets/rest.js";
import { labelsQuery, MONTE_CARLO } from "./address.js";
import { keyOf, measuredOptions, trustedOptions } from "./monte_carlo_points.js";

/** @import { LabelledSetChoice } from "../../assets/api.d.ts" */
/** @import { PageContext } from "./board.js" */

/**
 * What the page is about: what the address says, else the first policy's labels beside the first others; null where
 * there are none.
 * @param {URLSearchParams} query
 * @param {LabelledSetChoice[]} sets
 */
export function chosenOf(query, sets) {
  const here = new URLSearchParams({ page: MONTE_CARLO });
  for (const [name, value] of labelsQuery(query)) here.set(name, value);
  if (here.has("measured")) return here;
  const measured = measuredOptions(sets)[0]?.value;
  return (measured && trustedOptions(sets, measured)[0]?.query) || null;
}

/**
 * @param {URLSearchParams} here
 * @param {LabelledSetChoice[]} sets
 * @param {PageContext} context
 */
export function choiceBar(here, sets, { navigate }) {
  const measured = here.get("measured") ?? "";
  const trusted = trustedOptions(sets, measured);
  const first = select("Monte-Carlo labels of", withCurrent(measuredOptions(sets), measured, measured), measured);
  const second = select("beside", withCurrent(trusted, keyOf(here), here.get("labels") ?? "final"), keyOf(here));
  first.field.addEventListener("change", () => {
    const next = new URLSearchParams(here);
    next.set("measured", first.field.value);
    const others = trustedOptions(sets, first.field.value);
    navigate(others.some(({ value }) => value === keyOf(next)) ? next : (others[0]?.query ?? next));
  });
  second.field.addEventListener("change", () => {
    const chosen = trusted.find(({ value }) => value === second.field.value);
    if (chosen) navigate(chosen.query);
  });
  return el("div", { class: "vp-fields vp-ev-labels-of" }, first.node, second.node);
}

/**
 * @param {{ value: string, name: string }[]} options
 * @param {string} value
 * @param {string} name
 */
function withCurrent(options, value, name) {
  return options.some((each) => each.value === value) ? options : [{ value, name }, ...options];
}

/**
 * @param {string} name
 * @param {{ value: string, name: string }[]} options
 * @param {string} value
 */
function select(name, options, value) {
  const field = el(
    "select",
    { "aria-label": name },
    ...options.map((each) => el("option", { value: each.value, text: each.name })),
  );
  field.value = value;
  return { field, node: el("label", {}, el("span", { class: "vp-label", text: name }), field) };
}

/** What is shown where there is nothing to compare. */
export function none() {
  return el(
    "section",
    { class: "vp-card vp-ev-pad" },
    el("h2", { text: "Nothing can be compared yet" }),
    el("p", {
      class: "vp-ev-note",
      text:
        "This needs solutions that people, a checker or a file have labelled, and completions sampled after their " +
        "steps: choose such solutions in Dataset and press Label.",
    }),
    el("a", { class: "vp-btn", href: address("dataset?view=browse"), text: "Dataset" }),
  );
}
