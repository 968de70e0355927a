import assert from "node:assert/strict";
import { test } from "node:test";
import { namesBenchmark, neutralIn } from "../../../../visualprm_ui/components/export_panel/choices.js";

test("what nobody chose is shown as the server does it, and not asked for", () => {
  assert.deepEqual(neutralIn(null, true), { shown: "keep", asked: null });
  assert.deepEqual(neutralIn(null, false), { shown: "positive", asked: null });
});

test("a choice stays through a format that cannot hold it", () => {
  assert.deepEqual(neutralIn("keep", false), { shown: "positive", asked: null });
  assert.deepEqual(neutralIn("keep", true), { shown: "keep", asked: "keep" });
  assert.deepEqual(neutralIn("drop", false), { shown: "drop", asked: "drop" });
});

test("the built-in benchmark is left out unless something named may hold it", () => {
  const format = "visualprocessbench";
  assert.equal(namesBenchmark({ format, policy_model: "p", labels: "all" }), false);
  for (const named of [{ data_source: "a" }, { project: "p" }, { evaluation: true }, { labels: "file:nano checker" }])
    assert.equal(namesBenchmark({ format, ...named }), true);
});
