// The size of question and steps, in three sizes that this device remembers.

const KEY = "vp-text-size";
const SIZES = [1, 1.15, 1.3];
const NAMES = ["normal", "larger", "largest"];

export class TextSize {
  #node;
  #storage;
  #at;

  /**
   * @param {HTMLElement} node the board
   * @param {Storage | null} storage localStorage
   */
  constructor(node, storage) {
    this.#node = node;
    this.#storage = storage;
    this.#at = Math.max(0, SIZES.indexOf(remembered(storage)));
    this.#apply();
  }

  /** Goes to the next size, after the largest back to the normal one; returns its name. */
  next() {
    this.#at = (this.#at + 1) % SIZES.length;
    this.#apply();
    try {
      this.#storage?.setItem(KEY, String(SIZES[this.#at]));
    } catch {
      // full or forbidden: it holds while the page is open
    }
    return NAMES[this.#at];
  }

  #apply() {
    this.#node.style.setProperty("--vp-lb-text", String(SIZES[this.#at]));
  }
}

/** @param {Storage | null} storage */
function remembered(storage) {
  try {
    return Number(storage?.getItem(KEY) ?? 1);
  } catch {
    return 1;
  }
}
