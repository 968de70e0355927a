// What the list of solutions says where it shows none, or not all: how many there are, which filter costs most, and
// what to do with a store that is empty.

import { el } from "../../assets/dom.js";
import { address, call } from "../../assets/rest.js";
import { counted } from "../transfer_panel/job_text.js";
import { changed, chipsOf, filtersOf } from "./browse_query.js";
import { emptyState } from "./list_controls.js";
import { listLink } from "./list_link.js";

/** @import { SolutionSummary } from "../../assets/api.d.ts" */

/**
 * How many solutions are listed, of how many, and how many are missing for another reason than the filter.
 * @param {Pick<SolutionSummary, "total" | "all" | "in_work">} summary
 */
export function countText({ total, all, in_work: inWork }) {
  const of = total + inWork === all ? "" : ` of ${all.toLocaleString("en")}`;
  const [verb, them] = inWork === 1 ? ["is", "it"] : ["are", "them"];
  const hidden = inWork ? `; ${inWork.toLocaleString("en")} more ${verb} left out while you label ${them}` : "";
  return `${counted(total, "solution")}${of}${hidden}`;
}

/**
 * What a store without a solution shows: the ways to get some.
 * @param {boolean} isAdmin who may import
 */
export function emptyStore(isAdmin) {
  const open = () => document.getElementById("vp-import")?.click();
  const empty = emptyState(
    "Nothing here yet",
    isAdmin
      ? "Import a file of solutions or problems, or have the models write solutions on Explore."
      : "Have the models write solutions on Explore; an admin can import files of them here.",
  );
  empty.append(
    el(
      "div",
      { class: "vp-button-row" },
      isAdmin ? el("button", { type: "button", class: "vp-btn vp-btn-primary", text: "Import", onclick: open }) : null,
      el("a", { class: "vp-btn", href: address("./"), text: "Sample on Explore" }),
    ),
  );
  return el("div", { class: "vp-dataset-part" }, empty);
}

/**
 * Offers to take off the filter without which most is found.
 * @param {URLSearchParams} query
 */
export function suggestions(query) {
  const node = el("p", { class: "vp-br-suggestion", role: "status" });
  const drops = chipsOf(query).map(({ names, title, text }) => ({ names, name: `${title}: ${text}` }));
  if (query.get("q")) drops.push({ names: ["q"], name: `the search for “${query.get("q")}”` });
  const count = async (/** @type {{ names: string[], name: string }} */ { names, name }) => {
    const without = changed(query, Object.fromEntries(names.map((each) => [each, null])));
    /** @type {SolutionSummary} */
    const { total } = await call(`api/solutions/summary?${filtersOf(without)}`);
    return { without, name, total };
  };
  Promise.all(drops.map(count))
    .then((found) => {
      const best = found.sort((one, other) => other.total - one.total)[0];
      if (!best || best.total === 0) return;
      node.append(
        "Without ",
        listLink(best.without, best.name),
        ` there ${best.total === 1 ? "is" : "are"} ${best.total.toLocaleString("en")}.`,
      );
    })
    .catch(() => {});
  return node;
}
