// A switch whose position this device remembers. Where the storage is full or forbidden, it holds while the page is
// open.

export class PersistedToggle {
  /** @type {Storage | null} */
  #storage;
  /** @type {string} */
  #key;

  /**
   * @param {Storage | null} storage localStorage
   * @param {string} key
   */
  constructor(storage, key) {
    this.#storage = storage;
    this.#key = key;
    this.on = this.#stored() === "1";
  }

  toggle() {
    this.on = !this.on;
    try {
      this.#storage?.setItem(this.#key, this.on ? "1" : "0");
    } catch {
      // not remembered
    }
  }

  #stored() {
    try {
      return this.#storage?.getItem(this.#key);
    } catch {
      return null;
    }
  }
}
