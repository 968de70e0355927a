// Views of the list of solutions that a person saved under a name, and the columns they look at. Kept in the browser,
// by the person's name: others get a view by its link, which holds all of it, so the store need not know them.

import { LocalRecords } from "../../assets/local_records.js";

/** @import { NamedView } from "./browse_query.js" */

/** @typedef {{ filters?: string, columns?: string[] }} Saved */

const MOST_VIEWS = 20;
const COLUMNS = "columns";

/** A person's own views and columns. */
export class SavedViews {
  /** @type {LocalRecords<Saved>} */
  #records;

  /**
   * @param {string} person whose they are
   * @param {Storage | null} storage null: for this page only
   */
  constructor(person, storage) {
    this.#records = new LocalRecords(storage, `vp-browse/${person}/`);
  }

  /** @returns {NamedView[]} */
  list() {
    return this.#records
      .entries()
      .filter(([name]) => name.startsWith("view/"))
      .map(([name, { filters }]) => [name.slice("view/".length), filters ?? ""]);
  }

  /**
   * Saves a view, in place of one with the same name; returns why not, "" where it is saved.
   * @param {string} name
   * @param {string} filters
   */
  save(name, filters) {
    const others = this.list().filter(([other]) => other !== name);
    if (others.length >= MOST_VIEWS) return `${MOST_VIEWS} views are saved, which is the most. Remove one first.`;
    this.#records.put(`view/${name}`, { filters });
    return this.#records.volatile
      ? "The browser's storage is full or blocked: this view will be lost when the page is closed."
      : "";
  }

  /** @param {string} name */
  remove(name) {
    this.#records.remove(`view/${name}`);
  }

  /**
   * The columns that are shown, of those there are.
   * @param {readonly string[]} all
   */
  columns(all) {
    const chosen = this.#records.entries().find(([name]) => name === COLUMNS)?.[1].columns;
    return chosen ? all.filter((column) => chosen.includes(column)) : all;
  }

  /** @param {string[]} columns */
  chooseColumns(columns) {
    this.#records.put(COLUMNS, { columns });
  }
}
