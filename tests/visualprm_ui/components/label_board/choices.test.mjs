import assert from "node:assert/strict";
import { test } from "node:test";
import { chosenLetter, isLetter, splitChoices } from "../../../../visualprm_ui/components/label_board/choices.js";

test("choices in the ways that they are written", () => {
  for (const [a, b] of [
    ["A. 22", "B. $20$"],
    ["(A) 22", "(B) $20$"],
    ["A: 22", "B: $20$"],
    ["A) 22", "  B) $20$  "],
  ])
    assert.deepEqual(splitChoices(`How many?\nChoices:\n${a}\n${b}\n`), {
      question: "How many?\nChoices:",
      choices: [
        { letter: "A", text: "22" },
        { letter: "B", text: "$20$" },
      ],
    });
});

test("a question without choices at its end stays whole", () => {
  for (const text of ["How many?", "A. 1", "B. 1\nC. 2", "A. 1\nC. 2", "A. 1\nB. 2\nWhich one?", "A\nB", ""])
    assert.deepEqual(splitChoices(text), { question: text, choices: [] });
});

test("the letter of an answer", () => {
  for (const answer of ["B", "(B)", "B. 20", " B ", "B: 2.5 cm"]) assert.equal(chosenLetter(answer), "B");
  for (const answer of ["Between", "b", "20", "", null, "B2", "A and B"]) assert.equal(chosenLetter(answer), null);
});

test("an answer that is a letter and nothing else", () => {
  assert.ok(isLetter(" (B)", "B"));
  assert.ok(!isLetter("B. 20", "B"));
  assert.ok(!isLetter("B", "C"));
  assert.ok(!isLetter(null, "A"));
});
