import assert from "node:assert/strict";
import { test } from "node:test";
import { failure } from "../../../visualprm_ui/assets/rest.js";

test("the server's own sentence is shown", () => {
  assert.equal(failure(400, '{"error": "This is not an image."}'), "This is not an image.");
});

test("anything else becomes a plain sentence", () => {
  assert.match(failure(413, "<html>"), /too large/);
  assert.match(failure(500, ""), /500/);
  assert.match(failure(500, '{"error": {"a": 1}}'), /500/);
  assert.match(failure(502, "null"), /502/);
});
