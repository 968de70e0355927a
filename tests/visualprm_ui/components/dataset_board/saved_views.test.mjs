import assert from "node:assert/strict";
import { test } from "node:test";
import { SavedViews } from "../../../../visualprm_ui/components/dataset_board/saved_views.js";

/** A browser's storage in memory. */
function storage() {
  const kept = new Map();
  return /** @type {any} */ ({
    get length() {
      return kept.size;
    },
    key: (/** @type {number} */ at) => [...kept.keys()][at] ?? null,
    getItem: (/** @type {string} */ key) => kept.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => kept.set(key, value),
    removeItem: (/** @type {string} */ key) => kept.delete(key),
  });
}

test("views and columns are a person's own", () => {
  const browser = storage();
  const ada = new SavedViews("ada", browser);
  assert.equal(ada.save("Odd ones", "flagged=true"), "");
  ada.chooseColumns(["Steps"]);
  const later = new SavedViews("ada", browser);
  assert.deepEqual(later.list(), [["Odd ones", "flagged=true"]]);
  assert.deepEqual(later.columns(["Mean", "Steps"]), ["Steps"]);
  assert.deepEqual(new SavedViews("bob", browser).list(), []);
  later.remove("Odd ones");
  assert.deepEqual(new SavedViews("ada", browser).list(), []);
});

test("without a storage it is said that a view is gone with the page", () => {
  const views = new SavedViews("ada", null);
  assert.match(views.save("Odd ones", "flagged=true"), /lost when the page is closed/);
  assert.deepEqual(views.list(), [["Odd ones", "flagged=true"]]);
  assert.deepEqual(views.columns(["Mean"]), ["Mean"]);
});
