import assert from "node:assert/strict";
import { test } from "node:test";
import { inviteText, namesIn } from "../../../../visualprm_ui/components/admin_board/invite_form.js";
import { audienceText, quizText, teamOf } from "../../../../visualprm_ui/components/admin_board/people_part.js";

test("a project's people are its members and whoever worked in it, each once", () => {
  const account = { name: "mei", display_name: "Mei L.", role: "annotator", active: true };
  const invited = { name: "gus", is_reset: false, expires_at: "2026-12-01T00:00:00Z" };
  const reset = { name: "mei", is_reset: true, expires_at: "2026-12-01T00:00:00Z" };
  const team = teamOf(
    ["mei", "gus"],
    [
      { annotator: "guest-1", name: "guest-1" },
      { annotator: "mei", name: "mei" },
    ],
    {
      people: [account],
      invitations: [invited, reset],
    },
  );
  assert.deepEqual(
    team.map(({ name, isMember, invitedUntil, work }) => [name, isMember, invitedUntil !== null, work !== null]),
    [
      ["Mei L.", true, false, true],
      ["gus", true, true, false],
      ["guest-1", false, false, true],
    ],
  );
});

test("what a quiz says", () => {
  assert.equal(quizText({ right: 11, steps: 20 }, 0.8, 4, true), "11 of 20");
  assert.equal(quizText(null, null, 0, true), "none");
  assert.deepEqual([quizText(null, 0.8, 4, true), quizText(null, 0.8, 4, false)], ["not finished", "not begun"]);
  assert.equal(quizText(null, 0.8, 0, true), "no items yet", "nobody can finish it");
});

test("who finds a project is said", () => {
  assert.match(audienceText(true, 0), /^Only reviewers and admins see/);
  assert.match(audienceText(true, 2), /^Nobody else/);
  assert.match(audienceText(false, 2), /^Everybody who may label/);
});

test("names by line or comma, each once; refusals are said", () => {
  assert.deepEqual(namesIn(" eve\n\ngus, eve; ann "), ["eve", "gus", "ann"]);
  const refused = [{ name: "tom", reason: "Taken." }];
  assert.equal(inviteText({ invited: [], refused }), "tom: Taken.");
  const made = { name: "eve", link: "x", expires_at: "2026-12-01T00:00:00Z" };
  assert.match(inviteText({ invited: [made], refused }), /^1 link, valid until .*shown again\. tom: Taken\.$/);
});
