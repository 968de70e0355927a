import assert from "node:assert/strict";
import { test } from "node:test";
import {
  adoptQuestion,
  cleaned,
  followReference,
  keepReference,
  ownReference,
} from "../../../../visualprm_ui/components/reference_note/owner.js";

const owner = { reference: "80", question: "How much?", images: ["a"], dropped: false };
const form = { question: "How much?", images: ["a"], reference: "80", owner };

test("a reference stays with its question and picture", () => {
  assert.deepEqual(keepReference(form), { reference: "80", owner });
  assert.deepEqual(keepReference({ ...form, question: " How much?\r\n" }), { reference: "80", owner });
});

test("it goes with either of them, is not shown again by another change, and comes back with them", () => {
  for (const change of [{ question: "How many?" }, { images: ["b"] }, { images: [] }, { images: ["a", "b"] }]) {
    const gone = keepReference({ ...form, ...change });
    assert.deepEqual(gone, { reference: "", owner: { ...owner, dropped: true } });
    assert.deepEqual(keepReference({ ...form, ...change, ...gone, question: "Why?" }), gone);
    assert.deepEqual(keepReference({ ...form, ...gone }), { reference: "80", owner });
  }
});

test("without an owner nothing is taken away", () => {
  assert.deepEqual(keepReference({ ...form, owner: null }), { reference: "80", owner: null });
});

test("one typed before the question belongs to the question that is then written, and to the first picture", () => {
  const early = ownReference({ question: " ", images: [], reference: "80", owner: null });
  assert.deepEqual(early, { reference: "80", question: null, images: null, dropped: false });
  const typing = keepReference({ question: "H", images: [], reference: "80", owner: early });
  assert.deepEqual(typing, { reference: "80", owner: early });
  const left = adoptQuestion({ question: "How much?", images: [], reference: "80", owner: early });
  assert.equal(left.question, "How much?");
  const shown = keepReference({ question: "How much?", images: ["a"], reference: "80", owner: left });
  assert.deepEqual(shown, { reference: "80", owner });
  assert.equal(keepReference({ question: "How much?", images: ["b"], ...shown }).reference, "");
});

test("a reference that is typed, or wanted back, belongs to what the form asks now; an empty one to nothing", () => {
  const dropped = { ...owner, dropped: true };
  const typed = ownReference({ question: "Why?", images: ["b"], reference: "7", owner: dropped });
  assert.deepEqual(typed, { reference: "7", question: "Why?", images: ["b"], dropped: false });
  assert.equal(ownReference({ ...form, reference: " " }), null);
});

test("a change of the reference makes another owner only where a person made it", () => {
  const gone = { ...owner, dropped: true };
  assert.equal(followReference(form), owner);
  assert.equal(followReference({ ...form, reference: "", owner: gone }), gone);
  assert.deepEqual(followReference({ ...form, reference: "81" }), { ...owner, reference: "81" });
  assert.deepEqual(followReference({ ...form, owner: gone }), owner);
  assert.equal(followReference({ ...form, reference: "" }), null);
});

test("questions are compared as they are stored", () => {
  assert.equal(cleaned("\u0000 a\r\nb\tc \u007f"), "a\nb\tc");
  assert.equal(cleaned(null), "");
});
