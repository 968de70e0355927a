import assert from "node:assert/strict";
import { test } from "node:test";
import { listSearch } from "../../../../visualprm_ui/components/admin_board/fill_filter.js";

test("no source is another filter than any source", () => {
  const any = { source: "", policy: "", answer: "", state: "" };
  assert.equal(String(listSearch(any)), "benchmark=false"); // nobody chose the built-in benchmark
  assert.equal(String(listSearch({ ...any, source: "=", state: "open" })), "source=&state=open");
  assert.equal(String(listSearch({ ...any, source: "==a", policy: "=p" })), "source=%3Da&policy=p");
});
