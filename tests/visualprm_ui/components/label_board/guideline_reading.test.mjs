import assert from "node:assert/strict";
import { test } from "node:test";
import { GuidelineReading } from "../../../../visualprm_ui/components/label_board/guideline_reading.js";

globalThis.document ??= { baseURI: "http://localhost/" };

/** A browser's storage, and a panel that somebody puts away at once. */
function desk() {
  const stored = new Map();
  const notes = [];
  return {
    notes,
    storage: { getItem: (key) => stored.get(key) ?? null, setItem: (key, value) => stored.set(key, value) },
    panel: {
      introduce(note, putAway) {
        notes.push(note);
        putAway();
      },
    },
  };
}

const task = (queue, version) => ({ queue, held_seconds: 60, guideline_version: version });

test("a version that comes while the board is open is shown to whoever was shown the one before", () => {
  const { notes, storage, panel } = desk();
  const reading = new GuidelineReading(storage, "mei");
  for (const version of ["1", "1", "2", "2"]) reading.arrived(task("clocks", version), panel);
  assert.equal(notes.length, 2);
  assert.match(notes[0], /^Read this before you begin/);
  assert.match(notes[1], /^The guideline has changed/);
});

test("each project's guideline is shown, each once where nothing can be remembered", () => {
  const { notes, panel } = desk();
  const reading = new GuidelineReading(null, "mei");
  for (const queue of ["clocks", "charts", "clocks", "charts"]) reading.arrived(task(queue, "1"), panel);
  assert.equal(notes.length, 2);
});

test("nobody is interrupted in the queue of a run, nor where nobody is known to read", () => {
  const { notes, storage, panel } = desk();
  new GuidelineReading(storage, null).arrived(task("clocks", "1"), panel);
  new GuidelineReading(storage, "mei").arrived({ ...task("clocks", "1"), held_seconds: null }, panel);
  assert.deepEqual(notes, []);
});
