import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { usageText } from "../../../visualprm_ui/assets/server_usage.js";

const { cases } = JSON.parse(readFileSync(new URL("../../cases/costs.json", import.meta.url), "utf8"));

const usage = (more) => ({ model: "m", requests: 2, counted: 2, read: 1234, written: 56, cost: null, ...more });

test("tokens are told by model, and a cost where a price is set", () => {
  assert.equal(usageText([]), "");
  assert.equal(usageText([usage({})]), "m: 1,234 tokens read, 56 written");
  assert.equal(
    usageText([usage({ cost: 0.00123456 }), usage({ model: "prm", read: 7, written: 0 })]),
    "m: 1,234 tokens read, 56 written, cost 0.001235; prm: 7 tokens read, 0 written",
  );
});

test("what no server told is never 0", () => {
  assert.equal(usageText([usage({ counted: 1 })]), "m: at least 1,234 tokens read, 56 written");
  assert.equal(
    usageText([usage({ counted: 0, read: null, written: null })]),
    "m: 2 requests with tokens that its server did not count",
  );
  assert.equal(
    usageText([usage({ requests: 1, counted: 0, read: null, written: null })]),
    "m: 1 request with tokens that its server did not count",
  );
});

test("a cost is written as on the command line", () => {
  for (const [cost, text] of cases)
    assert.equal(usageText([usage({ cost })]), `m: 1,234 tokens read, 56 written, cost ${text}`);
});
