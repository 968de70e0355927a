// The map of a person's items, as a dialog: arrows move in it, Enter goes there. Below it stand what came back, with
// the reviewer's words, and what was flagged or skipped, with the person's own.

import { el, setAttr, setChildren } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { call } from "../../assets/rest.js";
import { lineOf } from "../../assets/rich_text.js";
import { dialog, dialogIsOpen } from "./dialogs.js";
import {
  cameBack,
  countsOf,
  itemText,
  KEEPS,
  paceOf,
  paceText,
  returnedTogether,
  STATE_ICONS,
  signOf,
} from "./item_map.js";

/** @import { ItemMap, MappedItem } from "../../assets/api.d.ts" */
/** @import { BoardLayout } from "./board_layout.js" */
/** @import { Count, Kept } from "./item_map.js" */
/** @import { TaskCache } from "./task_cache.js" */

/** @type {[kept: Kept, text: string][]} */
const FILTERS = [
  ["all", "All"],
  ["returned", "Came back"],
  ["flagged", "Flagged"],
  ["skipped", "Skipped"],
];
const MOST_UNASSIGNED = 300; // squares of items that nobody can go to yet; the counts have the rest

/**
 * The move in the grid by key: how far along a row, and how many rows.
 * @type {Record<string, { along: number, rows: number }>}
 */
const MOVES = {
  ArrowLeft: { along: -1, rows: 0 },
  ArrowRight: { along: 1, rows: 0 },
  ArrowUp: { along: 0, rows: -1 },
  ArrowDown: { along: 0, rows: 1 },
};

/**
 * Asks how the items stand and opens the map, unless another dialog was opened meanwhile. Throws RestError.
 * @param {TaskCache} source
 * @param {number | null} here the position of the item on screen
 * @param {BoardLayout} layout
 * @param {(position: number) => void} open
 */
export async function openItemMap({ queue, total, done }, here, layout, open) {
  /** @type {ItemMap} */
  const { items } = await call(`api/queues/${encodeURIComponent(queue)}/items`);
  if (!dialogIsOpen()) layout.openDialog(itemMapDialog({ items, total, done, here }, open));
}

/**
 * @param {object} about
 * @param {MappedItem[]} about.items of the person's list
 * @param {number} about.total items of this person, those not on the list yet among them
 * @param {number} about.done of those
 * @param {number | null} about.here the position of the item on screen
 * @param {(position: number) => void} open
 */
function itemMapDialog({ items, total, done, here }, open) {
  const grid = el("div", { class: "vp-lb-map", role: "group", "aria-label": "Items" });
  const list = el("ul", { class: "vp-lb-map-list" });
  const go = (/** @type {number} */ position) => {
    node.close();
    open(position);
  };
  const filters = FILTERS.map(([kept, text]) => {
    const count = items.filter(KEEPS[kept]).length;
    const label = kept === "all" ? text : `${text} ${count}`;
    const attributes = { type: /** @type {const} */ ("button"), class: "vp-lb-chip", "aria-pressed": "false" };
    const button = el("button", { ...attributes, disabled: count === 0, text: label, onclick: () => show(kept) });
    return { kept, button };
  });
  const show = (/** @type {Kept} */ kept) => {
    for (const filter of filters) setAttr(filter.button, "aria-pressed", String(filter.kept === kept));
    const shown = items.filter(KEEPS[kept]);
    const squares = shown.map((item) => square(item, here, () => go(item.position)));
    setChildren(grid, [...squares, ...(kept === "all" ? unassigned(items.length, total) : [])]);
    const others = shown.filter(({ state, flagged }) => state === "skipped" || (flagged && state !== "returned"));
    setChildren(list, [
      ...returnedTogether(shown).map(([first, ...more]) => returnedLine(first, more, () => go(first.position))),
      ...others.map((item) => line(item, () => go(item.position))),
    ]);
  };
  const node = dialog(
    `Your ${total} ${total === 1 ? "item" : "items"}`,
    hint(),
    el(
      "div",
      { class: "vp-lb-chips", role: "group", "aria-label": "Which items" },
      ...filters.map(({ button }) => button),
    ),
    grid,
    el("ul", { class: "vp-lb-map-counts" }, ...countsOf(items, total).map(count)),
    list,
    el(
      "div",
      { class: "vp-lb-map-end" },
      el("span", { text: paceText(paceOf(items, Math.max(0, total - done))) }),
      el("button", { type: "button", class: "vp-btn", text: "Close", onclick: () => node.close() }),
    ),
  );
  node.classList.add("vp-lb-map-dialog");
  node.addEventListener("keydown", (event) => moveInGrid(event, grid, node));
  show("all");
  return node;
}

