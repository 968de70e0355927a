// The list of solutions: searched, filtered, sorted, with the charts of what it shows beside it. All of it stands in
// the address.

import { el, setAttr, setText } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { call, errorText } from "../../assets/rest.js";
import { charts } from "./browse_charts.js";
import { filterChips } from "./browse_chips.js";
import { countText, emptyStore, suggestions } from "./browse_counts.js";
import { followKeys } from "./browse_keys.js";
import { changed, DEFAULT_SORT, filtersOf, listQuery, pageQuery, SORTS } from "./browse_query.js";
import { COLUMNS, solutionRow } from "./browse_rows.js";
import { viewBar } from "./browse_views.js";
import { emptyState, listQueues, queueOptions } from "./list_controls.js";
import { listLink } from "./list_link.js";
import { SavedViews } from "./saved_views.js";
import { Selection } from "./selection.js";
import { selectionBar } from "./selection_bar.js";

/** @import { SolutionPage, SolutionSummary, Status } from "../../assets/api.d.ts" */
/** @import { Reload } from "../../assets/views.js" */

const selection = new Selection();
const POLL_MS = 1000; // between two looks while the list catches up

/**
 * Returns the view's node.
 * @param {URLSearchParams} query
 * @param {Reload} reload
 * @param {Status | null} status who looks
 */
export async function browse(query, reload, status) {
  const asked = pageQuery(query);
  /** @type {Promise<SolutionPage>} */
  const answer = call(`api/solutions?${asked}`);
  const [page, queues] = await Promise.all([answer, listQueues()]);
  if (page.solutions.length === 0 && page.unlisted === 0) {
    /** @type {SolutionSummary} */
    const { all } = await call(`api/solutions/summary?${filtersOf(query)}`);
    if (all === 0) return emptyStore(status?.role === "admin");
  }
  const views = new SavedViews(status?.annotator ?? "", browserStorage());
  const options = queueOptions(queues).slice(1);
  const heading = el("p", { class: "vp-br-count", role: "status" });
  const bar = selectionBar(selection, query, status?.role === "admin");
  const search = searchField(query);
  const side = el("div", { class: "vp-br-side", "aria-busy": "true" });
  const list = el("div", {});
  const fillList = () => list.replaceChildren(listTable(page, query, views.columns(COLUMNS)));
  if (page.solutions.length) fillList();
  else list.replaceChildren(emptyState("No match", "Nothing in the store matches."), suggestions(query));
  const next = page.next ? nextLink(query, page.next) : null;
  const node = el(
    "div",
    { class: "vp-dataset-part vp-br" },
    el("div", { class: "vp-br-bar" }, search.node, viewBar(views, query, reload)),
    filterChips(query, options),
    page.unlisted > 0 ? catchingUp(page.unlisted, reload) : null,
    el(
      "div",
      { class: "vp-br-main" },
      el(
        "section",
        { class: "vp-card vp-br-list", "aria-label": "Solutions" },
        el(
          "div",
          { class: "vp-br-head" },
          heading,
          sortField(query),
          page.solutions.length ? columnMenu(views, fillList) : null,
        ),
        list,
        el(
          "div",
          { class: "vp-button-row vp-br-pages" },
          query.has("after") ? listLink(listQuery(query), "First page", { class: "vp-btn" }) : null,
          next,
        ),
      ),
      side,
    ),
    bar.node,
  );
  selection.follow(() => {
    bar.update();
    for (const row of node.querySelectorAll(".vp-br-row")) {
      const isChosen = selection.has(row.getAttribute("data-solution") ?? "");
      setAttr(row, "data-selected", isChosen);
      const box = row.querySelector("input");
      if (box) box.checked = isChosen;
    }
  });
  followKeys(node, search.input, () => next?.click());
  summarise(query, side, heading, bar.setTotal);
  return node;
}

/**
 * Fills the charts and the count, which take longer than the rows.
 * @param {URLSearchParams} query
 * @param {HTMLElement} side
 * @param {HTMLElement} heading
 * @param {(total: number) => void} setTotal
 */
async function summarise(query, side, heading, setTotal) {
  try {
    /** @type {SolutionSummary} */
    const summary = await call(`api/solutions/summary?${filtersOf(query)}`);
    setText(heading, countText(summary));
    setTotal(summary.total);
    const isOpen = globalThis.matchMedia("(width >= 1100px)").matches;
    side.replaceChildren(
      el(
        "details",
        { class: "vp-br-charts-box", open: isOpen },
        el("summary", { text: "Charts" }),
        charts(summary, query),
      ),
    );
  } catch (error) {
    side.replaceChildren(el("p", { class: "vp-banner vp-banner-bad", role: "alert", text: errorText(error) }));
  }
  setAttr(side, "aria-busy", null);
}

