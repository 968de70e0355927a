import assert from "node:assert/strict";
import { test } from "node:test";
import { age } from "../../../../visualprm_ui/components/runs_list/mount.js";

test("ages", () => {
  const now = Date.parse("2026-11-24T12:00:00Z");
  const at = (iso) => age(iso, now);
  assert.equal(at("2026-11-24T11:59:40Z"), "just now");
  assert.equal(at("2026-11-24T12:00:40Z"), "just now");
  assert.equal(at("2026-11-24T11:55:00Z"), "5 min ago");
  assert.equal(at("2026-11-24T09:00:00Z"), "3 h ago");
  assert.equal(at("2026-11-23T11:00:00Z"), "1 day ago");
  assert.equal(at("2026-10-01T00:00:00Z"), "2026-10-01");
  assert.equal(at("nonsense"), "");
});
