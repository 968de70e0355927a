// Picking runs whose solutions a project is filled with.

import { el, setText } from "../../assets/dom.js";
import { call, errorText } from "../../assets/rest.js";
import { formatTime, problemCell } from "../dataset_board/list_controls.js";
import { addLine } from "./fill_add.js";

/** @import { RunSummary } from "../../assets/api.d.ts" */
/** @import { PartContext } from "./project_page.js" */

const SHOWN = 100;

/**
 * Returns the card.
 * @param {PartContext} context
 */
export async function runsCard(context) {
  /** @type {{ runs: RunSummary[] }} */
  const { runs } = await call(`api/runs?limit=${SHOWN}`);
  /** @type {Set<string>} */
  const chosen = new Set();
  const { node, update } = addLine(() => (chosen.size ? { runs: [...chosen] } : null), "Pick one or more.", context);
  const list = el("ul", { class: "vp-pp-runs" });
  const rows = runs.map((run) => {
    const tick = el("input", { type: "checkbox" });
    tick.addEventListener("change", () => {
      if (tick.checked) chosen.add(run.run);
      else chosen.delete(run.run);
      update().catch((error) => setText(context.status, errorText(error)));
    });
    const time = el("span", {
      class: "vp-status-line",
      text: `${formatTime(run.created_at)}${run.is_search ? " · guided search" : ""}`,
    });
    const count = el("span", { class: "vp-num", title: "solutions sampled", text: run.n });
    const label = el("label", {}, tick, problemCell(run.image, run.question), count, time);
    return { text: run.question.toLowerCase(), item: el("li", {}, label) };
  });
  const search = el("input", { type: "search", placeholder: "Search questions", "aria-label": "Search questions" });
  const draw = () => {
    const words = search.value.trim().toLowerCase();
    list.replaceChildren(...rows.filter(({ text }) => text.includes(words)).map(({ item }) => item));
  };
  search.addEventListener("input", draw);
  draw();
  return el(
    "section",
    { class: "vp-card vp-pp-card", "aria-label": "Pick runs" },
    el("div", { class: "vp-pp-top" }, el("h3", { text: "Pick runs" }), runs.length ? search : null),
    runs.length
      ? list
      : el("p", { class: "vp-status-line", text: "There are no runs yet. Sample solutions on Explore." }),
    runs.length === SHOWN
      ? el("p", { class: "vp-status-line", text: `These are the newest ${SHOWN}. Use the filter to find older ones.` })
      : null,
    runs.length ? node : null,
  );
}
