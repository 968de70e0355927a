// Small JSON records in localStorage, one key a record: two tabs can add and remove at the same time without a lock,
// because nobody ever rewrites what another one wrote. Where the storage is full or forbidden, records live in memory
// and `volatile` says so.

/**
 * Records by name, sorted by name.
 * @template {object} T
 */
export class LocalRecords {
  /** @type {Storage | null} */
  #storage;
  /** @type {string} */
  #prefix;
  /** @type {Map<string, T>} */
  #records = new Map(); // what this tab knows to be stored
  /** @type {Set<string>} */
  #unsaved = new Set(); // names of those that are in memory only

  /**
   * Reads the records that are there already.
   * @param {Storage | null} storage null: memory only
   * @param {string} prefix of their keys
   */
  constructor(storage, prefix) {
    this.#storage = storage;
    this.#prefix = prefix;
    this.reload();
  }

  get size() {
    return this.#records.size;
  }

  /** True while a record would not survive a reload. */
  get volatile() {
    return this.#unsaved.size > 0;
  }

  /**
   * Returns names and records in the order of the names.
   * @returns {[string, T][]}
   */
  entries() {
    return [...this.#records].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /**
   * Stores a record; tries again to store those that could not be stored before.
   * @param {string} name
   * @param {T} record
   */
  put(name, record) {
    this.#records.set(name, record);
    this.#unsaved.add(name);
    this.#save();
  }

  /**
   * Removes a record here and in the storage.
   * @param {string} name
   */
  remove(name) {
    this.#records.delete(name);
    this.#unsaved.delete(name);
    try {
      this.#storage?.removeItem(this.#prefix + name);
    } catch {
      // forbidden storage: there was nothing to remove
    }
    if (this.#unsaved.size > 0) this.#save();
  }

  /** Reads the storage anew: other tabs' records appear, those they removed go. Records in memory stay. */
  reload() {
    /** @type {Map<string, T>} */
    const found = new Map();
    try {
      for (let i = 0; i < (this.#storage?.length ?? 0); i += 1) {
        const key = this.#storage?.key(i);
        if (!key?.startsWith(this.#prefix)) continue;
        const record = parsed(this.#storage?.getItem(key));
        if (record !== null) found.set(key.slice(this.#prefix.length), record);
      }
    } catch {
      return; // forbidden storage: what is in memory is all there is
    }
    for (const name of this.#unsaved) {
      const record = this.#records.get(name);
      if (record) found.set(name, record);
    }
    this.#records = found;
  }

  /**
   * Applies a change of the storage by another tab. Returns undefined when it concerns other records, null when
   * everything was cleared (what this tab knows is stored again), else the record with its name; a removed one is null.
   * @param {string | null} key
   * @param {string | null} newValue
   * @returns {{ name: string, record: T | null } | null | undefined}
   */
  applyStorageEvent(key, newValue) {
    if (key === null) {
      for (const name of this.#records.keys()) this.#unsaved.add(name);
      this.#save();
      return null;
    }
    if (!key.startsWith(this.#prefix)) return undefined;
    const name = key.slice(this.#prefix.length);
    const record = parsed(newValue);
    if (record === null) this.#records.delete(name);
    else this.#records.set(name, record);
    return { name, record };
  }

  #save() {
    for (const name of this.#unsaved) {
      try {
        if (!this.#storage) return;
        this.#storage.setItem(this.#prefix + name, JSON.stringify(this.#records.get(name)));
        this.#unsaved.delete(name);
      } catch {
        return; // full or forbidden: the record stays in memory, `volatile` tells
      }
    }
  }
}

/**
 * @param {string | null | undefined} text
 * @returns {any} an object that was stored by this class, or null
 */
function parsed(text) {
  try {
    const record = JSON.parse(text ?? "null");
    return typeof record === "object" ? record : null;
  } catch {
    return null; // not ours
  }
}