/**
 * @param {SolutionPage} page
 * @param {URLSearchParams} query
 * @param {readonly string[]} columns
 */
function listTable(page, query, columns) {
  const link = listQuery(query);
  const after = query.get("after");
  if (after) link.set("after", after);
  const all = el("input", { type: "checkbox", "aria-label": "Select this page" });
  all.addEventListener("change", () => {
    for (const each of page.solutions) selection.set(each, all.checked);
  });
  return el(
    "div",
    { class: "vp-br-scroll" },
    el(
      "table",
      { class: "vp-br-table" },
      el("caption", {
        class: "vp-hidden",
        text: "Solutions: label over score for each step, framed where they contradict",
      }),
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          el("th", { scope: "col", class: "vp-br-box" }, all),
          ...["Problem", ...columns].map((text) => el("th", { scope: "col", text })),
        ),
      ),
      el("tbody", {}, ...page.solutions.map((each) => solutionRow(each, link, columns, selection))),
    ),
  );
}

/** @param {URLSearchParams} query */
function searchField(query) {
  const input = el("input", {
    type: "search",
    name: "q",
    value: query.get("q") ?? "",
    placeholder: "Search questions, steps, answers, remarks",
    "aria-label": "Search questions, steps, answers, remarks",
    maxlength: "1000",
    dir: "auto",
  });
  const node = el(
    "form",
    { class: "vp-search vp-br-search", role: "search" },
    icon("search"),
    input,
    el("kbd", { class: "vp-kbd", "aria-hidden": "true", text: "/" }),
  );
  const go = () => {
    const link = listLink(changed(query, { q: input.value.trim() || null }), "", { hidden: true });
    node.append(link);
    link.click();
  };
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    go();
  });
  input.addEventListener("search", () => {
    if (input.value === "" && query.get("q")) go(); // its own cross was pressed
  });
  return { node, input };
}

/** @param {URLSearchParams} query */
function sortField(query) {
  const chosen = query.get("sort") || DEFAULT_SORT;
  const options = SORTS.map(([value, text]) => el("option", { value, text, selected: value === chosen }));
  const field = el("select", { name: "sort", "aria-label": "Sort" }, ...options);
  const node = el("label", { class: "vp-br-sort vp-fields" }, el("span", { class: "vp-label", text: "Sort" }), field);
  field.addEventListener("change", () => {
    const link = listLink(changed(query, { sort: field.value }), "", { hidden: true });
    node.append(link);
    link.click();
  });
  return node;
}

/**
 * Returns the choice of columns, which stays open while one after the other is chosen.
 * @param {SavedViews} views
 * @param {() => void} fillList draws the rows with the columns that are chosen now
 */
function columnMenu(views, fillList) {
  const shown = views.columns(COLUMNS);
  const boxes = COLUMNS.map((name) => {
    const box = el("input", { type: "checkbox", name });
    box.checked = shown.includes(name);
    box.addEventListener("change", () => {
      const now = views.columns(COLUMNS);
      views.chooseColumns(COLUMNS.filter((each) => (each === name ? box.checked : now.includes(each))));
      fillList();
    });
    return el("label", { class: "vp-chip-value" }, box, el("span", { text: name }));
  });
  return el(
    "details",
    { class: "vp-chip-box" },
    el("summary", { class: "vp-btn vp-btn-quiet", text: "Columns" }),
    el("div", { class: "vp-chip-list vp-br-columns", role: "group", "aria-label": "Columns" }, ...boxes),
  );
}

/**
 * @param {URLSearchParams} query
 * @param {string} after
 */
function nextLink(query, after) {
  const list = listQuery(query);
  list.set("after", after);
  return listLink(list, "More", { class: "vp-btn", rel: "next" });
}

/**
 * Says that the list catches up, and looks again.
 * @param {number} unlisted
 * @param {Reload} reload
 */
function catchingUp(unlisted, reload) {
  const text = `${unlisted.toLocaleString("en")} solutions are not up to date in this list yet. It is catching up…`;
  const node = el("p", { class: "vp-banner", role: "status" }, icon("info"), el("span", { text }));
  const look = async () => {
    if (!node.isConnected) return;
    /** @type {SolutionPage | null} */
    const page = await call("api/solutions?limit=1").catch(() => null);
    if (!node.isConnected) return;
    if (page?.unlisted === 0) reload();
    else {
      if (page) setText(node.lastElementChild, text.replace(/^[\d,]+/, page.unlisted.toLocaleString("en")));
      setTimeout(look, page ? 0 : POLL_MS);
    }
  };
  setTimeout(look);
  return node;
}

/** Returns the browser's storage, or null where it is forbidden. */
function browserStorage() {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
