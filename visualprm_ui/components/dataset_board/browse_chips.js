// The filters of the list of solutions as chips: those that are set, each with a way to take it off, and those that
// can be set, each opening a list of the values there are with how many solutions have them.

import { el } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { call, errorText } from "../../assets/rest.js";
import { closeElsewhere } from "../app_bar/disclosure.js";
import { changed, chipsOf, FACETS, filtersOf, valueText } from "./browse_query.js";
import { listLink } from "./list_link.js";

/** @import { FacetView } from "../../assets/api.d.ts" */
/** @import { Choice } from "./list_controls.js" */

/**
 * Returns the row of chips.
 * @param {URLSearchParams} query
 * @param {Choice[]} queues
 */
export function filterChips(query, queues) {
  const chips = chipsOf(query, Object.fromEntries(queues));
  const isSet = new Set(chips.flatMap(({ names }) => names));
  const set = chips.map(({ names, title, text }) =>
    el(
      "span",
      { class: "vp-chip", "data-filter": names[0] },
      el("span", { class: "vp-chip-title", text: title }),
      el("b", { dir: "auto", text }),
      listLink(changed(query, Object.fromEntries(names.map((name) => [name, null]))), icon("cross", 12), {
        class: "vp-chip-off",
        "aria-label": `Remove the filter ${title}: ${text}`,
      }),
    ),
  );
  const offered = FACETS.filter(({ name, isList }) => isList || !isSet.has(name));
  const flag = isSet.has("flagged")
    ? []
    : [listLink(changed(query, { flagged: "true" }), "Flagged", { class: "vp-chip vp-chip-open" })];
  const clear =
    chips.length || query.get("q") ? listLink(new URLSearchParams(), "Clear", { class: "vp-chip-clear" }) : null;
  return el(
    "div",
    { class: "vp-chips", role: "group", "aria-label": "Filters" },
    ...set,
    isSet.has("queue") || queues.length === 0 ? null : queueChip(query, queues),
    ...offered.map((facet) => facetChip(query, facet)),
    ...flag,
    clear,
  );
}

/**
 * A chip that opens a list, closed again by Escape or a press elsewhere.
 * @param {string} title
 * @param {(list: HTMLElement) => unknown} fill called when it opens
 */
function openingChip(title, fill) {
  const list = el("div", { class: "vp-chip-list", role: "group", "aria-label": title });
  const summary = el("summary", { class: "vp-chip vp-chip-open" }, el("span", { text: title }));
  const node = el("details", { class: "vp-chip-box", name: "vp-chips" }, summary, list);
  node.addEventListener("toggle", () => node.open && fill(list));
  closeElsewhere(node);
  return node;
}

/**
 * @param {URLSearchParams} query
 * @param {Choice[]} queues
 */
function queueChip(query, queues) {
  return openingChip("Queue", (list) =>
    list.replaceChildren(
      ...queues.map(([id, title]) => listLink(changed(query, { queue: id }), title, { class: "vp-chip-value" })),
    ),
  );
}

/**
 * @param {URLSearchParams} query
 * @param {(typeof FACETS)[number]} facet
 */
function facetChip(query, { name, title, facet, isList }) {
  const chosen = query.getAll(name);
  return openingChip(title, async (list) => {
    list.replaceChildren(el("p", { class: "vp-status-line", text: "Counting…" }));
    try {
      const asked = filtersOf(query);
      asked.set("facet", facet);
      /** @type {FacetView} */
      const { values } = await call(`api/solutions/facets?${asked}`);
      const counts = name === "differing" ? atLeast(values) : values;
      const shown = counts.filter(({ value }) => value !== "" || name === "source");
      const links = shown.map(({ value, name: text, solutions }) => {
        const isChosen = chosen.includes(value);
        const next = isList ? (isChosen ? chosen.filter((each) => each !== value) : [...chosen, value]) : value;
        return listLink(
          changed(query, { [name]: next }),
          el("span", { dir: "auto", text: name === "annotator" ? text : valueText(name, value) }),
          { class: "vp-chip-value", "aria-current": isChosen ? "true" : null },
          el("span", { class: "vp-num", text: solutions.toLocaleString("en") }),
        );
      });
      list.replaceChildren(...(links.length ? links : [el("p", { class: "vp-status-line", text: "None here." })]));
    } catch (error) {
      list.replaceChildren(el("p", { class: "vp-status-line", role: "alert", text: errorText(error) }));
    }
  });
}

/**
 * Turns counts of solutions with so many differing steps into counts of those with at least as many.
 * @param {FacetView["values"]} values
 */
export function atLeast(values) {
  const counted = values.map(({ value, solutions }) => ({ steps: Number(value), solutions }));
  return counted
    .filter(({ steps }) => steps > 0)
    .sort((a, b) => a.steps - b.steps)
    .map(({ steps }) => ({
      value: String(steps),
      name: String(steps),
      solutions: counted.filter((each) => each.steps >= steps).reduce((sum, each) => sum + each.solutions, 0),
    }));
}
