import assert from "node:assert/strict";
import { test } from "node:test";
import { filterWords } from "../../../../visualprm_ui/components/evaluate_board/filter_chips.js";

const words = (text) => filterWords(new URLSearchParams(text), 0.85).map(([, each]) => each);

test("filters in words", () => {
  assert.deepEqual(words("label=-1&predicted=1&source=MathVerse&place=3"), [
    "is wrong",
    "above .85",
    "MathVerse",
    "place 3",
  ]);
  assert.deepEqual(words("predicted=-1&source=&score_from=0.9"), [
    "not above .85",
    "source not named",
    "score from .9",
  ]);
  assert.deepEqual(words("score_from=0.1&score_to=0.2&policy=GPT-4o"), ["GPT-4o", "score .1 to .2"]);
});
