// The list of evaluations: what goes on now and when it ends, what is known and how well. It asks only while something
// goes on and somebody looks.

import { el, setAttr, setChildren, setText, show as showNode } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { call, errorText } from "../../assets/rest.js";
import { changed as changedQuery, MONTE_CARLO } from "./address.js";
import { pageLink } from "./board.js";
import { emptyList } from "./empty_list.js";
import { canCompare, openNew } from "./evaluation_actions.js";
import { rangeOf } from "./figures.js";
import { kindTitle } from "./kinds.js";
import { followListKeys } from "./list_keys.js";
import { filtered, grouped, headlineValues, inOrder, kindCounts } from "./list_query.js";
import { listRow } from "./list_row.js";
import { poll } from "./poll.js";
import { startButton } from "./start_button.js";
import { isAnyOn } from "./state_words.js";

/** @import { Evaluation, EvaluationList } from "../../assets/api.d.ts" */
/** @import { PageContext, Shown } from "./board.js" */
/** @import { ListRow } from "./list_row.js" */

const COLUMNS = ["Evaluation", "Set", "Models", "State", "Headline, 95 %", "By, started", ""];

/**
 * Shows the list.
 * @param {PageContext} context
 * @returns {Promise<Shown>}
 */
export async function show(context) {
  const { isAdmin, signal, navigate, remember } = context;
  /** @type {EvaluationList} */
  let { evaluations } = await call("api/evaluations");
  let query = context.query;
  /** @type {Map<string, ListRow>} */
  const rows = new Map();
  /** @type {Set<string>} */
  const marked = new Set(query.has("mark") ? [query.get("mark") ?? ""] : []);
  let isComparing = marked.size > 0;

  const status = el("p", { class: "vp-ev-note", role: "status" });
  const say = (/** @type {string} */ sentence) => setText(status, sentence);
  const banner = el("div", { class: "vp-banner vp-banner-bad", role: "alert", hidden: true });
  const kinds = el("nav", { class: "vp-segments", "aria-label": "Kinds" });
  const search = el("input", {
    type: "search",
    placeholder: "Find a set or a model",
    "aria-label": "Find a set or a model",
    value: query.get("q") ?? "",
  });
  const compareText = el("span", { text: "Compare two" });
  const compare = el("button", { type: "button", class: "vp-btn" }, icon("compare"), compareText);
  const begin = startButton(context, () =>
    openNew(null, ({ id }) => navigate(new URLSearchParams({ id }))).catch((error) => say(errorText(error))),
  );
  const [now, done] = [group("Now", "one at a time; people who wait on Explore go first"), group("Done", "")];
  const axis = el("span", {});
  const table = el(
    "table",
    { class: "vp-ev-list" },
    el("caption", { class: "vp-hidden", text: "Evaluations" }),
    el(
      "thead",
      {},
      el(
        "tr",
        {},
        ...COLUMNS.map((text, at) =>
          el(
            "th",
            { scope: "col" },
            text || el("span", { class: "vp-hidden", text: "Actions" }),
            at === 4 ? axis : null,
          ),
        ),
      ),
    ),
    now.body,
    done.body,
  );
  const none = el("p", { class: "vp-ev-foot vp-ev-note", text: "No evaluation matches.", hidden: true });
  const card = el("div", { class: "vp-card vp-ev-table" }, table, none);
  const box = el("div", {}, card);
  const head = el(
    "div",
    { class: "vp-ev-head" },
    el("h1", { text: "Evaluate" }),
    kinds,
    el(
      "div",
      { class: "vp-ev-end" },
      el(
        "label",
        { class: "vp-search vp-ev-search" },
        icon("search"),
        search,
        el("span", { class: "vp-kbd", "aria-hidden": "true", text: "/" }),
      ),
      compare,
      pageLink(new URLSearchParams({ page: MONTE_CARLO }), { class: "vp-btn" }, icon("label"), "Monte-Carlo labels"),
      begin.node,
    ),
  );
  const foot = el(
    "p",
    { class: "vp-ev-note" },
    "Everything runs on this machine and goes on when the page is closed. ",
    el("span", { class: "vp-ev-wide", text: "Keys: J and K move, X marks two, C compares them, N starts a new one." }),
  );
  const node = el("div", { class: "vp-ev-page" }, head, banner, status, box, foot);

  const draw = () => {
    const isEmpty = evaluations.length === 0;
    const shown = filtered(evaluations, query.get("kind") ?? "", query.get("q") ?? "");
    const range = rangeOf(headlineValues(evaluations));
    setText(
      axis,
      evaluations.some(({ headline }) => headline)
        ? ` · ${Math.round(100 * range[0])} to ${Math.round(100 * range[1])}, tick: floor`
        : "",
    );
    const groups = grouped(shown);
    for (const { id } of evaluations) if (!rows.has(id)) rows.set(id, newRow(id));
    for (const [id, row] of rows) {
      const evaluation = evaluations.find((each) => each.id === id);
      if (evaluation) row.draw(evaluation, range);
      else {
        rows.delete(id);
        marked.delete(id);
      }
    }
    for (const [part, members] of /** @type {const} */ ([
      [now, groups.now],
      [done, groups.done],
    ])) {
      showNode(part.body, members.length > 0);
      setChildren(part.body, [part.head, ...members.map(({ id }) => /** @type {ListRow} */ (rows.get(id)).node)]);
    }
    showNode(none, shown.length === 0);
    drawKinds(kinds, evaluations, query);
    for (const part of [kinds, search.parentElement, compare, foot]) if (part) showNode(part, !isEmpty);
    begin.setQuiet(isEmpty);
    if (isEmpty && !box.contains(empty.node)) box.replaceChildren(empty.node);
    if (!isEmpty && !box.contains(card)) box.replaceChildren(card);
    drawMarks();
  };
  const newRow = (/** @type {string} */ id) =>
    listRow(/** @type {Evaluation} */ (evaluations.find((each) => each.id === id)), {
      isAdmin,
      say,
      changed: () => ask(),
      mark: (which, isMarked) => {
        mark(which, isMarked);
      },
      open: (which) => navigate(new URLSearchParams({ id: which })),
    });
  const mark = (/** @type {string} */ id, /** @type {boolean} */ isMarked) => {
    const row = rows.get(id);
    if (!row || !canCompare(row.evaluation())) return say("Only finished evaluations can be compared.");
    say("");
    if (isMarked) {
      const others = [...marked].filter((each) => rows.get(each)?.evaluation().kind !== row.evaluation().kind);
      for (const each of others) marked.delete(each);
      if (others.length > 0) say("Only two of one kind can be compared: the other kind is not marked any more.");
      marked.add(id);
    } else marked.delete(id);
    if (marked.size > 2) marked.delete([...marked][0]); // the two that were marked last
    isComparing = true;
    drawMarks();
    return undefined;
  };
  const drawMarks = () => {
    setAttr(table, "data-comparing", isComparing);
    for (const [id, row] of rows) row.setMarked(marked.has(id));
    setText(
      compareText,
      isComparing
        ? marked.size === 2
          ? "Compare these two"
          : `Compare two: ${marked.size} of 2 marked`
        : "Compare two",
    );
    setAttr(compare, "class", marked.size === 2 ? "vp-btn vp-btn-primary" : "vp-btn");
  };
  const goCompare = () => {
    const [a, b] = inOrder(evaluations, marked);
    if (a && b) return navigate(new URLSearchParams({ a, b }));
    isComparing = !isComparing || marked.size > 0;
    say(isComparing ? "Mark two finished evaluations of one kind." : "");
    drawMarks();
    return undefined;
  };
  compare.addEventListener("click", goCompare);
  search.addEventListener("input", () => {
    query = changedQuery(query, { q: search.value || null });
    remember(query);
    draw();
  });
  const ask = poll(async () => {
    try {
      ({ evaluations } = await call("api/evaluations"));
      showNode(banner, false);
    } catch (error) {
      banner.replaceChildren(
        icon("warning"),
        el("span", { class: "vp-ev-grow", text: `${errorText(error)} The list may be out of date.` }),
        el("button", { type: "button", class: "vp-btn", text: "Try again", onclick: () => ask() }),
      );
      showNode(banner, true);
      throw error;
    }
    draw();
    return isAnyOn(evaluations);
  }, signal);
  const empty = emptyList(context, (started) => navigate(new URLSearchParams({ id: started.id })));
  followListKeys((command) => {
    const links = [...table.querySelectorAll("tbody:not([hidden]) .vp-ev-row-link")];
    const at = links.findIndex((link) => link.closest("tr")?.contains(document.activeElement));
    const focus = (/** @type {number} */ next) => {
      const link = links[next];
      if (link instanceof HTMLElement) link.focus();
    };
    if (command === "search") search.focus();
    else if (command === "leave-search") search.blur();
    else if (command === "down") focus(at + 1);
    else if (command === "up") focus(Math.max(0, at - 1));
    else if (command === "new") begin.press();
    else if (command === "compare") goCompare();
    else if (command === "mark" && at >= 0) {
      const id = links[at].closest("tr")?.dataset.id ?? "";
      mark(id, !marked.has(id));
    }
  }, signal);
  draw();
  if (isAnyOn(evaluations)) ask();
  return {
    node,
    update: (wanted) => {
      query = wanted;
      search.value = query.get("q") ?? "";
      draw();
    },
  };
}

/**
 * @param {string} title
 * @param {string} note
 */
function group(title, note) {
  const text = note ? `${title} · ${note}` : title;
  const head = el("tr", { class: "vp-ev-group" }, el("th", { scope: "rowgroup", colspan: COLUMNS.length, text }));
  return { head, body: el("tbody", {}, head) };
}

/**
 * @param {HTMLElement} nav
 * @param {Evaluation[]} evaluations
 * @param {URLSearchParams} query
 */
function drawKinds(nav, evaluations, query) {
  const counts = kindCounts(evaluations);
  const wanted = query.get("kind") ?? "";
  const link = (/** @type {string} */ kind, /** @type {string} */ text) =>
    pageLink(
      changedQuery(query, { kind: kind || null }),
      { class: "vp-segment", "aria-current": kind === wanted ? "true" : null },
      text,
    );
  const signature = JSON.stringify([counts, String(query)]);
  if (nav.dataset.signature === signature) return;
  nav.dataset.signature = signature;
  nav.replaceChildren(
    link("", `All ${evaluations.length}`),
    ...counts.map(([kind, count]) => link(kind, `${kindTitle(kind)} ${count}`)),
  );
}
