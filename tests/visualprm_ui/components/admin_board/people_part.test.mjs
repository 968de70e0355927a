import assert from "node:assert/strict";
import { test } from "node:test";
import { inviteText, linesOf, namesIn } from "../../../../visualprm_ui/components/admin_board/invite_form.js";
import {
  audienceText,
  quizNote,
  quizText,
  standingOf,
  teamOf,
} from "../../../../visualprm_ui/components/admin_board/people_part.js";
import { doneTexts } from "../../../../visualprm_ui/components/admin_board/person_cell.js";

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
    team.map(({ name, isMember, invitation, work }) => [name, isMember, invitation !== null, work !== null]),
    [
      ["Mei L.", true, false, true],
      ["gus", true, true, false],
      ["guest-1", false, false, true],
    ],
  );
});

test("what a quiz says", () => {
  assert.equal(quizText({ right: 11, steps: 20 }, 0.8, 4, true), "11 of 20 steps right");
  assert.equal(quizText(null, null, 0, true), "none");
  assert.deepEqual([quizText(null, 0.8, 4, true), quizText(null, 0.8, 4, false)], ["not finished", "not begun"]);
  assert.equal(quizText(null, 0.8, 0, true), "no items yet", "nobody can finish it");
});

test("the quiz says what it asks for", () => {
  assert.match(quizNote(0.75, 3), /3 items with known labels: .* at least 75 % of their steps/);
  assert.deepEqual([quizNote(null, 0), quizNote(0.75, 0).includes("no items yet")], ["", true]);
});

test("who was invited and has not come is told from guests, with the end of the link", () => {
  const invitation = { role: "reviewer", expires_at: "2026-12-07T12:00:00Z" };
  const nobody = { account: null, invitation: null, work: null };
  const { role, seen } = standingOf({ ...nobody, invitation }, true);
  assert.equal(role, "invited to label and review");
  assert.match(seen, /^has not come yet; link valid until .*7/);
  assert.match(standingOf(nobody, true).seen, /has expired/, "the link has run out");
  assert.equal(standingOf(nobody, false).role, "guest");
  assert.equal(standingOf({ ...nobody, work: {} }, true).role, "guest");
  assert.equal(standingOf({ ...nobody, account: { last_seen_at: null } }, true).seen, "never");
});

test("quiz and gold items stand apart from what the project counts", () => {
  const nothing = { done: 0, work_done: 0, work_skipped: 0, quiz_done: 0 };
  assert.deepEqual(doneTexts(nothing), { work: "0", others: "" });
  assert.deepEqual(doneTexts({ ...nothing, done: 3, quiz_done: 3 }), { work: "0", others: "and 3 quiz" });
  const much = { done: 7, work_done: 3, work_skipped: 1, quiz_done: 2 };
  assert.deepEqual(doneTexts(much), { work: "3, 1 skipped", others: "and 2 quiz, 2 gold" });
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
  assert.match(inviteText({ invited: [made, made], refused: [] }), /^2 links, .* Send them yourself: they will/);
});

test("all links are copied as one message", () => {
  const link = "https://prm.example.org/account/join#a";
  const invited = [
    { name: "eve", link },
    { name: "gus", link: `${link}b` },
  ];
  globalThis.document = { baseURI: "https://prm.example.org/admin" };
  assert.equal(linesOf(invited), `eve: ${link}\ngus: ${link}b`);
});
