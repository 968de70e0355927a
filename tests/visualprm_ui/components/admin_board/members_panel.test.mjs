import assert from "node:assert/strict";
import { test } from "node:test";
import { membersText } from "../../../../visualprm_ui/components/admin_board/members_panel.js";

test("what the tick and the list make of a project together is said", () => {
  assert.equal(membersText({ members_only: true, members: ["mei"] }), "");
  assert.match(membersText({ members_only: true, members: [] }), /^Nobody but reviewers and admins/);
  assert.match(membersText({ members_only: false, members: ["mei"] }), /^Everybody who may label/);
  assert.equal(membersText({ members_only: false, members: [] }), "");
});
