// The map of a person's items, as a dialog: arrows move in it, Enter goes there. The list below says why an item was
// flagged or skipped, or came back.

import { el, setAttr, setChildren, setText } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { call } from "../../assets/rest.js";
import { dialog, dialogIsOpen } from "./dialogs.js";
import { countsText, itemText, KEEPS, paceOf, paceText, STATE_ICONS } from "./item_map.js";

/** @import { ItemMap, MappedItem } from "../../assets/api.d.ts" */
/** @import { BoardLayout } from "./board_layout.js" */
/** @import { Kept } from "./item_map.js" */
/** @import { TaskCache } from "./task_cache.js" */

/** @type {[kept: Kept, text: string][]} */
const FILTERS = [
  ["all", "All"],
  ["returned", "Came back"],
  ["flagged", "Flagged"],
  ["skipped", "Skipped"],
];
const COLUMNS = 10; // item_map_dialog.css

/**
 * The move in the grid by key, in items.
 * @type {Record<string, number>}
 */
const MOVES = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -COLUMNS, ArrowDown: COLUMNS };

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
    setChildren(
      grid,
      shown.map((item) => square(item, here, () => go(item.position))),
    );
    const told = shown.filter((item) => item.state === "returned" || item.state === "skipped" || item.flagged);
    setChildren(
      list,
      told.map((item) => line(item, () => go(item.position))),
    );
  };
  const close = el("button", { type: "button", class: "vp-btn", text: "Close", onclick: () => node.close() });
  const node = dialog(
    "Your items",
    el("p", { class: "vp-lb-map-pace", text: paceText(paceOf(items, Math.max(0, total - done))) }),
    el(
      "div",
      { class: "vp-lb-chips", role: "group", "aria-label": "Which items" },
      ...filters.map(({ button }) => button),
    ),
    grid,
    el("p", { class: "vp-lb-map-pace", text: countsText(items, total) }),
    list,
    close,
  );
  node.classList.add("vp-lb-map-dialog");
  node.addEventListener("keydown", (event) => moveInGrid(event, grid, node));
  show("all");
  return node;
}

/**
 * @param {MappedItem} item
 * @param {number | null} here
 * @param {() => void} go
 */
function square(item, here, go) {
  const name = STATE_ICONS[item.state] ?? (item.flagged ? "flag" : null);
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
    item.flagged ? icon("flag", 12) : name ? icon(name, 12) : null,
  );
}

/**
 * @param {MappedItem} item
 * @param {() => void} go
 */
function line(item, go) {
  const button = el("button", { type: "button", class: "vp-lb-map-line", onclick: go });
  setText(button, `${item.position + 1}  ${itemText(item)}`);
  return el("li", {}, button);
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
  const by = MOVES[event.key];
  const squares = [...grid.querySelectorAll("button")];
  if (!by || squares.length === 0) return;
  event.preventDefault();
  const at = squares.findIndex((each) => each.matches(":focus"));
  squares[at < 0 ? 0 : Math.max(0, Math.min(squares.length - 1, at + by))].focus();
}
