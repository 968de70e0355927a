import assert from "node:assert/strict";
import { test } from "node:test";
import { advice } from "../../../../visualprm_ui/components/account/sign_in.js";

test("where nobody has an account there is no admin to ask", () => {
  assert.match(advice({ kind: "guest", role: "admin" }), /python -m storage people add NAME --role admin/);
  for (const status of [null, { kind: "guest", role: null }, { kind: "person", role: "admin" }])
    assert.match(advice(status), /Ask an admin/);
});