/** What the keys do here. */
function hint() {
  const key = (/** @type {string} */ text) => el("kbd", { class: "vp-kbd", text });
  return el("p", { class: "vp-lb-map-hint" }, key("O"), " opens and closes, arrows and ", key("↵"), " go to an item");
}

/** @param {Count} count */
function count({ state, text }) {
  const name = state === "flagged" ? "flag" : STATE_ICONS[state];
  const sign = el(
    "span",
    {
      class: "vp-lb-strip-item",
      "data-state": state === "flagged" ? "open" : state,
      "data-flagged": state === "flagged",
    },
    name ? icon(name, 10) : null,
  );
  return el("li", {}, sign, text);
}

/**
 * @param {MappedItem} item
 * @param {number | null} here
 * @param {() => void} go
 */
function square(item, here, go) {
  const name = signOf(item);
  const text = String(item.position + 1);
  const says = `Item ${text}: ${itemText(item)}`;
  const isHere = item.position === here;
  return el(
    "button",
    {
      type: "button",
      class: "vp-lb-map-item",
      "data-state": item.state,
      "data-flagged": item.flagged,
      "aria-current": isHere ? "true" : null,
      autofocus: isHere,
      "aria-label": says,
      title: says,
      onclick: go,
    },
    el("span", { text }),
    name ? icon(name, 12) : null,
  );
}

/**
 * Squares of the items that come when the person gets to them.
 * @param {number} first the position of the first one
 * @param {number} total
 */
function unassigned(first, total) {
  const count = Math.min(MOST_UNASSIGNED, Math.max(0, total - first));
  return Array.from({ length: count }, (_, index) =>
    el("span", { class: "vp-lb-map-item", "data-state": "unassigned", "aria-hidden": "true", text: first + index + 1 }),
  );
}

/**
 * @param {MappedItem} item
 * @param {() => void} go
 */
function line(item, go) {
  const text = `${item.position + 1}  ${itemText(item)}`;
  return el("li", {}, el("button", { type: "button", class: "vp-lb-map-line", onclick: go, text }));
}

/**
 * @param {MappedItem} first
 * @param {MappedItem[]} more came back with it, in the same words
 * @param {() => void} go to the first one
 */
function returnedLine(first, more, go) {
  const { position, returned } = first;
  const number = String(position + 1);
  const which = more.length > 0 ? `${number} and ${more.length} more` : number;
  return el(
    "li",
    { class: "vp-lb-map-returned" },
    icon(signOf({ ...first, flagged: false }) ?? "undo"),
    el("span", {}, el("b", { text: `${which} ${cameBack(first)}` }), returned ? lineOf("span", `: ${returned}`) : "."),
    el("button", { type: "button", class: "vp-lb-map-look", text: "Look at it", onclick: go }),
  );
}

/**
 * @param {KeyboardEvent} event
 * @param {HTMLElement} grid
 * @param {HTMLDialogElement} node
 */
function moveInGrid(event, grid, node) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key.toLowerCase() === "o") {
    event.preventDefault();
    node.close();
    return;
  }
  const move = MOVES[event.key];
  const squares = [...grid.querySelectorAll("button")];
  if (!move || squares.length === 0) return;
  event.preventDefault();
  const columns = getComputedStyle(grid).gridTemplateColumns.split(" ").length;
  const at = squares.findIndex((each) => each.matches(":focus"));
  const by = move.along + move.rows * columns;
  squares[at < 0 ? 0 : Math.max(0, Math.min(squares.length - 1, at + by))].focus();
}
