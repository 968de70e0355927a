// A shelf of small JSON records in localStorage, one key a record: two tabs can add and remove at the same time without a lock, because
// nobody ever rewrites what another one wrote. Where the storage is full or forbidden, records live in memory and `volatile` says so.

/** Records by name, sorted by name. */
export class LocalRecords {
  #storage;
  #prefix;
  #records = new Map(); // what this tab knows to be on the shelf
  #unsaved = new Set(); // names that are in memory only

  /** `storage`: a Storage, or null for memory only. Records already there are read. */
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

  /** [name, record] pairs in order of their names. */
  entries() {
    return [...this.#records].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** Keeps a record; tries again to store those that could not be stored before. */
  put(name, record) {
    this.#records.set(name, record);
    this.#unsaved.add(name);
    this.#save();
  }

  /** Takes a record off the shelf, here and in the storage. */
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
    const found = new Map();
    try {
      for (let i = 0; i < (this.#storage?.length ?? 0); i += 1) {
        const key = this.#storage.key(i);
        const record = key?.startsWith(this.#prefix) ? parsed(this.#storage.getItem(key)) : null;
        if (record !== null) found.set(key.slice(this.#prefix.length), record);
      }
    } catch {
      return; // forbidden storage: what is in memory is all there is
    }
    for (const name of this.#unsaved) found.set(name, this.#records.get(name));
    this.#records = found;
  }

  /**
   * Takes in one change of the storage by another tab. Returns undefined when it is not about this shelf, else null (everything was
   * cleared: what this tab knows is put back) or {name, record} with record null for a removal.
   */
  applyStorageEvent(key, newValue) {
    if (key === null) {
      for (const name of this.#records.keys()) this.#unsaved.add(name);
      this.#save();
      return null;
    }
    if (!key.startsWith(this.#prefix)) return undefined;
    const name = key.slice(this.#prefix.length);
    const record = newValue === null ? null : parsed(newValue);
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

function parsed(text) {
  try {
    const record = JSON.parse(text);
    return typeof record === "object" ? record : null;
  } catch {
    return null; // not ours
  }
}
