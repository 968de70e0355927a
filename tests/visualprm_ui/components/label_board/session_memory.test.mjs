import assert from "node:assert/strict";
import { test } from "node:test";
import { SessionMemory } from "../../../../visualprm_ui/components/label_board/session_memory.js";

test("the tab remembers undo and seconds, and starts empty on anything odd", () => {
  const items = new Map();
  const storage = { getItem: (key) => items.get(key) ?? null, setItem: (key, value) => items.set(key, value) };
  const memory = new SessionMemory(storage, "/", "ada");
  memory.save("t", { history: Array.from({ length: 300 }, (_, step) => ({ changes: [], step })), seconds: 4 });
  assert.equal(memory.load("t").history.length, 200);
  assert.equal(memory.load("t").history.at(-1).step, 299);
  assert.deepEqual(new SessionMemory(storage, "/", "bob").load("t"), { history: [], seconds: 0 });
  items.set("vp-item|/|ada|x", "{broken");
  items.set("vp-item|/|ada|y", "null");
  for (const odd of ["x", "y"]) assert.deepEqual(memory.load(odd), { history: [], seconds: 0 });
  assert.deepEqual(new SessionMemory(null, "/", "ada").load("t"), { history: [], seconds: 0 });
});
