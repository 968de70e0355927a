// The person's items in one line under the status bar: how each stands, how many today, at which pace. For the eye and
// the mouse; the map (O) has the same for keyboards and screen readers.

import { el, setChildren, setText, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { call } from "../../assets/rest.js";
import { itemText, paceOf, paceText, signOf } from "./item_map.js";

/** @import { ItemMap, MappedItem } from "../../assets/api.d.ts" */
/** @import { QueueNavigation } from "./queue_navigation.js" */
/** @import { TaskCache } from "./task_cache.js" */

const MOST = 60; // squares; of more items those around the one on screen are shown

export class ItemStrip {
  #source;
  #navigation;
  #squares = el("div", { class: "vp-lb-strip-squares", "aria-hidden": "true" });
  #pace = el("span", { class: "vp-lb-strip-pace" });
  node = el("div", { class: "vp-lb-strip", hidden: true }, this.#squares, this.#pace);
  #asked = ""; // what was done of how many when the server was asked
  /** @type {MappedItem[]} */
  #items = [];
  /** @type {number | null} */
  #here = null;

  /**
   * @param {TaskCache} source
   * @param {QueueNavigation} navigation
   */
  constructor(source, navigation) {
    this.#source = source;
    this.#navigation = navigation;
  }

  /** Shows which item is on screen, and asks how all stand once the server has heard of something that was finished. */
  draw() {
    const { done, total, isSettled } = this.#source;
    const here = this.#navigation.here?.item.task.position ?? null;
    const isMoved = here !== this.#here;
    this.#here = here;
    if (isSettled && `${done}/${total}` !== this.#asked) {
      this.#asked = `${done}/${total}`;
      this.#ask();
    }
    if (isMoved) this.#paint();
  }

  async #ask() {
    try {
      /** @type {ItemMap} */
      const { items } = await call(`api/queues/${encodeURIComponent(this.#source.queue)}/items`);
      this.#items = items;
      this.#paint();
    } catch {
      // what is shown stays as it was known; the next item that is finished asks again
    }
  }

  #paint() {
    const { done, total } = this.#source;
    show(this.node, this.#items.length > 0 && total > 1);
    setText(this.#pace, paceText(paceOf(this.#items, Math.max(0, total - done))));
    const known = new Map(this.#items.map((item) => [item.position, item]));
    const first = Math.max(0, Math.min((this.#here ?? 0) - MOST / 2, total - MOST));
    const count = Math.min(MOST, total - first);
    const squares = Array.from({ length: count }, (_, index) => this.#square(first + index, known.get(first + index)));
    setChildren(this.#squares, squares);
  }

  /**
   * @param {number} position
   * @param {MappedItem | undefined} item undefined: not on the person's list yet
   */
  #square(position, item) {
    const name = item ? signOf(item) : null;
    return el(
      "span",
      {
        class: "vp-lb-strip-item",
        "data-state": item?.state ?? "open",
        "data-flagged": item?.flagged,
        "data-here": position === this.#here,
        title: item ? `Item ${position + 1}: ${itemText(item)}` : null,
        ...(item ? { onclick: () => this.#navigation.open(position) } : {}),
      },
      name ? icon(name, 10) : null,
    );
  }
}
