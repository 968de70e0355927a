import assert from "node:assert/strict";
import { test } from "node:test";
import { belongs, nameOf, unseenPattern } from "../../../visualprm_ui/assets/invisible.js";

const found = (text) =>
  [...text.matchAll(unseenPattern())]
    .filter(({ 0: run, index }) => !belongs(text, index, run))
    .map(([run]) => nameOf(run));

test("controls, marks of direction, zero width, fillers and private characters are found", () => {
  assert.deepEqual(found("a\u0000b\u202ec\u2066d\u200be\ufefff\u3164g\ue000h\u0085i\ud800j\u{e0041}k\u2800"), [
    "U+0000",
    "U+202E",
    "U+2066",
    "U+200B",
    "U+FEFF",
    "U+3164",
    "U+E000",
    "U+0085",
    "U+D800",
    "U+E0041",
    "U+2800",
  ]);
});

test("a run of one character is one mark", () => {
  assert.deepEqual(found("a\u200b\u200b\u200bb\u00ad"), ["U+200B ×3", "U+00AD"]);
});

test("spaces, line ends and visible text are none", () => {
  assert.deepEqual(found("a b\tc\nd\u00a0e é 中 العربية ∑ 😀"), []);
});

test("what belongs to an emoji or a joining script is none", () => {
  assert.deepEqual(found("👩‍🔬 ❤️ 1️⃣ می‌خواهم"), []);
  assert.deepEqual(found("a‍b x\ufe0f"), ["U+200D", "U+FE0F"]);
});

test("accents that no letter has are named: a thousand of them were drawn over the lines above", () => {
  assert.deepEqual(found(`e\u0301 \u0928\u093f a${"\u0301".repeat(10)}`), []);
  assert.deepEqual(found(`a${"\u0301".repeat(1000)}b`), ["U+0301 ×990"]);
  assert.deepEqual(found(`a${"\u0301\u0302".repeat(20)}`), ["30 accents"]);
});
